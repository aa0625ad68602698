# SPDX-License-Identifier: Apache-2.0
# How a layer, a program and the embedded migrations are declared.

add_library(taktd_options INTERFACE)
target_include_directories(taktd_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(taktd_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${TAKTD_WERROR}>:-Werror>)
target_compile_definitions(taktd_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED
  $<$<BOOL:${TAKTD_CRASH_POINTS}>:TAKTD_CRASH_POINTS>)

# Where CMake compiles several sources at a time (CMAKE_UNITY_BUILD), GCC takes what they include for a header.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(taktd_options INTERFACE -Wno-subobject-linkage)
endif()

configure_file(${PROJECT_SOURCE_DIR}/cmake/version.hpp.in ${PROJECT_BINARY_DIR}/generated/daemon/version.hpp @ONLY)

# taktd_layer(NAME FOLDER... [LINKS target...]): every .cpp of the folders but main.cpp, as taktd::NAME. A folder that ends
# in /* stands for the rooms in it.
function(taktd_layer name)
  cmake_parse_arguments(LAYER "" "" "LINKS" ${ARGN})
  set(sources "")
  foreach(folder IN LISTS LAYER_UNPARSED_ARGUMENTS)
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(taktd_${name} STATIC ${sources})
  target_link_libraries(taktd_${name} PUBLIC taktd_options ${LAYER_LINKS})
  add_library(taktd::${name} ALIAS taktd_${name})
endfunction()

# taktd_program(NAME MAIN LINKS...): a thin main over a layer.
function(taktd_program name main)
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# taktd_embed(TARGET OUTPUT SCRIPT PATTERN...): the files are part of the binary, wherever it runs. SCRIPT of this folder writes them
# into generated/OUTPUT, in their names' order, and a source of TARGET includes that.
function(taktd_embed target output script)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE patterns)
  file(GLOB files CONFIGURE_DEPENDS ${patterns})
  list(SORT files)
  set(generated ${PROJECT_BINARY_DIR}/generated/${output})
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} "-DFILES=${files}" -P ${PROJECT_SOURCE_DIR}/cmake/${script}
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/${script}
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()

# Sources that share names with others of their layer: they are compiled by themselves, whatever CMAKE_UNITY_BUILD says. A list is
# cheaper than the rule that a name may occur once in a whole layer.
function(taktd_compiled_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
