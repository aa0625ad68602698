// SPDX-License-Identifier: Apache-2.0
// What the engine is told. The shell's contract (docs/architecture.md): steps are serial; what the engine asks for
// (model/effects.hpp) is done before the next event is told that follows from it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "daemon/core/model/effects.hpp"
#include "daemon/core/model/past.hpp"

namespace taktd {

/// First event, once: what the store knows. Re-arms every obligation before any start is looked at (R12).
struct Recovered {
    Past past;
    std::string boot_id;  ///< of this boot; boot times of another one mean nothing
};
/// The rest of what the store knows, which `Recovered` may leave out so that no obligation waits for it: of `past` the
/// jobs, schedules, disposed_ahead, request keys, foreign runs, cut calls and what was damaged. Before the first
/// ConfigLoaded.
struct Remembered {
    Past past;
};
/// A config takes over as a whole (R11); the shell has asked Engine::objections() before.
struct ConfigLoaded {
    ConfigPtr config;
};
/// An instant of Effects::wake has come, or the wall clock was set.
struct Wake {};
/// Everything up to `step` is on the disk.
struct Durable {
    StepId step = 0;
};
struct StoreDown {};
struct StoreUp {};
/// The whole store was looked through. With damage in it nothing is started any more; stops go out.
struct StoreChecked {
    bool is_damaged = false;
};
struct Answered {
    CallId call;
    CallResult result;
    CallRecord record{};  ///< of what went out; empty if nothing did
};
/// SIGTERM: no start is admitted any more, unreleased ones are withdrawn; `stop_all` ends every live run first.
struct ShutdownRequested {
    bool stop_all = false;
};

// What operators ask for; daemon/control carries it.
struct StartJob {
    std::string job;
    std::optional<Duration> run_for;
    std::string request_key;  ///< a repeated one yields the same run; empty: none
    std::string reason{};
};
struct StopRun {
    RunId run;
    std::string reason;
    Conclusion conclusion{};
};
/// Every live run in the scope is to end; those that have not begun are cancelled. Answered when the last one's end has
/// been asked for.
struct StopMany {
    std::string scope;  ///< as a hold's, or "label:NAME=VALUE"
    std::string reason;
    Conclusion conclusion{};
};
struct PauseRun {
    RunId run;
    std::string reason{};
};
struct ResumeRun {
    RunId run;
    std::string reason{};
};
struct DischargeRun {
    RunId run;
    std::string reason;
};
struct SetHold {
    HoldRow hold;
    bool stop = false;  ///< also StopMany of its scope, in the same step: no start slips in between
};
struct SetDisabled {
    std::string job;
    bool disabled = true;
    std::optional<WallTime> until;
    std::string reason;
};
/// A closed provider is tried again at once; its secrets have been read anew.
struct RetryProvider {
    std::string provider;
};
/// What the shell did itself: it only stands among the actions.
struct NoteAction {
    std::string action, target, reason;
    std::string note{};
    bool is_ok = true;
};
struct Command {
    CommandId id = 0;
    std::string actor;
    std::variant<StartJob, StopRun, StopMany, PauseRun, ResumeRun, DischargeRun, SetHold, SetDisabled, RetryProvider,
                 NoteAction>
        body;
    std::string via = "socket";  ///< how it came, as ActionRow
};

using Event = std::variant<Recovered, Remembered, ConfigLoaded, Wake, Durable, StoreDown, StoreUp, StoreChecked,
                           Answered, Command, ShutdownRequested>;

}  // namespace taktd
