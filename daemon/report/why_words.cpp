// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/why_words.hpp"

namespace taktd::report {

std::string words_of_refusal(Reason reason) {
    switch (reason) {
        case Reason::misfire: return "the start could not be made in time";
        case Reason::overlap: return "another run of the job was in the way";
        case Reason::task_busy: return "the task was in use already";
        case Reason::no_baseline: return "the task's state could not be read in time";
        case Reason::hold: return "a hold was engaged";
        case Reason::disabled: return "the job was disabled";
        case Reason::removed: return "the job had left the config";
        case Reason::provider_unauthorized: return "the provider did not accept our credentials";
        case Reason::window_too_short: return "too little of its window was left";
        case Reason::wrong_task: return "the task had another name than expect_name";
        case Reason::refused: return "the provider refused it for good";
        case Reason::retries_over: return "the provider refused it, and refused every retry";
        case Reason::operator_request: return "an operator withdrew it before anything was sent";
        default: return "";
    }
}

std::string words_of_stop(Reason reason) {
    switch (reason) {
        case Reason::schedule: return "its scheduled end had come";
        case Reason::max_duration: return "it had reached its max_duration";
        case Reason::operator_request: return "an operator asked for it";
        case Reason::removed: return "its job had left the config (on_removal: stop)";
        case Reason::superseded: return "the job's next run was due (overlap: stop_previous)";
        case Reason::revived: return "an earlier run had been seen to end, and its task was seen running again";
        default: return std::string{name_of(reason)};
    }
}

std::string words_of_end(RunState state, Reason reason, bool was_stopping, bool may_be_ours) {
    if (state == RunState::completed) return "the task ended by itself";
    if (reason == Reason::superseded && !was_stopping)
        return "another run of the task was seen, so this one was over; no stop was sent to the other one";
    switch (reason) {
        case Reason::remote:
            return may_be_ours ? "the task was seen stopped: by taktd, whose stop has no answer, or by somebody else"
                               : "somebody else stopped the task";
        case Reason::remote_failed: return "the task failed at the provider";
        case Reason::start_unconfirmed:
            return "the answer to the start was lost, and the task was then seen as it had been before: it never ran";
        case Reason::no_effect: return "the task was seen as it had been before the start: it never ran";
        case Reason::discharged: return "an operator took over the obligation to stop it";
        case Reason::schedule:
        case Reason::max_duration:
        case Reason::operator_request:
        case Reason::removed:
        case Reason::superseded:
        case Reason::revived: return "taktd stopped it, and the task was seen to have ended";
        default: return words_of_refusal(reason);
    }
}

std::string words_of_last_look(RemoteState remote) {
    switch (activity_of(remote)) {
        case Activity::active: return "the last look showed the task " + std::string{name_of(remote)};
        case Activity::inactive:
            return "the last look showed the task " + std::string{name_of(remote)} +
                   ", but not that it was this run which ended";
        case Activity::unknown: break;
    }
    return "no look has shown the task yet";
}

}  // namespace taktd::report
