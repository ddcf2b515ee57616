# What pyesi's own triplets have in common: release builds of static libraries.

set(VCPKG_CRT_LINKAGE dynamic)
set(VCPKG_LIBRARY_LINKAGE static)
set(VCPKG_BUILD_TYPE release)

if(PORT STREQUAL "curl")
    # A wheel brings no trust store of the machine that built it (pyesi names one, see
    # docs), and does not read an openssl.cnf that happens to lie about.
    set(VCPKG_CMAKE_CONFIGURE_OPTIONS
        -DCURL_CA_BUNDLE=none
        -DCURL_CA_PATH=none
        -DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON)
endif()
