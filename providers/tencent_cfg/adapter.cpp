// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/adapter.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "providers/json_values.hpp"
#include "providers/tencent_cfg/answer.hpp"
#include "providers/tencent_cfg/making.hpp"
#include "providers/tencent_cfg/signature.hpp"
#include "providers/tencent_cfg/values.hpp"

namespace taktd {
namespace {

namespace json = boost::json;
using tencent_cfg::kEnded;
using tencent_cfg::kExecuting;
using tencent_cfg::kPaused;
using tencent_cfg::parse_task_id;

constexpr auto kService = "cfg";
constexpr auto kVersion = "2021-08-20";
constexpr auto kContentType = "application/json";

constexpr std::int64_t kTrigger = 0;  // TriggerType

constexpr std::size_t kSummaryMax = 1000;  // characters

/// One API call before it becomes HTTP.
struct Operation {
    std::string action;
    json::object body;
};

Operation modify_status(std::int64_t task_id, std::int64_t status) {
    return {"ModifyTaskRunStatus", {{"TaskId", task_id}, {"Status", status}}};
}

/// An end always carries IsExpect and a Summary: whatever became of the parameters, a stop must be sendable. An
/// operator's own words are no template.
Operation end_task(std::int64_t task_id, const json::value* parameters, const Placeholders& placeholders,
                   const Conclusion& said) {
    const auto* is_expect = member(parameters, "is_expect");
    const auto words =
        said.summary.empty() ? expand(text_of(member(parameters, "summary")), placeholders) : said.summary;
    const auto summary = clean_text(words, kSummaryMax);
    Operation operation = modify_status(task_id, kEnded);
    operation.body["IsExpect"] =
        said.is_expected.value_or(is_expect != nullptr && is_expect->is_bool() && is_expect->get_bool());
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
        case Action::stop: return end_task(*id, parameters, call.placeholders, call.conclusion);
        case Action::heal: return heal_task(*id, call.placeholders);
        case Action::pause: return modify_status(*id, kPaused);
        case Action::resume: return modify_status(*id, kExecuting);
        case Action::query: return query(call, *id);
        case Action::prepare: break;
    }
    return unexpected{std::string{"tencent-cfg has no such call"}};
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
        return tencent_cfg::read_answer(call, http);
    }

    std::string key_id(const Credentials& credentials) const override {
        const auto found = credentials.find("secret_id");
        return found == credentials.end() ? std::string{} : found->second.reveal();
    }
};

}  // namespace

std::unique_ptr<Adapter> create_tencent_cfg_adapter() { return std::make_unique<TencentCfgAdapter>(); }

}  // namespace taktd
