// SPDX-License-Identifier: Apache-2.0
// Commands that draw the same picture again and again, and those that ask back. Without a terminal nothing is redrawn
// and nobody is asked.
#pragma once

#include <functional>
#include <string>

#include "daemon/ctl/commands/commands.hpp"

namespace taktd::ctl {

/// Draws once a second until a signal, or until whoever reads has gone. On a terminal in place, on a screen of its own;
/// the last picture stays. Elsewhere a picture is printed when it differs from the one before.
Answer watch(const Options& options, const Context& context, const std::function<Answer(const Context&)>& draw);

enum class Consent { given, refused, nobody_to_ask };
/// Asks `question [y/N]` where stdin and stderr are a terminal. `shown`: what it is about, printed before.
Consent ask_back(const std::string& shown, const std::string& question);

}  // namespace taktd::ctl
