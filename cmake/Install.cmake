# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where. Programs, units, manual pages and documents follow the prefix; nothing is written
# outside of it. Config, store and socket are where systemd's directories are, whatever the prefix: /etc/taktd,
# /var/lib/taktd, /run/taktd. Components: daemon (with taktctl: both are of one version), simcloud, doc.
include(GNUInstallDirs)

# Not libdir: on Debian that names the architecture, and systemd looks in lib alone.
set(TAKTD_UNIT_DIR lib/systemd/system CACHE STRING "Where units go; relative to the prefix, or absolute")
set(TAKTD_SYSUSERS_DIR lib/sysusers.d CACHE STRING "Where the description of user taktd goes")
set(TAKTD_TMPFILES_DIR lib/tmpfiles.d CACHE STRING "Where the description of the directories goes")

install(TARGETS taktd taktctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT daemon)
install(TARGETS simcloud RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT simcloud)

set(made ${PROJECT_BINARY_DIR}/generated/systemd)
foreach(unit IN ITEMS taktd.service taktd-stops.service taktd-stops.timer)
  configure_file(${PROJECT_SOURCE_DIR}/systemd/${unit}.in ${made}/${unit} @ONLY)
  install(FILES ${made}/${unit} DESTINATION ${TAKTD_UNIT_DIR} COMPONENT daemon)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/systemd/taktd.sysusers DESTINATION ${TAKTD_SYSUSERS_DIR} RENAME taktd.conf COMPONENT daemon)
install(FILES ${PROJECT_SOURCE_DIR}/systemd/taktd.tmpfiles DESTINATION ${TAKTD_TMPFILES_DIR} RENAME taktd.conf COMPONENT daemon)

install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/SECURITY.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT doc
        FILES_MATCHING PATTERN "*.md" PATTERN "*.yml" PATTERN "*.json" PATTERN man EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/examples ${PROJECT_SOURCE_DIR}/systemd/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT doc)
install(FILES ${PROJECT_SOURCE_DIR}/config/taktd.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples RENAME every-key.yaml COMPONENT doc)
install(FILES ${PROJECT_SOURCE_DIR}/config/first.yaml ${PROJECT_SOURCE_DIR}/config/taktd.schema.json
        DESTINATION ${CMAKE_INSTALL_DATADIR}/taktd COMPONENT daemon)
