// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checks/digest.hpp"

#include <type_traits>

#include "daemon/core/rules/policies.hpp"

namespace taktd::sim {
namespace {

/// Each value with all its fields, in their order; what may be absent says whether it is there, what is a list how long
/// it is, so that no two values look alike.
class Mixer {
public:
    explicit Mixer(Digest& digest) : digest_{digest} {}

    template <class... Values>
    void all(const Values&... values) {
        (put(values), ...);
    }

private:
    template <class Number>
    requires(std::is_integral_v<Number> || std::is_enum_v<Number>) void put(Number value) {
        digest_.mix(static_cast<std::uint64_t>(value));
    }
    void put(const std::string& text) { digest_.mix(std::string_view{text}); }
    void put(const RunId& id) { put(id.text()); }
    void put(const CallId& id) { put(id.text()); }
    void put(Duration value) { put(value.count()); }
    void put(WallTime value) { put(to_ns(value)); }
    void put(BootTime value) { put(to_ns(value)); }
    template <class Value>
    void put(const std::optional<Value>& value) {
        put(value.has_value());
        if (value) put(*value);
    }
    template <class Value>
    void put(const std::shared_ptr<Value>& value) {
        put(value != nullptr);
        if (value) put(*value);
    }
    template <class Value>
    void put(const std::vector<Value>& values) {
        put(values.size());
        for (const auto& value : values) put(value);
    }
    template <class First, class Second>
    void put(const std::pair<First, Second>& value) {
        all(value.first, value.second);
    }
    template <class Key, class Value>
    void put(const std::map<Key, Value>& values) {
        put(values.size());
        for (const auto& [key, value] : values) all(key, value);
    }
    template <class... Values>
    void put(const std::variant<Values...>& value) {
        put(value.index());
        std::visit([this](const auto& held) { put(held); }, value);
    }

    // What the config says.
    void put(const RateLimit& v) { all(v.interval, v.burst); }
    void put(const AdapterTraits& v) { all(v.can_pause, v.query_batch_max, v.token_names_run, v.can_heal); }
    void put(const ProviderSpec& v) {
        all(v.name, v.type, v.endpoint, v.region, v.scope, v.credentials, v.account, v.rate_limit, v.timeout,
            v.poll_interval, v.settle, v.baseline, v.foreign, v.outcomes, v.success_codes, v.traits);
    }
    void put(const TaskSpec& v) {
        all(v.task_id, v.start_json, v.stop_json, v.on_abort_json, v.prepare_json, v.expect_name);
    }
    void put(const RetryPolicy& v) { all(v.attempts, v.initial, v.max); }
    void put(const StopAfter& v) { put(v.after); }
    void put(const StopAt& v) { put(v.at); }
    void put(const StopCron& v) { put(v.text); }
    void put(const StopWhenDone&) {}
    void put(const Schedule& v) { put(v.fingerprint()); }
    void put(const Job& v) {
        all(v.name, v.provider, v.task_key, v.task, v.schedule, v.stop, v.max_duration, v.start_grace, v.min_window,
            v.misfire, v.overlap, v.retry, v.enabled, v.on_removal, v.heal_within);
    }
    void put(const Config& v) { all(v.providers, v.jobs); }
    void put(const Window& v) { all(v.start_due, v.stop_due, v.max_end, v.start_grace, v.min_window); }

    // Calls.
    void put(const Observation& v) {
        all(v.remote, v.token, v.name, v.mode, v.residue, v.is_recovered, v.rolls_back, v.waits_for);
    }
    void put(const Conclusion& v) { all(v.is_expected, v.summary); }
    void put(const CallSpec& v) {
        all(v.action, v.provider, v.task_ids, v.parameters_json, v.placeholders, v.conclusion, v.batched, v.finds);
    }
    void put(const CallRecord& v) {
        all(v.method, v.target, v.request_body, v.response_body, v.sent, v.sent_boot, v.bytes_sent);
    }
    void put(const CallResult& v) {
        all(v.outcome, v.http_status, v.vendor_code, v.vendor_message, v.vendor_extend, v.vendor_run_id, v.request_id,
            v.vendor_task_id, v.retry_after, v.server_time, v.observations, v.ended, v.ended_boot);
    }

