// SPDX-License-Identifier: Apache-2.0
// Every kind of fault that a random world injects, by its own name. The figures count them, and a run of many worlds in
// which one of them never happened has shown nothing about it (floors.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace taktd::sim {

enum class Fault : std::uint8_t {
    // Requests and answers.
    not_sent,
    request_lost,
    answer_lost,
    late_effect,
    answered_twice,
    answer_delayed,
    throttled,
    server_error,
    server_error_after,
    gave_up_after,
    half_answer,
    refused,
    never_starts,
    shifted_answer,
    // Vendors.
    outage,
    throttling_storm,
    key_rejected,
    stop_ignored,
    unlisted,
    old_look,
    replica_lags,
    cached_look,
    false_end,
    ended_early,
    history_gone,
    no_token,
    unknown_status,
    begins_late,
    ends_itself,
    pauses_itself,
    restarts_itself,
    unhealed,
    heals_slowly,
    recovery_fails,
    turns_manual,
    // Other people at the vendor's console.
    started_by_hand,
    ended_by_hand,
    paused_by_hand,
    resumed_by_hand,
    // The process and its machine.
    crash,
    crash_between_steps,
    crash_in_recovery,
    crash_after_recovered,
    clean_stop,
    reboot,
    suspend,
    clocks_paused,
    wall_step,
    // The store.
    commit_slow,
    commit_failed,
    commit_failed_but_found,
    disk_full,
    store_damaged,
    // Reloads.
    job_added,
    job_removed,
    job_renamed,
    job_rescheduled,
    job_moved,
    job_changed,
    provider_changed,
    reload_drops_owed,
    reload_points_elsewhere,
    // Operators.
    order_start,
    order_start_again,
    order_stop,
    order_withdraw,
    order_stop_many,
    order_pause,
    order_resume,
    order_discharge,
    order_hold,
    order_hold_and_stop,
    order_release,
    order_disable,
    order_enable,
    order_for_nothing,
    count_
};
inline constexpr auto kFaults = static_cast<std::size_t>(Fault::count_);

std::string_view name_of(Fault fault);

using FaultCounts = std::array<long, kFaults>;

}  // namespace taktd::sim
