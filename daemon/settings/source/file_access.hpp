// SPDX-License-Identifier: Apache-2.0
// The system's files as the loader asks for them: one file's bytes, and the files that a pattern matches.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/settings/source/file_text.hpp"

namespace taktd {

/// The config itself: a file, a pipe, whatever the operator names. Reads at most one byte more than `bytes_max`.
Result<FileText> read_main_file(const std::string& path, std::size_t bytes_max);
/// A regular file: no pipe or device that some pattern matches, or that is the daemon's config, may hang the daemon.
Result<FileText> read_regular_file(const std::string& path, std::size_t bytes_max);

/// Paths that match (`*`, `?`, `[...]`), sorted by bytes; none is no error.
Result<std::vector<std::string>> match_files(const std::string& pattern);
bool is_pattern(std::string_view path);

}  // namespace taktd
