# How a layer, a program and the embedded migrations are declared.

add_library(taktd_options INTERFACE)
target_include_directories(taktd_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(taktd_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${TAKTD_WERROR}>:-Werror>)
target_compile_definitions(taktd_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED
  $<$<BOOL:${TAKTD_CRASH_POINTS}>:TAKTD_CRASH_POINTS>)

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

# The migrations are part of the binary: a store is opened the same way wherever the binary runs.
function(taktd_embed_migrations target folder)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.sql)
  list(SORT files)
  set(generated ${PROJECT_BINARY_DIR}/generated/embedded_migrations.inc)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} "-DFILES=${files}" -P ${PROJECT_SOURCE_DIR}/cmake/EmbedMigrations.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/EmbedMigrations.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()

function(taktd_embed_shapes target file)
  set(generated ${PROJECT_BINARY_DIR}/generated/embedded_shapes.inc)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} -DFILE=${PROJECT_SOURCE_DIR}/${file} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedShapes.cmake
    DEPENDS ${PROJECT_SOURCE_DIR}/${file} ${PROJECT_SOURCE_DIR}/cmake/EmbedShapes.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()

# The dashboard's files are part of the binary, too.
function(taktd_embed_dashboard target folder)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.html ${PROJECT_SOURCE_DIR}/${folder}/*.css
       ${PROJECT_SOURCE_DIR}/${folder}/*.js ${PROJECT_SOURCE_DIR}/${folder}/*.svg)
  list(SORT files)
  set(generated ${PROJECT_BINARY_DIR}/generated/embedded_dashboard.inc)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} "-DFILES=${files}" -P ${PROJECT_SOURCE_DIR}/cmake/EmbedDashboard.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/EmbedDashboard.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
