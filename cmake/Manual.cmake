# SPDX-License-Identifier: Apache-2.0
# Manual pages and shell completions, both made of what the built programs say of themselves. Test builds make none: a
# sanitizer's program does not run everywhere, and the test of the manual makes its own.
find_program(SCDOC scdoc)
find_package(Python3 COMPONENTS Interpreter QUIET)
if(TAKTD_CRASH_POINTS OR CMAKE_CROSSCOMPILING)
  return()
endif()

set(TAKTD_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh's completion goes")
set(made ${PROJECT_BINARY_DIR}/generated)
set(finished "")
file(MAKE_DIRECTORY ${made}/man ${made}/completion)

# taktd_page(NAME SECTION COMPONENT [OPTION FILE]): what is behind --program is built first.
function(taktd_page name section component)
  set(page ${made}/man/${name}.${section})
  set(template ${PROJECT_SOURCE_DIR}/docs/man/${name}.${section}.scd.in)
  add_custom_command(
    OUTPUT ${page}
    COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/docs/man/render.py ${template} ${page} ${ARGN}
            --version "taktd ${PROJECT_VERSION}" --scdoc ${SCDOC}
    DEPENDS ${template} ${PROJECT_SOURCE_DIR}/docs/man/render.py ${PROJECT_SOURCE_DIR}/script/config-reference
            ${PROJECT_SOURCE_DIR}/config/taktd.schema.json taktd taktctl simcloud
    VERBATIM)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${component})
  set(finished ${finished} ${page} PARENT_SCOPE)
endfunction()

if(SCDOC AND Python3_FOUND)
  taktd_page(taktd 8 daemon --program $<TARGET_FILE:taktd>)
  taktd_page(taktctl 1 daemon --program $<TARGET_FILE:taktctl>)
  taktd_page(taktd.yaml 5 daemon --schema ${PROJECT_SOURCE_DIR}/config/taktd.schema.json)
  taktd_page(simcloud 1 simcloud --program $<TARGET_FILE:simcloud>)
else()
  message(STATUS "No manual pages: they want scdoc and Python 3")
endif()

foreach(shell IN ITEMS bash zsh fish)
  set(script ${made}/completion/${shell})
  add_custom_command(OUTPUT ${script} COMMAND taktctl completion ${shell} > ${script} DEPENDS taktctl VERBATIM)
  list(APPEND finished ${script})
endforeach()
install(FILES ${made}/completion/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME taktctl
        COMPONENT daemon)
install(FILES ${made}/completion/zsh DESTINATION ${TAKTD_ZSH_DIR} RENAME _taktctl COMPONENT daemon)
install(FILES ${made}/completion/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME taktctl.fish
        COMPONENT daemon)

add_custom_target(taktd_manual ALL DEPENDS ${finished})
