// SPDX-License-Identifier: Apache-2.0
// Requests to the stand-in of CPTS: `POST /v1/...`, headers, body. Nothing that is not signed moves a task; what the
// adapter's signer signs, the twin's own check accepts, for any target and body; and a changed byte is refused.
#include <algorithm>

#include <boost/json.hpp>

#include "providers/huawei_cpts/signature.hpp"
#include "providers/json_values.hpp"
#include "tests/fuzz/decoding.hpp"
#include "tests/fuzz/property.hpp"

namespace {

using namespace taktd;
using fuzz::require;

constexpr WallTime kNow{std::chrono::seconds{1'795'312'800}};  // 2026-11-22T02:00:00Z

/// Nothing in it needs to be encoded: an `=` only between a name and its value.
bool is_plain_query(std::string_view query) {
    constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~&=";
    if (query.find_first_not_of(kPlain) != std::string_view::npos) return false;
    std::size_t equals = 0;
    return std::ranges::none_of(query, [&](char c) {
        if (c == '&') equals = 0;
        return c == '=' && ++equals > 1;
    });
}

std::unique_ptr<Twin> make_twin(const Credentials& credentials, const std::string& scope) {
    TwinOptions options;
    options.credentials = credentials;
    options.scope = scope;
    auto twin = find_provider("huawei-cpts")->create_twin(options);
    for (const char* id : {"1", "101"}) {
        TwinTask task;
        task.task_id = id;
        task.name = "load";
        task.waits_for = std::chrono::seconds{1};
        twin->define(task);
    }
    return twin;
}

HttpResponse ask(Twin& twin, const HttpRequest& request) {
    HttpResponse response = twin.handle(request, kNow);
    require(response.status >= 200 && response.status < 500, "the twin answers as the vendor does", request.target);
    const auto body = parse_json(response.body);  // it repeats what it was asked for, malformed bytes included
    require(body && body->is_object(), "the twin answers in JSON", response.body);
    return response;
}

bool has(const HttpHeaders& headers, std::string_view name) { return find_header(headers, name).has_value(); }

/// The request as it came, then signed by the adapter's signer over what it bears.
void check_as_it_came(HttpRequest request, const Credentials& credentials) {
    const auto twin = make_twin(credentials, "project");
    ask(*twin, request);
    // No input bears a true signature: nobody has the secret.
    require(twin->runs().empty(), "an unsigned request moves nothing", request.body);

    std::erase_if(request.headers, [](const auto& header) {
        for (const auto* name : {"Authorization", "X-Auth-Token", "X-Sdk-Date", "X-Sdk-Content-Sha256"}) {
            if (has({header}, name)) return true;
        }
        return false;
    });
    // The guide leaves open by which form, written or encoded, a query is sorted, and our calls have none: only one
    // that looks the same in both here.
    const auto question = request.target.find('?');
    if (question != std::string::npos && !is_plain_query(std::string_view{request.target}.substr(question + 1)))
        request.target.resize(question);
    for (auto& [name, value] : request.headers) value = fuzz::as_header(value);
    request.headers.emplace_back("X-Sdk-Date", huawei_cpts::sdk_date(kNow));
    std::vector<std::string> names{"x-sdk-date"};
    for (const auto* name : {"content-type", "host", "x-project-id"}) {
        if (has(request.headers, name)) names.emplace_back(name);
    }
    request.headers.emplace_back("Authorization",
                                 huawei_cpts::authorization(request, names, credentials.at("access_key").reveal(),
                                                            credentials.at("secret_key")));
    require(ask(*twin, request).status != 401, "the twin accepts what the signer signs", request.target);
}

/// A call of the adapter's own, about any scope, task and parameters.
void check_a_call(const fuzz::MessageText& message, const Credentials& credentials) {
    const auto adapter = find_provider("huawei-cpts")->create_adapter();
    CallSpec call;
    call.provider = fuzz::make_provider(adapter->schema(), message.words.size() > 1 ? message.words[1] : "project");
    call.task_ids = {message.words.size() > 2 ? message.words[2] : "101"};
    call.action = message.body.empty() ? Action::query : Action::start;
    call.parameters_json = message.body;
    auto request = adapter->encode(call, credentials, kNow);
    if (!request) return;
    const auto twin = make_twin(credentials, call.provider->scope);
    const HttpResponse response = ask(*twin, *request);
    require(response.status != 401, "the twin accepts what the adapter signs", request->target);
    const CallResult result = adapter->decode(call, response);
    require((result.outcome == Outcome::accepted) == (response.status == 200), "adapter and twin mean the same",
            response.body);
    require(twin->runs().size() == (result.outcome == Outcome::accepted && call.action == Action::start ? 1U : 0U),
            "an accepted start runs once", request->body);

    if (request->body.empty()) return;
    request->body[fuzz::hash_of(request->body) % request->body.size()] ^= 1;
    require(ask(*twin, *request).status == 401, "a changed body is refused", request->body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Credentials credentials =
        fuzz::make_credentials(find_provider("huawei-cpts")->create_adapter()->schema());
    const auto message = fuzz::read_message({reinterpret_cast<const char*>(data), size});
    check_as_it_came(fuzz::request_of(message), credentials);
    check_a_call(message, credentials);
    return 0;
}
