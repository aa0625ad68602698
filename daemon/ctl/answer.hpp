// SPDX-License-Identifier: Apache-2.0
// What a command comes to: text for stdout and stderr, and an exit code. Nothing is written before the command is done.
#pragma once

#include <string>

#include "daemon/log/escape.hpp"

namespace taktd::ctl {

inline constexpr int kDone = 0, kFailed = 1, kUsage = 2, kUnreachable = 3;

struct Answer {
    int exit_code = kDone;
    std::string out, err;
};

/// One line that begins with the program's name, whatever bytes a file or an argument has put into `why`.
inline Answer failure(const std::string& why, int exit_code = kFailed) {
    return {.exit_code = exit_code, .out = {}, .err = "taktctl: " + log::escape_text(why) + "\n"};
}

/// A line for stderr beside an answer that is given all the same; nothing for an empty note.
inline std::string note_line(const std::string& note) { return note.empty() ? note : failure(note).err; }

}  // namespace taktd::ctl
