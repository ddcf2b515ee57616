# PYESI_SANITIZE is a list for -fsanitize=, as "address,undefined" or "thread".

set(PYESI_SANITIZE "" CACHE STRING "Sanitizers to build with, separated by commas")
option(PYESI_COVERAGE "Count the lines that tests run" OFF)

if(PYESI_SANITIZE)
    add_compile_options(
        "-fsanitize=${PYESI_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options("-fsanitize=${PYESI_SANITIZE}")
endif()

if(PYESI_SANITIZE MATCHES "thread")
    # gcc warns that TSan does not model the fences that Asio uses; they guard
    # nothing that is not also ordered by a lock (pitfalls: no report in practice).
    add_compile_options(-Wno-tsan)
endif()

if(PYESI_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
