#include "daemon/core/observation.hpp"

namespace taktd {
namespace {

const ProviderSpec& provider_of(const RunEvidence& e) { return *e.run.plan.provider; }

bool settled_since_start(const RunEvidence& e, BootTime asked) {
    return asked >= e.start_ended + provider_of(e).settle;
}

// "Any token differs from a baseline that was read and had none"; a missing token neither equals nor differs. But an
// answer may leave a token out: then an inactive task that shows one soon after the start may show the run before ours.
bool differs_from_baseline(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (!seen.token || !e.run.baseline) return false;
    const Observation& before = e.run.baseline->seen;
    if (before.token) return seen.token != before.token;
    if (seen.activity() == Activity::active || settled_since_start(e, asked)) return true;
    const bool had_never_run = before.remote == RemoteState::idle;
    return had_never_run && (seen.remote != RemoteState::ended || !provider_of(e).traits.token_names_run);
}

// Idle before, and now ended, failed or stopped: something ran here since, even where the vendor shows no token.
bool left_idle(const RunEvidence& e, const Observation& seen) {
    if (!e.run.baseline || e.run.baseline->seen.remote != RemoteState::idle) return false;
    return seen.activity() == Activity::inactive && seen.remote != RemoteState::idle;
}

// Our own stop may have been what ended a task that our start has not reached yet.
bool left_idle_by_our_start(const RunEvidence& e, const Observation& seen, BootTime asked) {
    const bool stop_was_sent = e.last_stop_ended || e.stop_in_flight;
    return left_idle(e, seen) && (!stop_was_sent || settled_since_start(e, asked));
}

bool is_own(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (!e.run.vendor_run_id.empty()) return seen.token && *seen.token == e.run.vendor_run_id;
    if (!provider_of(e).baseline && seen.activity() == Activity::active) return true;
    return differs_from_baseline(e, seen, asked) || e.run.seen_active || seen.activity() == Activity::active ||
           left_idle_by_our_start(e, seen, asked);
}

bool is_another(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (!provider_of(e).traits.token_names_run || e.run.vendor_run_id.empty() || !seen.token) return false;
    if (*seen.token == e.run.vendor_run_id) return false;
    if (e.run.baseline && seen.token == e.run.baseline->seen.token) return false;
    return e.own_token_seen || settled_since_start(e, asked);
}

// A resume may be what the vendor takes for a start (CFG sends the same for both). Until nothing can come of it any
// more, an end is no end.
bool may_be_resumed(const RunEvidence& e, BootTime asked) {
    return e.resume_in_flight || (e.resume_ended && asked < *e.resume_ended + provider_of(e).settle);
}

// A task that was never seen active may still be about to start: idle and ended prove nothing until `settle` has
// passed.
bool proves_end(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (seen.remote != RemoteState::idle && seen.remote != RemoteState::ended) return true;
    if (e.run.seen_active) return true;
    if (provider_of(e).traits.ended_with_new_token_is_proof && seen.remote == RemoteState::ended &&
        differs_from_baseline(e, seen, asked)) {
        return true;
    }
    return settled_since_start(e, asked);
}

bool is_absent(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (!settled_since_start(e, asked) || e.stop_in_flight) return false;
    if (e.last_stop_ended && asked < *e.last_stop_ended + provider_of(e).settle) return false;
    if (!provider_of(e).baseline) return true;
    return e.run.baseline && seen.token == e.run.baseline->seen.token && !left_idle(e, seen);
}

}  // namespace

Proof judge(const RunEvidence& e, const Observation& seen, BootTime asked) {
    const Activity activity = seen.activity();
    if (activity == Activity::unknown) return Proof::nothing;
    if (is_another(e, seen, asked)) return Proof::another;
    if (activity == Activity::inactive && may_be_resumed(e, asked)) return Proof::nothing;
    if (is_own(e, seen, asked)) {
        if (activity == Activity::active) return Proof::own_active;
        if (proves_end(e, seen, asked)) return Proof::own_inactive;
    }
    if (activity == Activity::inactive && is_absent(e, seen, asked)) return Proof::absent;
    return Proof::nothing;
}

std::optional<std::string> run_id_to_adopt(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (!provider_of(e).traits.token_names_run || !e.run.vendor_run_id.empty()) return std::nullopt;
    if (!differs_from_baseline(e, seen, asked)) return std::nullopt;
    return seen.token;
}

}  // namespace taktd
