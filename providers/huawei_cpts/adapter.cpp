// SPDX-License-Identifier: Apache-2.0
#include "providers/huawei_cpts/adapter.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "providers/huawei_cpts/answer.hpp"
#include "providers/huawei_cpts/signature.hpp"
#include "providers/json_values.hpp"
#include "providers/uri.hpp"

namespace taktd {
namespace {

namespace json = boost::json;

// The values of `status` that may be written.
constexpr int kStart = 9;
constexpr int kStop = 2;
constexpr std::int64_t kInt32Max = 2'147'483'647;

/// An id of the vendor's, which stands in a path: decimal digits within int32.
Result<std::string> path_id(const json::value* value, const std::string& name) {
    const auto id = integer_of(value);
    if (!id || *id < 0 || *id > kInt32Max) return unexpected{name + " must be an integer from 0 to 2147483647"};
    return std::to_string(*id);
}

/// A parameter, or its default where the plan has none; an integer in quotes becomes a number.
Result<json::value> body_value(const json::value& parameters, const Parameter& parameter) {
    const auto* given = member(&parameters, parameter.name);
    std::optional<json::value> value;
    if (given != nullptr && !given->is_null())
        value = *given;
    else if (parameter.default_json)
        value = parse_json(*parameter.default_json);
    if (!value) return unexpected{parameter.name + " is missing"};
    switch (parameter.kind) {
        case Parameter::Kind::integer: {
            const auto number = integer_of(&*value);
            if (!number) return unexpected{parameter.name + " must be an integer"};
            return json::value(*number);
        }
        case Parameter::Kind::text:
            if (!value->is_string()) return unexpected{parameter.name + " must be a text"};
            return *value;
        case Parameter::Kind::object:
            if (!value->is_object()) return unexpected{parameter.name + " must be an object"};
            return *value;
        case Parameter::Kind::boolean:
        case Parameter::Kind::list:
        case Parameter::Kind::duration: break;
    }
    return unexpected{parameter.name + " has a type that CPTS does not know"};
}

/// The whole documented body. A stop says the same as a start but for its status: nobody knows what CPTS needs of it.
Result<std::string> status_body(const json::value& parameters, int status) {
    json::object body;
    for (const auto& parameter : huawei_cpts_schema().task) {
        if (parameter.name == "task_id" || parameter.name == "test_suite_id") continue;  // these stand in the path
        auto value = body_value(parameters, parameter);
        if (!value) return unexpected{value.error()};
        body[parameter.name] = std::move(*value);
    }
    body["status"] = status;
    return json::serialize(body);
}

bool is_printable(const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

/// A credential becomes part of a header, so a line break in it would become another header.
Result<std::string> header_safe(const Credentials& credentials, const std::string& name) {
    const auto found = credentials.find(name);
    if (found == credentials.end() || found->second.empty()) return unexpected{"no " + name + " is configured"};
    const auto& value = found->second.reveal();
    if (!is_printable(value))
        return unexpected{name + " holds a space, a line break or another character that no key has"};
    return value;
}

class HuaweiCptsAdapter final : public Adapter {
public:
    const AdapterSchema& schema() const override { return huawei_cpts_schema(); }

    Result<HttpRequest> describe(const CallSpec& call) const override {
        if (call.provider == nullptr || call.provider->scope.empty())
            return unexpected<std::string>{"project_id is missing"};
        if (!is_printable(call.provider->scope))
            return unexpected<std::string>{
                "project_id holds a space, a line break or another character that no id has"};
        if (call.task_ids.size() != 1) return unexpected<std::string>{"CPTS takes exactly one task for each call"};
        const json::value named(call.task_ids.front());  // braces would make an array of it
        const auto task = path_id(&named, "task_id");
        if (!task) return unexpected{task.error()};
        const auto root = "/v1/" + percent_encode(call.provider->scope);
        HttpRequest request;
        switch (call.action) {
            case Action::query:
                request.method = "GET";
                request.target = root + "/tasks/" + *task;
                return request;
            case Action::start: return describe_status(call, root, *task, kStart);
            case Action::stop: return describe_status(call, root, *task, kStop);
            case Action::pause:
            case Action::resume:
            case Action::prepare:
            case Action::heal: break;
        }
        return unexpected{"CPTS has no call to " + std::string{name_of(call.action)} + " a task"};
    }

    Result<HttpRequest> encode(const CallSpec& call, const Credentials& credentials,
                               WallTime signing_time) const override {
        auto request = describe(call);
        if (!request) return request;
        const auto endpoint = parse_endpoint(call.provider->endpoint);
        if (!endpoint) return unexpected{"'" + call.provider->endpoint + "' is no endpoint"};
        request->headers = {{"Host", endpoint->host_header()},
                            {"Content-Type", "application/json"},
                            {"X-Project-Id", call.provider->scope}};
        if (credentials.contains("token")) {
            const auto token = header_safe(credentials, "token");
            if (!token) return unexpected{token.error()};
            request->headers.emplace_back("X-Auth-Token", *token);
            return request;
        }
        return sign(std::move(*request), credentials, signing_time);
    }

    CallResult decode(const CallSpec& call, const HttpResponse& response) const override {
        return huawei_cpts::read_answer(call, response);
    }

    std::string key_id(const Credentials& credentials) const override {
        const auto found = credentials.find("access_key");
        return found == credentials.end() ? std::string{} : found->second.reveal();
    }

private:
    static Result<HttpRequest> describe_status(const CallSpec& call, const std::string& root, const std::string& task,
                                               int status) {
        const auto parameters = parse_json(call.parameters_json);
        if (!parameters || !parameters->is_object())
            return unexpected<std::string>{"the parameters are no JSON object"};
        const auto suite = path_id(member(&*parameters, "test_suite_id"), "test_suite_id");
        if (!suite) return unexpected{suite.error()};
        auto body = status_body(*parameters, status);
        if (!body) return unexpected{body.error()};
        HttpRequest request;
        request.target = root + "/test-suites/" + *suite + "/tasks/" + task;
        request.body = std::move(*body);
        return request;
    }

    static Result<HttpRequest> sign(HttpRequest request, const Credentials& credentials, WallTime signing_time) {
        const auto access_key = header_safe(credentials, "access_key");
        if (!access_key) return unexpected{access_key.error()};
        const auto secret_key = credentials.find("secret_key");
        if (secret_key == credentials.end() || secret_key->second.empty()) {
            return unexpected<std::string>{"no secret_key is configured"};
        }
        request.headers.emplace_back("X-Sdk-Date", huawei_cpts::sdk_date(signing_time));
        std::vector<std::string> signed_headers{"content-type", "host", "x-project-id", "x-sdk-date"};
        if (const auto token = credentials.find("security_token");
            token != credentials.end() && !token->second.empty()) {
            const auto value = header_safe(credentials, "security_token");
            if (!value) return unexpected{value.error()};
            request.headers.emplace_back("X-Security-Token", *value);
            signed_headers.emplace_back("x-security-token");
        }
        auto value = huawei_cpts::authorization(request, signed_headers, *access_key, secret_key->second);
        request.headers.emplace_back("Authorization", std::move(value));
        return request;
    }
};

}  // namespace

std::unique_ptr<Adapter> create_huawei_cpts_adapter() { return std::make_unique<HuaweiCptsAdapter>(); }

}  // namespace taktd
