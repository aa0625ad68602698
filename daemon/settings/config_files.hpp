// SPDX-License-Identifier: Apache-2.0
// The files of one config: the one that was named, and what it includes, in the order in which they are read. Each file
// is read once, whoever includes it; cycles, sizes and files that cannot be read are reported where they are included.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "daemon/settings/settings.hpp"
#include "daemon/settings/source/file_text.hpp"
#include "daemon/settings/yaml/yaml_document.hpp"

namespace taktd {

struct ConfigFile {
    std::string path;      ///< as it is shown
    std::string identity;  ///< see FileText
    std::unique_ptr<SourceText> source;
    YamlDocument document;
    int number = 0;  ///< Position::file
    bool is_main() const { return number == 0; }
};

/// Files without a tree (unreadable, broken, empty) are among them, so that they are known to belong to the config.
std::deque<ConfigFile> read_config_files(FileText main, const std::string& path, const LoadContext& context,
                                         Findings& findings);

}  // namespace taktd
