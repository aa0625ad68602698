# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT: one `{number, "name", R"sql(...)sql"},` line per file of FILES, in order.
set(text "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  string(REGEX MATCH "^[0-9]+" digits ${name})
  string(REGEX REPLACE "^0+" "" number ${digits})
  file(READ ${file} sql)
  string(APPEND text "{${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
