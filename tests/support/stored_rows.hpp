// SPDX-License-Identifier: Apache-2.0
// Rows in good order for whatever keeps them, and a record of what a store's writer has said.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/rules/lifecycle.hpp"
#include "daemon/store/store.hpp"
#include "tests/support/ids.hpp"

namespace taktd::testing {

using namespace std::chrono_literals;

inline WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds{1'800'000'000 + seconds}}; }

/// `0192f0c0-0000-7000-8000-...`
inline RunId run_id(int n) {
    const auto count = static_cast<std::uint64_t>(n);
    return RunId{
        Uuid{0x0192f0c0'0000'7000ULL | ((count / 65536) & 0xFFFF) << 16U, 0x8000'0000'0000'0000ULL | count * 7919}};
}

inline ProviderPtr provider(const std::string& name = "perf") {
    ProviderSpec spec;
    spec.name = name;
    spec.type = "huawei-cpts";
    spec.endpoint = "https://cpts.ap-southeast-3.myhuaweicloud.com";
    spec.region = "ap-southeast-3";
    spec.scope = "0123456789abcdef";
    spec.credentials = {{"access_key", "${env:HUAWEI_ACCESS_KEY}"}, {"secret_key", "${credential:huawei}"}};
    spec.account = "huawei-cpts|" + name;
    spec.rate_limit = {333'333'334ns, 2};
    spec.traits.can_pause = true;
    return std::make_shared<const ProviderSpec>(spec);
}

/// A run of `job` in `state`, with the obligation that belongs to it.
inline RunRow run_row(int n, const std::string& job = "load", RunState state = RunState::due) {
    RunRow run;
    run.id = run_id(n);
    run.job = job;
    run.provider = "perf";
    run.task_key = "huawei-cpts|endpoint|scope|" + std::to_string(n);
    run.occurrence = at(n);
    run.state = state;
    run.plan.provider = provider();
    run.plan.task = {std::to_string(n), R"({"task_id":1})", R"({"cluster_id":-1})", "{}"};
    run.plan.window = 30min;
    run.start_due = at(n);
    run.stop_due = at(n) + 30min;
    run.max_end = at(n) + 45min;
    run.boot_id = "boot-1";
    run.obligation = owes_stop(state) ? Obligation::open : Obligation::none;
    run.created = at(n);
    run.updated = at(n);
    return run;
}

inline TransitionRow transition_row(const RunRow& run, int seq, std::optional<RunState> from, RunState to) {
    TransitionRow row;
    row.run = run.id;
    row.seq = seq;
    row.from = from;
    row.to = to;
    row.at = run.start_due + std::chrono::seconds{seq};
    row.actor = "taktd";
    return row;
}

inline CallRow call_row(const RunRow& run, const CallId& id, Action action, std::optional<Outcome> outcome) {
    CallRow call;
    call.id = id;
    call.run = run.id;
    call.provider = run.provider;
    call.account = run.plan.provider->account;
    call.action = action;
    call.intent = run.start_due;
    call.boot_id = "boot-1";
    call.record.method = "POST";
    call.record.target = "/v1/x";
    call.record.request_body = "{}";
    if (outcome) {
        CallResult result;
        result.outcome = *outcome;
        result.ended = run.start_due + 1s;
        call.result = result;
    }
    return call;
}

inline CallRow call_row(const RunRow& run, std::string_view name, Action action, std::optional<Outcome> outcome) {
    return call_row(run, test::call_of(name), action, outcome);
}

inline JobStateRow job_state_row(const std::string& job, WallTime watermark) {
    JobStateRow row;
    row.job = job;
    row.schedule = "0 2 * * *";
    row.watermark = watermark;
    return row;
}

/// The rows of a run that went through `states`, its job's watermark included.
inline std::vector<Row> history(int n, const std::string& job, const std::vector<RunState>& states) {
    RunRow run = run_row(n, job, states.back());
    std::vector<Row> rows;
    std::optional<RunState> from;
    Obligation obligation = Obligation::none;
    int seq = 0;
    for (const RunState to : states) {
        rows.emplace_back(transition_row(run, ++seq, from, to));
        obligation = obligation_after(obligation, to);
        from = to;
    }
    run.obligation = obligation;
    rows.insert(rows.begin(), run);
    rows.emplace_back(job_state_row(job, run.start_due));
    return rows;
}

/// One with a value in every column.
inline RunRow full_run() {
    RunRow run = run_row(7, "load", RunState::running);
    run.request_key = "key-7";
    run.origin = Origin::catch_up;
    run.reason = Reason::operator_request;
    run.baseline = Baseline{{RemoteState::ended, "token-6"}, at(0)};
    run.stop_due_boot = boot_from_ns(123);
    run.max_end_boot = boot_from_ns(456);
    run.vendor_run_id = "4711";
    run.vendor_task_id = "99";
    run.remote_state = RemoteState::running;
    run.seen_active = true;
    run.residue = "CPU load (action 17), \"quoted\"";
    run.waits_for = "Packet loss (action 18) has failed";
    run.waits_since = at(6);
    run.updated = at(8);
    return run;
}

inline CallRow full_call(const RunRow& run) {
    CallRow call =
        call_row(run, CallId{Uuid{0x0192f0c0'0000'7000, 0x9000'0000'0000'0001}}, Action::start, Outcome::uncertain);
    call.attempt = 3;
    CallResult& result = *call.result;
    result.http_status = 502;
    result.vendor_code = "FailedOperation";
    result.vendor_message = "内部错误";
    result.vendor_extend = "{}";
    result.vendor_run_id = "4711";
    result.request_id = "req-1";
    result.retry_after = 7s;
    result.ended_boot = boot_from_ns(900);
    call.record.response_body = "<html>";
    call.record.sent = at(7) + 2ms;
    call.record.sent_boot = boot_from_ns(800);
    call.record.bytes_sent = 512;
    return call;
}

/// What the writer has said, in order: "durable 3", "down", "up".
class Record {
public:
    StoreEvents events() {
        return {.durable = [this](std::uint64_t step) { say("durable " + std::to_string(step), step); },
                .down =
                    [this](const std::string& why) {
                        const std::lock_guard lock{mutex_};
                        why_ = why;
                        said_.push_back("down");
                        changed_.notify_all();
                    },
                .up = [this] { say("up", 0); },
                .checked =
                    [this](const std::string& damage) {
                        {
                            const std::lock_guard lock{mutex_};
                            if (!damage.empty()) why_ = damage;
                        }
                        say(damage.empty() ? "sound" : "damaged", 0);
                    }};
    }
    bool wait_durable(std::uint64_t step) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, kPatience, [&] { return durable_ >= step; });
    }
    bool wait_said(const std::string& what) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, kPatience, [&] { return std::ranges::find(said_, what) != said_.end(); });
    }
    std::vector<std::string> said() const {
        const std::lock_guard lock{mutex_};
        return said_;
    }
    std::string why() const {
        const std::lock_guard lock{mutex_};
        return why_;
    }

private:
    static constexpr auto kPatience = 30s;
    void say(std::string what, std::uint64_t step) {
        const std::lock_guard lock{mutex_};
        said_.push_back(std::move(what));
        durable_ = std::max(durable_, step);
        changed_.notify_all();
    }
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> said_;
    std::string why_;
    std::uint64_t durable_ = 0;
};

}  // namespace taktd::testing
