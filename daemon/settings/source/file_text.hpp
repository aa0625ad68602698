// SPDX-License-Identifier: Apache-2.0
// What reading a file of a config yields, whoever reads it.
#pragma once

#include <string>

namespace taktd {

/// One file of a config as it was found.
struct FileText {
    std::string text;      ///< at most one byte more than was asked for
    std::string identity;  ///< equal for two paths exactly if they lead to one file
};

}  // namespace taktd
