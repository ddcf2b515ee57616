# What every unit of pyesi is compiled with. Whether a warning is an error is
# CMAKE_COMPILE_WARNING_AS_ERROR's to say.

add_library(pyesi_options INTERFACE)
target_include_directories(pyesi_options INTERFACE "${PROJECT_SOURCE_DIR}/src/cpp")
target_compile_options(
    pyesi_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)

# Paths in debug information and in assertions are relative, so that ccache hits
# from one clone to the next and a wheel does not tell where it was built.
target_compile_options(
    pyesi_options INTERFACE "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