    // Rows.
    void put(const Baseline& v) { all(v.seen, v.asked); }
    void put(const StopPlan& v) {
        all(v.provider, v.task, v.window, v.ends_itself, v.on_removal, v.heal_within, v.conclusion);
    }
    void put(const StartFacts& v) {
        all(v.window, v.now, v.misfire, v.overlap, v.by_hand, v.disabled, v.removed, v.held, v.provider_closed,
            v.earlier_live, v.waited, v.is_newest_missed, v.needs_task, v.task_is_taken, v.baseline, v.looked_in_vain,
            v.prepared_in_vain, v.is_wrong_task);
    }
    void put(const RunRow& v) {
        all(v.id, v.job, v.provider, v.task_key, v.occurrence, v.request_key, v.origin, v.state, v.reason, v.plan,
            v.baseline, v.start_due, v.stop_due, v.max_end, v.stop_due_boot, v.max_end_boot, v.boot_id, v.vendor_run_id,
            v.vendor_task_id, v.remote_state, v.seen_active, v.residue, v.waits_for, v.waits_since, v.obligation,
            v.created, v.updated);
    }
    void put(const TransitionRow& v) { all(v.run, v.seq, v.from, v.to, v.at, v.reason, v.actor, v.detail, v.facts); }
    void put(const CallRow& v) {
        all(v.id, v.run, v.linked, v.provider, v.account, v.action, v.attempt, v.intent, v.boot_id, v.result, v.spec,
            v.record, v.replaces);
    }
    void put(const JobStateRow& v) { all(v.job, v.schedule, v.watermark, v.disabled, v.until, v.reason, v.actor); }
    void put(const ClockRow& v) { all(v.at, v.newest, v.actor, v.reason); }
    void put(const GapRow& v) { all(v.job, v.first, v.last, v.count, v.reason, v.recorded); }
    void put(const LimiterRow& v) { all(v.account, v.debt, v.interval, v.at_boot, v.at, v.boot_id); }
    void put(const LimitRow& v) { all(v.account, v.limit.interval, v.limit.burst, v.at); }
    void put(const HoldRow& v) { all(v.scope, v.engaged, v.reason, v.actor, v.since, v.until, v.has_expired); }
    void put(const ForeignRow& v) {
        all(v.task_key, v.provider, v.job, v.first_seen, v.last_seen, v.remote, v.token, v.ended);
    }
    void put(const ActionRow& v) {
        all(v.at, v.command, v.actor, v.via, v.action, v.target, v.reason, v.run, v.until, v.note, v.is_ok);
    }
    void put(const OutboxRow&) {}  // the shell's: no step of the engine has one
    void put(const LastLookRow& v) { all(v.run, v.due, v.done); }
    void put(const RecoveredRun& v) {
        all(v.run, v.last_seq, v.calls, v.refused_before, v.newest_row, v.stop_actor, v.stop_text);
    }
    void put(const Past& v) {
        const Snapshot& s = v.snapshot;
        all(s.live, s.cut_calls, s.jobs, s.holds, s.request_keys, s.limiters, s.foreign, s.last_looks, v.schedules,
            s.clean_stop, s.first_start, s.newest, s.damage, s.found_damaged);
    }

    // Events.
    void put(const Recovered& v) { all(v.past, v.boot_id); }
    void put(const Remembered& v) { put(v.past); }
    void put(const ConfigLoaded& v) { put(v.config); }
    void put(const Wake&) {}
    void put(const Durable& v) { put(v.step); }
    void put(const StoreDown&) {}
    void put(const StoreUp&) {}
    void put(const StoreChecked& v) { put(v.is_damaged); }
    void put(const Answered& v) { all(v.call, v.result); }
    void put(const StartJob& v) { all(v.job, v.run_for, v.request_key, v.reason); }
    void put(const StopMany& v) { all(v.scope, v.reason, v.conclusion); }
    void put(const StopRun& v) { all(v.run, v.reason, v.conclusion); }
    void put(const PauseRun& v) { all(v.run, v.reason); }
    void put(const ResumeRun& v) { all(v.run, v.reason); }
    void put(const RetryProvider& v) { put(v.provider); }
    void put(const NoteAction& v) { all(v.action, v.target, v.reason, v.note, v.is_ok); }
    void put(const DischargeRun& v) { all(v.run, v.reason); }
    void put(const SetHold& v) { all(v.hold, v.stop); }
    void put(const SetDisabled& v) { all(v.job, v.disabled, v.until, v.reason); }
    void put(const Command& v) { all(v.id, v.actor, v.body, v.via); }
    void put(const ShutdownRequested& v) { put(v.stop_all); }

    // Effects.
    void put(const Append& v) { all(v.step, v.rows); }
    void put(const Send& v) { all(v.call, v.spec, v.call_class, v.timeout, v.skew); }
    void put(const Cut& v) { put(v.call); }
    void put(const Reply& v) { all(v.command, v.is_ok(), v.text, v.run, v.runs); }
    void put(const WakeAt& v) { all(v.wall, v.boot, v.at_once); }

    Digest& digest_;
};

}  // namespace

void Digest::mix(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ text.size();
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {  // little-endian whatever the machine is
        std::uint64_t word = 0;
        for (std::size_t b = 0; b < 8; ++b)
            word |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i + b])) << (8 * b);
        hash = (hash ^ word) * 0x9ddfea08eb382d69ULL;
        hash ^= hash >> 29U;
    }
    for (; i < text.size(); ++i) hash = (hash ^ static_cast<unsigned char>(text[i])) * 0x100000001b3ULL;
    mix(hash);
}

void mix_event(Digest& digest, const Event& event, Now now) { Mixer{digest}.all(now.wall, now.boot, event); }

void mix_effects(Digest& digest, const Effects& effects) {
    Mixer{digest}.all(effects.append, effects.sends, effects.cuts, effects.replies, effects.wake);
}

void mix_row(Digest& digest, const Row& row) { Mixer{digest}.all(row); }

}  // namespace taktd::sim
