# A folder of src/cpp is a layer and a layer is a target, pyesi_<layer>.

# pyesi_layer(<layer> [USES <layer>…] [OPENS <library>…])
#
# USES names the layers whose headers this one may include; OPENS names the foreign
# libraries whose only door it is. A folder without sources is an INTERFACE library.
function(pyesi_layer layer)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;OPENS")
    file(GLOB headers CONFIGURE_DEPENDS "${layer}/*.h")
    file(GLOB sources CONFIGURE_DEPENDS "${layer}/*.cpp")
    if(NOT headers AND NOT sources)
        message(FATAL_ERROR "src/cpp/${layer} is listed as a layer and is empty")
    endif()

    set(scope PUBLIC)
    set(kind OBJECT)
    if(NOT sources)
        set(scope INTERFACE)
        set(kind INTERFACE)
    endif()

    list(TRANSFORM arg_USES PREPEND pyesi_ OUTPUT_VARIABLE used)
    add_library(pyesi_${layer} ${kind} ${sources})
    target_link_libraries(pyesi_${layer} ${scope} pyesi_options ${used} ${arg_OPENS})

    pyesi_below(below ${arg_USES})
    set_property(TARGET pyesi_${layer} PROPERTY PYESI_BELOW "${below}")
    set_property(GLOBAL APPEND PROPERTY PYESI_LAYERS ${layer})
endfunction()

# Sets `result` to the layers named and all that they use in turn.
function(pyesi_below result)
    set(below ${ARGN})
    foreach(layer IN LISTS ARGN)
        get_target_property(further pyesi_${layer} PYESI_BELOW)
        list(APPEND below ${further})
    endforeach()
    list(REMOVE_DUPLICATES below)
    set(${result} "${below}" PARENT_SCOPE)
endfunction()

# Links a program or module with the layers named and all that they use. An OBJECT
# library hands its objects to direct users only, so each must be named.
function(pyesi_link_layers target)
    pyesi_below(layers ${ARGN})
    list(TRANSFORM layers PREPEND pyesi_)
    target_link_libraries(${target} PRIVATE pyesi_options ${layers})
endfunction()
