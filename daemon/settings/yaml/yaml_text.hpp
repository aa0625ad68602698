// SPDX-License-Identifier: Apache-2.0
// Values as YAML on one line: what `check --resolved` writes. Nothing here reads YAML.
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/calendar/zone.hpp"
#include "daemon/settings/yaml/yaml_document.hpp"

namespace taktd {

/// In double quotes; control characters are escaped, those that command a terminal too.
std::string yaml_quoted(std::string_view text);
/// A scalar or a collection as it was written, quoted where it has to be.
std::string yaml_flow(const YamlNode& node);
/// A default of the schema, which is JSON: a word or number without its quotes where YAML needs none.
std::string yaml_of_json(std::string_view json);
/// `2026-12-05T03:00:00+08:00`.
std::string time_with_offset(WallTime time, const Zone& zone);

}  // namespace taktd
