// SPDX-License-Identifier: Apache-2.0
// The JSON Schema (draft-07) of a config, from the keys that every provider shares and the adapters' own. What it
// accepts and what the loader accepts is the same but for what a schema cannot say (one key that refers to another,
// zones, the fields of a cron string, the calendar); tests/integration/test_schema.py holds that. For an included file
// the editor's line ends in `#/definitions/included_file`.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/adapter_schema.hpp"

namespace taktd::ctl {

std::string schema_document(const std::vector<AdapterSchema>& adapters);

}  // namespace taktd::ctl
