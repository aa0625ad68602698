// Where a config says the store is, and nothing else of it: for tools that must find the store quickly, and also when
// the rest of the config is broken. The loader (settings.hpp) reads everything.
#pragma once

#include <string>

#include "daemon/core/result.hpp"

namespace taktd {

/// store.path, or its default where the file does not say. The error: the file cannot be read as YAML.
Result<std::string> read_store_path(const std::string& config_path);

}  // namespace taktd
