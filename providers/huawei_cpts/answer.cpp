// SPDX-License-Identifier: Apache-2.0
#include "providers/huawei_cpts/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/json.hpp>

#include "providers/answer_headers.hpp"
#include "providers/huawei_cpts/outcomes.hpp"
#include "providers/json_values.hpp"

namespace taktd::huawei_cpts {
namespace {

namespace json = boost::json;

constexpr std::size_t kTextMax = 1024;  // as the page documents for code, message and extend
constexpr std::size_t kRequestIdMax = 128;
constexpr Duration kWaitMax = std::chrono::hours{24};

struct VendorWords {
    std::string code, message;
};

std::optional<VendorWords> words_in(const json::value* body, std::string_view code_name,
                                    std::string_view message_name) {
    const auto* code = member(body, code_name);
    const auto* message = member(body, message_name);
    if (code == nullptr && message == nullptr) return std::nullopt;
    return VendorWords{text_of(code, kTextMax), text_of(message, kTextMax)};
}

/// What a body that is no JSON says: its text, such as a proxy's page.
std::string unreadable_text(const HttpResponse& response) {
    const auto compressed = compressed_note(response);
    return compressed ? *compressed : clean_text(response.body, kTextMax);
}

/// The gateway's error_code and error_msg, else the service's code and message, else either of them one level down.
VendorWords words_of(const json::value& body) {
    if (const auto words = words_in(&body, "error_code", "error_msg")) return *words;
    if (const auto words = words_in(&body, "code", "message")) return *words;
    if (const auto* object = body.if_object()) {
        for (const auto& [name, value] : *object) {
            if (const auto words = words_in(&value, "error_code", "error_msg")) return *words;
            if (const auto words = words_in(&value, "code", "message")) return *words;
        }
    }
    return {"", text_of(&body, kTextMax)};
}

/// Throttle texts name their window, "limit:5,time:1 minute"; waiting that long is always enough.
std::optional<Duration> window_in(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    struct Unit {
        std::string_view name;
        Duration length;
    };
    static constexpr std::array<Unit, 4> kUnits{{{"second", std::chrono::seconds{1}},
                                                 {"minute", std::chrono::minutes{1}},
                                                 {"hour", std::chrono::hours{1}},
                                                 {"day", std::chrono::hours{24}}}};
    const auto at = text.find("time:");
    if (at == std::string::npos) return std::nullopt;
    const auto number_at = text.find_first_not_of(' ', at + 5);
    if (number_at == std::string::npos) return std::nullopt;
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + number_at, end, number);
    if (error != std::errc{} || number == 0) return std::nullopt;
    auto unit_name = std::string_view{rest, static_cast<std::size_t>(end - rest)};
    unit_name.remove_prefix(std::min(unit_name.find_first_not_of(' '), unit_name.size()));
    const auto unit = std::ranges::find_if(kUnits, [&](const Unit& u) { return unit_name.starts_with(u.name); });
    if (unit == kUnits.end()) return std::nullopt;
    if (number > static_cast<unsigned>(kWaitMax / unit->length)) return kWaitMax;
    return unit->length * number;
}

/// A run id. None is ever zero or negative; taking such a filler for an id would make the true one a stranger's.
std::optional<std::string> run_id_of(const json::value* value) {
    const auto id = id_of(value);
    if (!id || *id == "0" || id->starts_with('-')) return std::nullopt;
    return id;
}

bool is_null(const json::value* value) { return value == nullptr || value->is_null(); }

/// Whether an accepted start's `result` is what the page says. Without one the start is still accepted; a wrong type
/// means that this is not the answer we think it is.
bool is_start_result(const json::value* result) {
    if (is_null(result)) return true;
    if (!result->is_object()) return false;
    const auto* id = member(result, "task_run_id");
    return is_null(id) || id_of(id).has_value();
}

RemoteState remote_of(std::optional<std::int64_t> run_status, bool has_token) {
    switch (run_status.value_or(-1)) {
        case 9: return RemoteState::waiting;
        case 0: return RemoteState::running;
        case 1: return RemoteState::paused;
        case 2: return has_token ? RemoteState::ended : RemoteState::idle;  // what a never-run task reads, too
        case 3: return RemoteState::failed;
        case 4: return RemoteState::stopped;
        case 5: return RemoteState::stopping;
        default: return RemoteState::unknown;
    }
}

/// What the cases of a task's latest run say. Each element has a list of its own name inside, whose items repeat the
/// run id and bear the case's state.
struct Cases {
    bool readable = true;
    std::optional<std::string> run_id;
    std::array<bool, 10> has_status{};  ///< by temp_running_status
};

/// All elements, outer and inner, must name the same run.
void read_case_list(const json::value* list, Cases& cases, bool is_inner) {
    if (is_null(list) || !cases.readable) return;
    cases.readable = list->is_array();
    if (!cases.readable) return;
    for (const auto& element : list->get_array()) {
        if (element.is_null()) continue;
        const auto* raw_id = member(&element, "task_run_info_id");
        const auto* raw_status = member(&element, "temp_running_status");
        const auto id = run_id_of(raw_id);
        const auto status = integer_of(raw_status);
        const bool agrees = !id || !cases.run_id || cases.run_id == id;
        cases.readable = cases.readable && element.is_object() && agrees && (is_null(raw_id) || id_of(raw_id)) &&
                         (is_null(raw_status) || status);
        if (!cases.readable) return;
        if (id) cases.run_id = id;
        if (is_inner && status && *status >= 0 && *status < std::ssize(cases.has_status))
            cases.has_status[static_cast<std::size_t>(*status)] = true;
        if (!is_inner) read_case_list(member(&element, "related_temp_running_data"), cases, true);
    }
}

/// The task may be called ended while a case still runs or waits for its end. That is a contradiction, and the case is
/// believed: a run that is thought to go on is asked about again, one that is thought to be over never is.
RemoteState contradicted_by(const Cases& cases, RemoteState remote) {
    if (activity_of(remote) != Activity::inactive) return remote;
    for (const int status : {0, 9, 1, 5})
        if (cases.has_status[static_cast<std::size_t>(status)]) return remote_of(status, true);
    return remote;
}

Observation observation_of(const json::value* info) {
    Cases cases;
    read_case_list(member(info, "related_temp_running_data"), cases, false);
    if (!cases.readable) return {};
    Observation seen;
    seen.token = cases.run_id;
    seen.remote = contradicted_by(cases, remote_of(integer_of(member(info, "run_status")), seen.token.has_value()));
    seen.name = text_of(member(info, "name"), kTextMax);
    return seen;
}

/// The SDKs of different years spell it differently.
const json::value* task_info_of(const json::value& body) {
    for (const auto* name : {"taskInfo", "taskinfo", "task_info"}) {
        const auto* info = member(&body, name);
        if (info != nullptr && info->is_object()) return info;
    }
    return nullptr;
}

/// What only an accepted answer says: the run that it started, or what it shows of the task.
void read_effect(const CallSpec& call, const json::value& body, CallResult& result) {
    if (call.action == Action::query) {
        const auto* info = task_info_of(body);
        if (info == nullptr || call.task_ids.empty()) {
            result.outcome = Outcome::uncertain;
            return;
        }
        result.observations[call.task_ids.front()] = observation_of(info);
        return;
    }
    const auto* effect = member(&body, "result");
    if (call.action == Action::start && !is_start_result(effect)) {
        result.outcome = Outcome::uncertain;
        return;
    }
    result.vendor_run_id = run_id_of(member(effect, "task_run_id")).value_or("");
}

}  // namespace

CallResult read_answer(const CallSpec& call, const HttpResponse& response) {
    CallResult result;
    result.http_status = response.status;
    const auto body = parse_json(response.body);
    const auto words = body ? words_of(*body) : VendorWords{"", unreadable_text(response)};
    result.vendor_code = words.code;
    result.vendor_message = words.message;
    if (body) result.vendor_extend = text_of(member(&*body, "extend"), kTextMax);
    result.request_id = clean_text(find_header(response.headers, "X-Request-Id").value_or(""), kRequestIdMax);
    if (result.request_id.empty() && body) result.request_id = text_of(member(&*body, "request_id"), kRequestIdMax);

    result.outcome = outcome_of(call, response.status, words.code);
    result.retry_after = retry_after_of(response.headers);
    if (!result.retry_after && result.outcome == Outcome::throttled) result.retry_after = window_in(words.message);
    // Whether a refused signature is a matter of clocks is for the engine to say: it knows when it signed.
    if (result.outcome == Outcome::unauthorized || result.outcome == Outcome::clock_skew)
        result.server_time = server_time_of(response.headers);
    if (result.outcome == Outcome::accepted && body) read_effect(call, *body, result);
    return result;
}

}  // namespace taktd::huawei_cpts
