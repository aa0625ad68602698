// SPDX-License-Identifier: Apache-2.0
// One thing that is wrong with a config, or doubtful, and where.
#pragma once

#include <cstdint>
#include <string>

namespace taktd {

/// One finding, printed as `taktd.yaml:14:7: error: unknown key 'strat'; did you mean 'start'?`, the source line, a
/// caret.
struct Diagnostic {
    enum class Severity : std::uint8_t { error, warning } severity = Severity::error;
    std::string file;
    int line = 0, column = 0;  ///< from 1; 0: the whole file
    std::string message;
    std::string source_line;  ///< empty if there is none; secrets never stand in a config, references do
    std::string to_text() const;
};

}  // namespace taktd
