// SPDX-License-Identifier: Apache-2.0
// The calls of this process: an intent that is written, or a request that is in flight. Exactly one answer ends each.
// What its answer is for, is its purpose.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/base/agenda.hpp"
#include "daemon/core/model/effects.hpp"

namespace taktd {

struct ForRun {
    RunId run;
};
/// A routine poll that asks for several runs at once.
struct ForBatch {
    std::vector<RunId> runs;
};
struct ForBaseline {
    std::string task_key;
};
/// Tasks that are asked for runs that are not ours.
struct ForForeignCheck {
    std::vector<std::string> task_keys;
};
struct ForForeignStop {
    std::string task_key;
};
/// A run that has ended and is looked at again.
struct ForLastLook {
    RunId run;
};
/// Only whether the credentials are accepted is of interest.
struct ForProbe {};
using Purpose = std::variant<ForRun, ForBatch, ForBaseline, ForForeignCheck, ForForeignStop, ForLastLook, ForProbe>;

struct PendingCall {
    CallRow row;
    CallClass call_class = CallClass::poll;
    Purpose purpose;
    bool is_skew_retry = false;  ///< the one before was refused for our clock alone; this one has the corrected time
    bool ready = false;          ///< its intent is durable (a stop: or waited for long enough)
    WallTime due;                ///< its place among the admitted
    BootTime wanted;             ///< since when it waits for its permit
    // Once it was released:
    bool released = false;
    WallTime asked;
    BootTime asked_boot;
    Duration skew{};  ///< that it was signed with
};

class Calls {
public:
    PendingCall& make(const CallId& id, CallSpec spec, CallClass call_class, Purpose purpose, Now now,
                      const std::string& boot_id);

    PendingCall& at(const CallId& id) { return calls_.at(id); }
    const PendingCall& at(const CallId& id) const { return calls_.at(id); }
    /// Null: it was answered or withdrawn.
    PendingCall* find(const CallId& id);
    const PendingCall* find(const CallId& id) const;
    /// It is pending and its request has left.
    bool is_released(const std::optional<CallId>& id) const;
    /// It is pending and its request has not left.
    bool is_unreleased(const std::optional<CallId>& id) const;
    std::size_t in_flight() const { return in_flight_; }
    /// Those of an account but for stops. Walks over all calls: for tests.
    std::size_t in_flight(const std::string& account) const;

    /// The request leaves now.
    Send release(PendingCall& call, Duration skew, Now now);
    /// It never leaves; the row says so.
    CallRow withdraw(const CallId& id, Now now);
    /// It was answered.
    std::optional<PendingCall> take(const CallId& id);

    /// From then on a call goes out without its commit (R1's exception, for stops).
    void wait_for_commit(const CallId& id, BootTime until) { commit_waits_.set(id, until); }
    void end_wait(const CallId& id) { commit_waits_.set(id, std::nullopt); }
    Agenda<BootTime, CallId>& commit_waits() { return commit_waits_; }

    void assert_invariants() const;

private:
    std::map<CallId, PendingCall> calls_;
    Agenda<BootTime, CallId> commit_waits_;
    std::size_t in_flight_ = 0;
};

}  // namespace taktd
