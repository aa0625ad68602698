// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/observation.hpp"

namespace taktd {
namespace {

const ProviderSpec& provider_of(const RunEvidence& e) { return *e.run.plan.provider; }

bool settled_since_start(const RunEvidence& e, BootTime asked) {
    return asked >= e.start_ended + provider_of(e).settle;
}

/// The baseline's, or that of our run before: a baseline from a cache may be older than that.
bool bears_token_of_before(const RunEvidence& e, const Observation& seen) {
    if (!seen.token) return false;
    return *seen.token == e.previous || (e.run.baseline && seen.token == e.run.baseline->seen.token);
}

/// A missing token neither equals nor differs.
bool differs_from_baseline(const RunEvidence& e, const Observation& seen) {
    return seen.token && e.run.baseline && !bears_token_of_before(e, seen);
}

bool bears_own_token(const RunEvidence& e, const Observation& seen) {
    return !e.run.vendor_run_id.empty() && seen.token == e.run.vendor_run_id;
}

/// Neither the run's own nor the baseline's. A token that only tells when a run began may change with a resume.
bool bears_anothers_token(const RunEvidence& e, const Observation& seen) {
    if (!provider_of(e).traits.token_names_run || e.run.vendor_run_id.empty() || !seen.token) return false;
    if (bears_own_token(e, seen)) return false;
    return !bears_token_of_before(e, seen);
}

/// Idle before, and now ended, failed or stopped: something ran here since, even where the vendor shows no token.
bool left_idle(const RunEvidence& e, const Observation& seen) {
    return e.run.baseline && e.run.baseline->seen.remote == RemoteState::idle && seen.remote != RemoteState::idle;
}

// A resume may be what the vendor takes for a start (CFG sends the same for both). Until nothing can come of it any
// more, an end is no end.
bool may_be_resumed(const RunEvidence& e, BootTime asked) {
    return e.resume_in_flight || (e.resume_ended && asked < *e.resume_ended + provider_of(e).settle);
}

/// The answer names this run, so it cannot stem from before the run. But a run that was never seen active may still be
/// about to begin: CPTS's status 2 is also what such a one reads.
bool names_the_end(const RunEvidence& e, const Observation& seen, BootTime asked) {
    const bool is_ours_alone = has_task_of_its_own(e.run) && !e.was_resumed;
    if (is_ours_alone && seen.token && seen.remote != RemoteState::idle) return true;
    if (!bears_own_token(e, seen)) return false;
    if (seen.remote != RemoteState::idle && seen.remote != RemoteState::ended) return true;
    return e.run.seen_active || settled_since_start(e, asked);
}

/// Asked so late that neither a lagging replica nor a request that is still on its way makes a difference.
bool is_confirmed(const RunEvidence& e, const Sighting& sighting, BootTime asked) {
    const Duration settle = provider_of(e).settle;
    if (asked < sighting.since + settle || !settled_since_start(e, asked)) return false;
    if (sighting.of == Sighting::Of::another_active) return true;
    return !e.stop_in_flight && (!e.last_stop_ended || asked >= *e.last_stop_ended + settle);
}

/// With nothing readable in between for so long, the first of two looks tells nothing of the second.
bool is_stale(const RunEvidence& e, const Sighting& sighting, BootTime asked) {
    return asked > sighting.since + 2 * (provider_of(e).settle + provider_of(e).poll_interval);
}

Judgement confirm(const RunEvidence& e, Sighting::Of of, Proof proof, const Observation& seen, BootTime asked) {
    // What an uncertain start will still do nobody knows until then, so what was seen before counts for nothing.
    const bool may_begin = of == Sighting::Of::inactivity && !e.run.seen_active && !settled_since_start(e, asked);
    if (may_begin) return {};
    const bool was_seen = e.sighting && e.sighting->of == of && !is_stale(e, *e.sighting, asked);
    const Sighting sighting = was_seen ? *e.sighting : Sighting{of, asked, seen.token};
    if (!is_confirmed(e, sighting, asked)) return {Proof::nothing, sighting};
    // Two looks that show the ends of different runs agree on nothing but that the task is inactive.
    const bool agree = sighting.token == seen.token || !sighting.token || !seen.token;
    return {proof == Proof::own_inactive && !agree ? Proof::absent : proof, std::nullopt};
}

Judgement judge_active(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (bears_anothers_token(e, seen)) return confirm(e, Sighting::Of::another_active, Proof::another, seen, asked);
    const bool is_nameless = e.run.vendor_run_id.empty() || !provider_of(e).traits.token_names_run;
    const bool is_ours = bears_own_token(e, seen) || (is_nameless && !bears_token_of_before(e, seen));
    if (is_ours) return {Proof::own_active, std::nullopt};
    // A token from before our start, so the answer is stale; or none. Neither says whose run it is, but it is no end.
    const bool stays = e.sighting && e.sighting->of == Sighting::Of::another_active;
    return {Proof::nothing, stays ? e.sighting : std::nullopt};
}

/// What an inactive task shows once that is certain.
Proof inactivity_proves(const RunEvidence& e, const Observation& seen) {
    if (bears_own_token(e, seen)) return Proof::own_inactive;
    const bool is_known = !e.run.vendor_run_id.empty() && provider_of(e).traits.token_names_run;
    if (is_known && seen.token) return Proof::absent;
    // What was last seen active is not what is inactive now.
    if (seen.token && !e.candidate.empty() && *seen.token != e.candidate) return Proof::absent;
    const bool has_run = e.run.seen_active || differs_from_baseline(e, seen) || left_idle(e, seen);
    return has_run ? Proof::own_inactive : Proof::absent;
}

Judgement judge_inactive(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (may_be_resumed(e, asked)) return {};
    if (names_the_end(e, seen, asked)) return {Proof::own_inactive, std::nullopt};
    return confirm(e, Sighting::Of::inactivity, inactivity_proves(e, seen), seen, asked);
}

}  // namespace

bool has_task_of_its_own(const RunRow& run) { return !run.vendor_task_id.empty(); }

Judgement judge(const RunEvidence& e, const Observation& seen, BootTime asked) {
    switch (seen.activity()) {
        case Activity::unknown: break;
        case Activity::active: return judge_active(e, seen, asked);
        case Activity::inactive: return judge_inactive(e, seen, asked);
    }
    return {Proof::nothing, e.sighting};
}

std::optional<std::string> run_id_to_adopt(const RunEvidence& e, const Observation& seen, BootTime asked) {
    if (!e.run.vendor_run_id.empty() || !seen.token || seen.activity() != Activity::active) return std::nullopt;
    if (has_task_of_its_own(e.run) && !e.was_resumed) return seen.token;
    const bool has_baseline = e.run.baseline || !provider_of(e).baseline;
    if (!has_baseline || bears_token_of_before(e, seen) || !settled_since_start(e, asked) || seen.token != e.candidate)
        return std::nullopt;
    return seen.token;
}

}  // namespace taktd
