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
struct Reply {
    CommandId command = 0;
    bool ok = false;
    std::string text;
    std::optional<RunId> run;
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
