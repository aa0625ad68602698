// SPDX-License-Identifier: Apache-2.0
// Where a config says the store and the control socket are, and nothing else of it: for tools that must find them
// quickly, and also when the rest of the config is broken. The loader (settings.hpp) reads everything.
#pragma once

#include <string>

#include "daemon/core/base/result.hpp"
#include "daemon/settings/source/file_access.hpp"

namespace taktd {

/// What a config in `config_path` means by `text`: a path of its own, or one relative to the config, as those of
/// `include` are; never to the directory that somebody happens to stand in. The error goes on from "'path' ".
Result<std::string> resolve_store_path(const std::string& text, const std::string& config_path);

/// store.path, or its default where the file does not say. Where the file is written as configs are, only the lines of
/// `store` are parsed, so that 100,000 jobs cost nothing. The error: the file cannot be read as YAML, or the path is
/// none.
Result<std::string> read_store_path(
    const std::string& config_path,
    const std::function<Result<FileText>(const std::string& path, std::size_t bytes_max)>& read_file = read_main_file);

/// control.socket, likewise; the default where the file does not say, or says nothing that can be one.
Result<std::string> read_control_socket(const std::string& config_path);

}  // namespace taktd
