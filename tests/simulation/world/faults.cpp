// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world/faults.hpp"

namespace taktd::sim {
namespace {

struct Line {
    Fault fault;
    std::string_view name;
};

constexpr std::array<Line, kFaults> kLines{{
    {Fault::not_sent, "a request that was not sent"},
    {Fault::request_lost, "a lost request"},
    {Fault::answer_lost, "accepted, and the answer lost"},
    {Fault::late_effect, "an effect after the timeout"},
    {Fault::answered_twice, "an answer that comes twice"},
    {Fault::answer_delayed, "a delayed answer"},
    {Fault::throttled, "a throttled call"},
    {Fault::server_error, "a 5xx"},
    {Fault::server_error_after, "a 5xx or garbage after the effect"},
    {Fault::gave_up_after, "a 408 or 499 after the effect"},
    {Fault::half_answer, "half an answer"},
    {Fault::refused, "a refusal"},
    {Fault::never_starts, "accepted, and never starts"},
    {Fault::shifted_answer, "the answer of the request before, on a kept connection"},
    {Fault::outage, "an outage"},
    {Fault::throttling_storm, "a storm of 429"},
    {Fault::key_rejected, "credentials rejected"},
    {Fault::stop_ignored, "a stop accepted and ignored"},
    {Fault::unlisted, "a list that does not show a task"},
    {Fault::old_look, "a look that shows the past"},
    {Fault::replica_lags, "two replicas, one of which lags by up to settle"},
    {Fault::cached_look, "one look that a cache answers"},
    {Fault::false_end, "an end that was none, under the run's own id"},
    {Fault::ended_early, "a task called ended before its cases are"},
    {Fault::history_gone, "a task whose run history is gone"},
    {Fault::no_token, "a look without a token"},
    {Fault::unknown_status, "an unknown status"},
    {Fault::begins_late, "a start that begins minutes later"},
    {Fault::ends_itself, "a task that ends by itself"},
    {Fault::pauses_itself, "a task that pauses by itself"},
    {Fault::restarts_itself, "a task that starts again by itself"},
    {Fault::unhealed, "a drill that nothing heals"},
    {Fault::heals_slowly, "a drill that heals slowly"},
    {Fault::recovery_fails, "a drill whose recovery fails"},
    {Fault::turns_manual, "a drill that turns manual"},
    {Fault::started_by_hand, "a stranger's start"},
    {Fault::ended_by_hand, "a stranger's stop of our run"},
    {Fault::paused_by_hand, "a stranger's pause of our run"},
    {Fault::resumed_by_hand, "a stranger's resume of our run"},
    {Fault::crash, "a crash"},
    {Fault::crash_between_steps, "a crash just after a step"},
    {Fault::crash_in_recovery, "a crash during recovery"},
    {Fault::crash_after_recovered, "a crash just after recovery's first step"},
    {Fault::clean_stop, "a clean stop"},
    {Fault::reboot, "a reboot"},
    {Fault::suspend, "a suspend"},
    {Fault::clocks_paused, "a pause of both clocks"},
    {Fault::wall_step, "a step of the wall clock"},
    {Fault::commit_slow, "a slow commit"},
    {Fault::commit_failed, "a failed commit"},
    {Fault::commit_failed_but_found, "a failed commit whose rows are found"},
    {Fault::disk_full, "a full disk"},
    {Fault::store_damaged, "damage that the check of the store finds late"},
    {Fault::job_added, "a reload: job added"},
    {Fault::job_removed, "a reload: job removed"},
    {Fault::job_renamed, "a reload: job renamed"},
    {Fault::job_rescheduled, "a reload: job rescheduled"},
    {Fault::job_moved, "a reload: job's task or provider changed"},
    {Fault::job_changed, "a reload: job changed throughout"},
    {Fault::provider_changed, "a reload: provider changed"},
    {Fault::reload_drops_owed, "a broken reload: without a provider that owes a stop"},
    {Fault::reload_points_elsewhere, "a broken reload: a provider that owes a stop points elsewhere"},
    {Fault::order_start, "an operator's start"},
    {Fault::order_start_again, "an operator's start with a key that was used"},
    {Fault::order_stop, "an operator's stop"},
    {Fault::order_withdraw, "an operator's stop of a run that has not begun"},
    {Fault::order_stop_many, "an operator's stop of many runs"},
    {Fault::order_pause, "an operator's pause"},
    {Fault::order_resume, "an operator's resume"},
    {Fault::order_discharge, "an operator's discharge"},
    {Fault::order_hold, "an operator's hold"},
    {Fault::order_hold_and_stop, "an operator's hold that stops what runs"},
    {Fault::order_release, "an operator's release"},
    {Fault::order_disable, "an operator's disable"},
    {Fault::order_enable, "an operator's enable"},
    {Fault::order_for_nothing, "an operator's command for what does not exist"},
}};

constexpr bool each_stands_in_its_place() {
    for (std::size_t i = 0; i < kFaults; ++i) {
        if (kLines.at(i).fault != static_cast<Fault>(i) || kLines.at(i).name.empty()) return false;
    }
    return true;
}
static_assert(each_stands_in_its_place());

}  // namespace

std::string_view name_of(Fault fault) { return kLines.at(static_cast<std::size_t>(fault)).name; }

}  // namespace taktd::sim
