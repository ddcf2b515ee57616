# Where foreign libraries come from: the system's packages (Debian 12 has them all)
# or a vcpkg manifest, whose toolchain file puts its own prefix in front.
#
# Each has one door among the layers: see src/cpp/CMakeLists.txt.

if(VCPKG_TARGET_TRIPLET)
    # vcpkg's libraries are static: what they need in turn must be named too.
    set(PKG_CONFIG_ARGN --static)
endif()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(SQLite3 3.37 REQUIRED)
find_package(simdjson CONFIG REQUIRED)  # 3.0 or any later major version
pkg_check_modules(libdeflate REQUIRED IMPORTED_TARGET libdeflate>=1.14)
pkg_check_modules(brotlidec REQUIRED IMPORTED_TARGET libbrotlidec>=1.0)
pkg_check_modules(brotlienc REQUIRED IMPORTED_TARGET libbrotlienc>=1.0)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd>=1.5)

# Not by its pkg-config file: Debian's changes the size of off_t for all who use it.
find_path(hiredis_INCLUDE_DIR hiredis/hiredis.h REQUIRED)
find_library(hiredis_LIBRARY hiredis REQUIRED)
add_library(pyesi_hiredis INTERFACE)
target_include_directories(pyesi_hiredis SYSTEM INTERFACE "${hiredis_INCLUDE_DIR}")
target_link_libraries(pyesi_hiredis INTERFACE "${hiredis_LIBRARY}")

# Asio is compiled once, and not in each unit.
add_library(pyesi_asio STATIC "${CMAKE_CURRENT_LIST_DIR}/asio_source.cpp")
target_link_libraries(pyesi_asio PUBLIC Boost::headers Threads::Threads)
target_link_libraries(pyesi_asio PRIVATE pyesi_options)
target_compile_definitions(
    pyesi_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

if(PYESI_TESTS)
    find_package(GTest 1.12 REQUIRED)
endif()

if(PYESI_BENCHMARKS)
    find_package(benchmark REQUIRED)
endif()

if(PYESI_BINDINGS)
    find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)
    if(NOT pybind11_DIR)
        execute_process(
            COMMAND "${Python_EXECUTABLE}" -m pybind11 --cmakedir
            OUTPUT_VARIABLE pybind11_DIR
            OUTPUT_STRIP_TRAILING_WHITESPACE)
    endif()
    find_package(pybind11 3 CONFIG REQUIRED)
endif()
