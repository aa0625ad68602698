// SPDX-License-Identifier: Apache-2.0
// What the engine asks of the shell. The contract (docs/architecture.md): rows are committed in the order of their
// steps, and every request sent is answered exactly once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/model/rows.hpp"

namespace taktd {

using StepId = std::uint64_t;
using CommandId = std::uint64_t;

/// The rows of one step: durable together or not at all.
struct Append {
    StepId step = 0;
    std::vector<Row> rows;
};
/// To be performed at once, once, by this process.
struct Send {
    CallId call;
    CallSpecPtr spec;
    CallClass call_class = CallClass::poll;
    Duration timeout{};
    Duration skew{};  ///< to add to the wall clock when signing
};
struct Cut {
    CallId call;
};
/// What became of a command; an API maps it to its status.
enum class Verdict : std::uint8_t {
    done,
    unchanged,  ///< it was so already; nothing was done
    no_such,    ///< there is no such job, run or hold
    state,      ///< the run is not in a state that allows it
    blocked,    ///< a policy, a hold or another run stands against it
    invalid,    ///< it can never be done as it was asked
    not_now     ///< the daemon starts nothing at present
};

struct Reply {
    CommandId command = 0;
    Verdict verdict = Verdict::done;
    std::string text;  ///< a sentence for people; empty: there is nothing to add
    std::optional<RunId> run;
    std::vector<RunId> runs{};  ///< of a stop of many: those whose end was asked for

    bool is_ok() const { return verdict == Verdict::done || verdict == Verdict::unchanged; }
};
/// When to step again at the latest; nothing: not before the next event.
struct WakeAt {
    std::optional<WallTime> wall;
    std::optional<BootTime> boot;
    bool at_once = false;  ///< more is due than one step handles
};

struct Effects {
    std::optional<Append> append;
    std::vector<Send> sends;
    std::vector<Cut> cuts;
    std::vector<Reply> replies;
    WakeAt wake;
};

}  // namespace taktd
