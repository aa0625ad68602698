// SPDX-License-Identifier: Apache-2.0
// The vocabulary of taktd (docs/vocabulary.md): states, outcomes, reasons, observations. Each enumeration has its one
// spelling in text, which the store, the logs and taktctl all use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/base/time.hpp"
#include "daemon/core/base/uuid.hpp"

namespace taktd {

/// Both UUIDv7 (RFC 9562), drawn from the engine's seeded generator.
using RunId = Id<struct RunTag>;
using CallId = Id<struct CallTag>;

enum class RunState : std::uint8_t {
    due,
    starting,
    unconfirmed,
    running,
    paused,
    stopping,  // live
    completed,
    stopped,
    failed,
    skipped,
    cancelled  // terminal
};
constexpr bool is_terminal(RunState s) { return s >= RunState::completed; }
/// Exactly the states in which the vendor's task may be running on our account.
constexpr bool owes_stop(RunState s) { return s >= RunState::starting && s <= RunState::stopping; }

enum class Obligation : std::uint8_t { none, open, discharged };
/// `revived`: an earlier run of ours, seen to end, whose vendor's run was then seen active again.
enum class Origin : std::uint8_t { schedule, manual, catch_up, revived };
/// `heal`: what is done before a stop so that injected faults are undone; a call of a stop's class.
enum class Action : std::uint8_t { start, stop, pause, resume, query, prepare, heal };

/// What is known of a call's effect; the same for every provider and action.
enum class Outcome : std::uint8_t {
    accepted,
    throttled,          ///< refused before execution, try later
    refused_retryable,  ///< certainly without effect, worth another try
    refused_final,      ///< certainly without effect, and will stay so
    conflict,           ///< the task's state forbids it; certainly without effect for a start
    clock_skew,         ///< refused because our clock and theirs differ
    unauthorized,       ///< authentication failed
    uncertain,          ///< may or may not have had an effect
    not_sent            ///< no byte of the request left this process
};

/// Why a run is where it is; the words of runs.reason and transitions.reason. `none` is stored as NULL.
enum class Reason : std::uint8_t {
    none,
    // skipped
    misfire,
    overlap,
    task_busy,
    no_baseline,
    hold,
    disabled,
    removed,
    provider_unauthorized,
    window_too_short,
    wrong_task,  // the task bears another name than `expect_name`
    // failed
    refused,
    retries_over,
    start_unconfirmed,
    no_effect,
    remote_failed,
    discharged,
    // stopping, stopped
    schedule,
    max_duration,
    operator_request,
    superseded,
    remote,
    revived
};

enum class Activity : std::uint8_t { active, inactive, unknown };
enum class RemoteState : std::uint8_t { unknown, waiting, running, paused, stopping, idle, ended, failed, stopped };
constexpr Activity activity_of(RemoteState s) {
    if (s == RemoteState::unknown) return Activity::unknown;
    return s <= RemoteState::stopping ? Activity::active : Activity::inactive;
}

/// What the daemon does about a task that runs without an obligation of ours.
enum class Foreign : std::uint8_t { ignore, report, stop };

/// What one query showed of one task. `token` names the vendor's own run and is compared for equality only.
struct Observation {
    RemoteState remote = RemoteState::unknown;
    std::optional<std::string> token;
    std::string name{};  ///< the task's own, as a person gave it; empty: not shown
    std::string mode{};  ///< "manual": after its start each step waits for a person; "automatic"; empty: not shown
    // Of a drill whose actions the answer shows. What it does not show, or what cannot be read, proves nothing.
    std::optional<std::string> residue{};  ///< faults that may still be in place; "": none; nothing: nobody knows
    bool is_recovered = false;             ///< all its actions were shown, and no recovery is still to come
    std::optional<bool> rolls_back{};      ///< its guard rail runs its recovery actions, and pauses it then
    std::string waits_for{};               ///< the action that waits for a person; empty: none does, or not shown
    bool operator==(const Observation&) const = default;
    Activity activity() const { return activity_of(remote); }
};

/// Priority of a request at the limiter; smaller goes first.
enum class CallClass : std::uint8_t { stop, pause_resume, settle, start, poll };
constexpr int kCallClasses = 5;

std::string_view name_of(RunState);
std::string_view name_of(Obligation);
std::string_view name_of(Origin);
std::string_view name_of(Action);
std::string_view name_of(Outcome);
std::string_view name_of(Reason);  // "operator" for operator_request; "" for none
std::string_view name_of(Foreign);
std::string_view name_of(RemoteState);
std::string_view name_of(CallClass);

/// The value whose name_of() is `text`; nothing if there is none. T is one of the enumerations above.
template <class T>
std::optional<T> parse_name(std::string_view text);

}  // namespace taktd
