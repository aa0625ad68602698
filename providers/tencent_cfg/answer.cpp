// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/answer.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "providers/answer_headers.hpp"
#include "providers/json_values.hpp"
#include "providers/tencent_cfg/actions.hpp"
#include "providers/tencent_cfg/making.hpp"
#include "providers/tencent_cfg/outcomes.hpp"
#include "providers/tencent_cfg/values.hpp"

namespace taktd::tencent_cfg {
namespace {

namespace json = boost::json;

// Values of TaskStatusType, which tells the ends apart.
constexpr std::int64_t kEndedByFailure = 2;
constexpr std::int64_t kEndedByTermination = 3;

constexpr std::size_t kCodeMax = 128;
constexpr std::size_t kMessageMax = 1024;

RemoteState remote_state_of(std::optional<std::int64_t> status, std::optional<std::int64_t> type) {
    if (!status) return RemoteState::unknown;
    switch (*status) {
        case kNotStarted: return RemoteState::idle;
        case kExecuting: return RemoteState::running;
        case kPaused: return RemoteState::paused;
        case kEnded:
            if (type == kEndedByFailure) return RemoteState::failed;
            if (type == kEndedByTermination) return RemoteState::stopped;
            return RemoteState::ended;
        default: return RemoteState::unknown;
    }
}

Observation observe(const json::value* task) {
    Observation seen;
    seen.remote = remote_state_of(integer_of(member(task, "TaskStatus")), integer_of(member(task, "TaskStatusType")));
    const auto started = text_of(member(task, "TaskStartTime"), kCodeMax);
    if (!started.empty()) seen.token = started;
    seen.name = text_of(member(task, "TaskTitle"), kMessageMax);
    const auto mode = integer_of(member(task, "TaskMode"));
    if (mode == kManual) seen.mode = "manual";
    if (mode == kAutomatic) seen.mode = "automatic";
    return seen;
}

/// As what the call names the task that the vendor calls `id`: 007 asks for task 7.
const std::string* asked_as(const CallSpec& call, const std::string& id) {
    const auto found = std::ranges::find_if(call.task_ids, [&](const std::string& asked) {
        const auto number = parse_task_id(asked);
        return number && std::to_string(*number) == id;
    });
    return found == call.task_ids.end() ? nullptr : &*found;
}

/// Fills in what DescribeTask showed; false if it is not an answer to the question.
bool read_task(const CallSpec& call, const json::value* response, CallResult& result) {
    const auto* task = member(response, "Task");
    if (task == nullptr || !task->is_object() || call.task_ids.empty()) return false;
    // Without an id the answer can only be of the one task asked for; with another's it proves nothing about ours.
    const auto id = id_of(member(task, "TaskId"));
    if (id && asked_as(call, *id) == nullptr) return false;
    Observation seen = observe(task);
    read_actions(task, seen);
    result.observations[call.task_ids.front()] = std::move(seen);
    return true;
}

bool read_list(const CallSpec& call, const json::value* response, CallResult& result) {
    const auto* list = member(response, "TaskList");
    if (list == nullptr) return false;
    if (list->is_null()) return true;
    if (!list->is_array()) return false;
    for (const auto& task : list->get_array()) {
        const auto id = id_of(member(&task, "TaskId"));
        const std::string* asked = id ? asked_as(call, *id) : nullptr;
        if (asked == nullptr) continue;
        Observation seen = observe(&task);
        seen.token.reset();  // the list documents no start time, so none of its fields names a run
        result.observations[*asked] = seen;
    }
    return true;
}

/// An answer that counts as a success: does it say what the vendor says then? `by_code`: it is an error whose code the
/// config calls a success.
Outcome read_success(const CallSpec& call, const json::value* response, bool by_code, CallResult& result) {
    bool understood = false;
    if (call.action == Action::prepare) {
        understood = call.finds ? read_found(call, response, result) : read_created(response, result);
    } else if (call.action == Action::heal && !by_code) {
        return result.request_id.empty() ? Outcome::uncertain : outcome_of_trigger(response);
    } else if (call.action != Action::query) {
        // "RequestId will be returned for every request": without one it is somebody else's JSON.
        understood = by_code || !result.request_id.empty();
    } else if (call.batched) {
        understood = read_list(call, response, result);
    } else {
        understood = read_task(call, response, result);
    }
    return understood ? Outcome::accepted : Outcome::uncertain;
}

}  // namespace

CallResult read_answer(const CallSpec& call, const HttpResponse& http) {
    CallResult result;
    result.http_status = http.status;
    result.retry_after = retry_after_of(http.headers);

    const auto parsed = parse_json(http.body);
    if (!parsed) result.vendor_message = compressed_note(http).value_or("");
    const auto* response = member(parsed ? &*parsed : nullptr, "Response");
    result.request_id = text_of(member(response, "RequestId"), kCodeMax);
    const auto* error = member(response, "Error");
    const bool has_error = error != nullptr && !error->is_null();
    if (has_error) {
        result.vendor_code = text_of(member(error, "Code"), kCodeMax);
        result.vendor_message = text_of(member(error, "Message"), kMessageMax);
    }

    if (http.status == 200 && !has_error && response != nullptr && response->is_object()) {
        result.outcome = Outcome::accepted;
    } else {
        result.outcome = outcome_of(call, http.status, result.vendor_code);
    }
    if (result.outcome == Outcome::accepted) result.outcome = read_success(call, response, has_error, result);
    if (result.outcome == Outcome::clock_skew || http.status == 401) result.server_time = server_time_of(http.headers);
    return result;
}

}  // namespace taktd::tencent_cfg
