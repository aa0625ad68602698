// SPDX-License-Identifier: Apache-2.0
// TAKTD_CHECK: a rule that must hold whatever the build, at the place that relies on it. A program that breaks one is
// wrong about its own state: it ends as in a crash, and recovery goes on from the last durable row.
#pragma once

#include <stdexcept>

namespace taktd {

struct BrokenRule : std::logic_error {
    using std::logic_error::logic_error;
};

/// Throws BrokenRule; in a destructor that ends the process.
[[noreturn]] void rule_is_broken(const char* condition, const char* rule, const char* file, int line);

}  // namespace taktd

// The simulation's mutants define it away: what it would stop, the simulation's own checks must find.
#ifndef TAKTD_CHECK
#define TAKTD_CHECK(condition, rule) \
    (static_cast<bool>(condition) ? void() : ::taktd::rule_is_broken(#condition, rule, __FILE__, __LINE__))
#endif
