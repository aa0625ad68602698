#include "providers/tencent_cfg/adapter.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "providers/answer_headers.hpp"
#include "providers/json_values.hpp"
#include "providers/tencent_cfg/actions.hpp"
#include "providers/tencent_cfg/making.hpp"
#include "providers/tencent_cfg/outcomes.hpp"
#include "providers/tencent_cfg/signature.hpp"

namespace taktd {
namespace {

namespace json = boost::json;

constexpr auto kService = "cfg";
constexpr auto kVersion = "2021-08-20";
constexpr auto kContentType = "application/json";

// Values of the vendor's Status and TaskStatus.
constexpr std::int64_t kNotStarted = 1001;
constexpr std::int64_t kExecuting = 1002;
constexpr std::int64_t kPaused = 1003;
constexpr std::int64_t kManual = 1, kAutomatic = 2;  // TaskMode
constexpr std::int64_t kEnded = 1004;
// Values of TaskStatusType, which tells the ends apart.
constexpr std::int64_t kEndedByFailure = 2;
constexpr std::int64_t kEndedByTermination = 3;
constexpr std::int64_t kTrigger = 0;  // TriggerType

constexpr std::size_t kSummaryMax = 1000;  // characters
constexpr std::size_t kCodeMax = 128;
constexpr std::size_t kMessageMax = 1024;

/// One API call before it becomes HTTP.
struct Operation {
    std::string action;
    json::object body;
};

Result<std::int64_t> parse_task_id(const std::string& text) {
    std::int64_t id = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc{} || rest != end)
        return unexpected{"task_id '" + clean_text(text, 64) + "' is not an integer"};
    return id;
}

Operation modify_status(std::int64_t task_id, std::int64_t status) {
    return {"ModifyTaskRunStatus", {{"TaskId", task_id}, {"Status", status}}};
}

/// An end always carries IsExpect and a Summary: whatever became of the parameters, a stop must be sendable.
Operation end_task(std::int64_t task_id, const json::value* parameters, const Placeholders& placeholders) {
    const auto* is_expect = member(parameters, "is_expect");
    const auto summary = clean_text(expand(text_of(member(parameters, "summary")), placeholders), kSummaryMax);
    Operation operation = modify_status(task_id, kEnded);
    operation.body["IsExpect"] = is_expect != nullptr && is_expect->is_bool() && is_expect->get_bool();
    operation.body["Summary"] = summary.empty() ? "ended by taktd" : summary;
    return operation;
}

/// TriggerPolicy sets the guard rail off as an alarm would; all four fields are required.
Operation heal_task(std::int64_t task_id, const Placeholders& placeholders) {
    const auto content =
        clean_text(expand("job {job}, run {run}: {cause} by {actor}. {reason}", placeholders), kSummaryMax);
    return {"TriggerPolicy",
            {{"TaskId", task_id}, {"Name", "taktd stops this run"}, {"Content", content}, {"TriggerType", kTrigger}}};
}

Result<Operation> query(const CallSpec& call, std::int64_t first_id) {
    if (!call.batched) return Operation{"DescribeTask", {{"TaskId", first_id}}};
    if (call.task_ids.size() > static_cast<std::size_t>(tencent_cfg_schema().traits.query_batch_max)) {
        return unexpected{std::string{"one DescribeTaskList asks for at most 100 tasks"}};
    }
    json::array ids;
    for (const auto& text : call.task_ids) {
        const auto id = parse_task_id(text);
        if (!id) return unexpected{id.error()};
        ids.emplace_back(*id);
    }
    const auto count = static_cast<std::int64_t>(ids.size());
    return Operation{"DescribeTaskList", {{"TaskId", std::move(ids)}, {"Limit", count}, {"Offset", 0}}};
}

/// Making a task, or looking for the one that an earlier call may have made.
Result<Operation> prepare(const CallSpec& call, const json::value* parameters) {
    auto body = call.finds ? tencent_cfg::search_body(call, parameters) : tencent_cfg::creation_body(call, parameters);
    if (!body) return unexpected{body.error()};
    return Operation{call.finds ? "DescribeTaskList" : "CreateTaskFromTemplate", std::move(*body)};
}

Result<Operation> operation_of(const CallSpec& call) {
    const auto parsed = parse_json(call.parameters_json);
    const json::value* const parameters = parsed ? &*parsed : nullptr;
    if (call.action == Action::prepare) return prepare(call, parameters);
    if (call.task_ids.empty()) return unexpected{std::string{"the call names no task"}};
    if (!call.batched && call.task_ids.size() != 1) return unexpected{std::string{"the call names several tasks"}};
    const auto id = parse_task_id(call.task_ids.front());
    if (!id) return unexpected{id.error()};

    switch (call.action) {
        case Action::start:
            if (text_of(member(parameters, "start_by")) == "execute_task")
                return Operation{"ExecuteTask", {{"TaskId", *id}}};
            return modify_status(*id, kExecuting);
        case Action::stop: return end_task(*id, parameters, call.placeholders);
        case Action::heal: return heal_task(*id, call.placeholders);
        case Action::pause: return modify_status(*id, kPaused);
        case Action::resume: return modify_status(*id, kExecuting);
        case Action::query: return query(call, *id);
        case Action::prepare: break;
    }
    return unexpected{std::string{"tencent-cfg has no such call"}};
}

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
    tencent_cfg::read_actions(task, seen);
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
        understood =
            call.finds ? tencent_cfg::read_found(call, response, result) : tencent_cfg::read_created(response, result);
    } else if (call.action == Action::heal && !by_code) {
        return result.request_id.empty() ? Outcome::uncertain : tencent_cfg::outcome_of_trigger(response);
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

Result<Secret> credential(const Credentials& credentials, const std::string& name) {
    const auto found = credentials.find(name);
    if (found == credentials.end() || found->second.empty()) return unexpected{"no " + name};
    const auto& value = found->second.reveal();
    // A line break in a header would let a secret's tail pose as headers of its own.
    const bool printable = std::ranges::all_of(value, [](char c) { return c > ' ' && c != '\x7f'; });
    if (!printable) return unexpected{name + " holds a blank, a control or a non-ASCII character"};
    return found->second;
}

class TencentCfgAdapter final : public Adapter {
public:
    const AdapterSchema& schema() const override { return tencent_cfg_schema(); }

    Result<HttpRequest> describe(const CallSpec& call) const override {
        const auto operation = operation_of(call);
        if (!operation) return unexpected{operation.error()};
        HttpRequest request;
        request.method = "POST";
        request.target = "/";
        request.headers = {{"Content-Type", kContentType},
                           {"X-TC-Action", operation->action},
                           {"X-TC-Version", kVersion},
                           {"X-TC-Language", "en-US"}};
        if (!call.provider->region.empty()) request.headers.emplace_back("X-TC-Region", call.provider->region);
        request.body = json::serialize(operation->body);
        return request;
    }

    Result<HttpRequest> encode(const CallSpec& call, const Credentials& credentials,
                               WallTime signing_time) const override {
        auto request = describe(call);
        if (!request) return request;
        const auto endpoint = parse_endpoint(call.provider->endpoint);
        if (!endpoint) return unexpected{"endpoint '" + clean_text(call.provider->endpoint, 128) + "' is no URL"};
        const auto secret_id = credential(credentials, "secret_id");
        if (!secret_id) return unexpected{secret_id.error()};
        const auto secret_key = credential(credentials, "secret_key");
        if (!secret_key) return unexpected{secret_key.error()};

        tencent_cfg::Tc3Input input;
        input.secret_id = secret_id->reveal();
        input.secret_key = *secret_key;
        input.service = kService;
        input.timestamp = std::chrono::floor<std::chrono::seconds>(signing_time).time_since_epoch().count();
        input.host = endpoint->host_header();
        input.content_type = kContentType;
        input.action = *find_header(request->headers, "X-TC-Action");
        input.body = request->body;

        request->headers.insert(request->headers.begin(), {"Host", input.host});
        request->headers.emplace_back("X-TC-Timestamp", std::to_string(input.timestamp));
        if (credentials.contains("token") && !credentials.at("token").empty()) {
            const auto token = credential(credentials, "token");
            if (!token) return unexpected{token.error()};
            request->headers.emplace_back("X-TC-Token", token->reveal());
        }
        request->headers.emplace_back("Authorization", tencent_cfg::sign_tc3(input).authorization);
        return request;
    }

    CallResult decode(const CallSpec& call, const HttpResponse& http) const override {
        CallResult result;
        result.http_status = http.status;
        result.retry_after = retry_after_of(http.headers);

        const auto parsed = parse_json(http.body);
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
            result.outcome = tencent_cfg::outcome_of_failure(call, http.status, result.vendor_code);
        }
        if (result.outcome == Outcome::accepted) result.outcome = read_success(call, response, has_error, result);
        if (result.outcome == Outcome::clock_skew || http.status == 401)
            result.server_time = server_time_of(http.headers);
        return result;
    }

    std::string key_id(const Credentials& credentials) const override {
        const auto found = credentials.find("secret_id");
        return found == credentials.end() ? std::string{} : found->second.reveal();
    }
};

}  // namespace

std::unique_ptr<Adapter> create_tencent_cfg_adapter() { return std::make_unique<TencentCfgAdapter>(); }

}  // namespace taktd
