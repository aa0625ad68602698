// SPDX-License-Identifier: Apache-2.0
// Requests to the stand-in of CFG: `POST /`, headers, body. Nothing that is not signed moves a task; what the adapter's
// signer signs, the twin's own check accepts, for any host, content type and body; and a changed byte is refused.
#include <algorithm>

#include <boost/json.hpp>

#include "providers/json_values.hpp"
#include "providers/tencent_cfg/signature.hpp"
#include "tests/fuzz/decoding.hpp"
#include "tests/fuzz/property.hpp"

namespace {

using namespace taktd;
using fuzz::require;

constexpr WallTime kNow{std::chrono::seconds{1'795'312'800}};  // 2026-11-22T02:00:00Z

std::unique_ptr<Twin> make_twin(const Credentials& credentials) {
    TwinOptions options;
    options.credentials = credentials;
    auto twin = find_provider("tencent-cfg")->create_twin(options);
    for (const char* id : {"1", "1698"}) {
        TwinTask task;
        task.task_id = id;
        task.name = "drill";
        twin->define(task);
    }
    return twin;
}

std::string code_of(const boost::json::value& answer) {
    const auto& response = answer.as_object().at("Response").as_object();
    const auto* error = response.if_contains("Error");
    return error == nullptr ? "" : std::string{error->as_object().at("Code").as_string()};
}

/// The vendor's error code, or nothing on success.
std::string ask(Twin& twin, const HttpRequest& request, HttpResponse* raw = nullptr) {
    const HttpResponse response = twin.handle(request, kNow);
    require(response.status == 200, "CFG answers everything with 200", request.target);
    const auto answer = parse_json(response.body);  // it repeats what it was asked for, malformed bytes included
    require(answer.has_value(), "the twin answers in JSON", response.body);
    if (raw != nullptr) *raw = response;
    return code_of(*answer);
}

bool is_refused_signature(const std::string& code) { return code.starts_with("AuthFailure"); }

/// The request as it came, then signed by the adapter's signer over what it bears.
void check_as_it_came(HttpRequest request, const Credentials& credentials) {
    const auto twin = make_twin(credentials);
    ask(*twin, request);
    // No input bears a true signature: nobody has the secret.
    require(twin->runs().empty(), "an unsigned request moves nothing", request.body);

    tencent_cfg::Tc3Input input;
    input.secret_id = credentials.at("secret_id").reveal();
    input.secret_key = credentials.at("secret_key");
    input.service = "cfg";
    input.timestamp = std::chrono::floor<std::chrono::seconds>(kNow).time_since_epoch().count();
    input.host = fuzz::as_header(find_header(request.headers, "Host").value_or("vendor.example"));
    input.content_type = fuzz::as_header(find_header(request.headers, "Content-Type").value_or("application/json"));
    input.action = fuzz::as_header(find_header(request.headers, "X-TC-Action").value_or("DescribeTask"));
    input.body = request.body;
    const bool is_whole = !input.host.empty() && !input.content_type.empty() && !input.action.empty();
    if (!is_whole) return;
    request.method = "POST";
    request.target = "/";
    request.headers = {{"Host", input.host},
                       {"Content-Type", input.content_type},
                       {"X-TC-Action", input.action},
                       {"X-TC-Version", "2021-08-20"},
                       {"X-TC-Timestamp", std::to_string(input.timestamp)},
                       {"Authorization", tencent_cfg::sign_tc3(input).authorization}};
    require(!is_refused_signature(ask(*twin, request)), "the twin accepts what the signer signs", input.host);
}

/// A call of the adapter's own, about any task and parameters.
void check_a_call(const fuzz::MessageText& message, const Credentials& credentials) {
    static constexpr Action kActions[] = {Action::query, Action::start,  Action::stop,
                                          Action::pause, Action::resume, Action::heal};
    const auto adapter = find_provider("tencent-cfg")->create_adapter();
    const auto dice = fuzz::hash_of(message.body);
    CallSpec call;
    call.provider = fuzz::make_provider(adapter->schema(), "");
    call.task_ids = {message.words.size() > 2 ? message.words[2] : "1698"};
    call.action = kActions[dice % std::size(kActions)];
    call.batched = call.action == Action::query && (dice >> 8) % 2 == 0;
    call.parameters_json = message.body;
    auto request = adapter->encode(call, credentials, kNow);
    if (!request) {
        const std::string& id = call.task_ids.front();
        const bool is_number = !id.empty() && id.size() <= 18 && id.find_first_not_of("0123456789") == id.npos;
        require(call.action != Action::stop || !is_number, "a stop can be made whatever its parameters", message.body);
        return;
    }
    const auto twin = make_twin(credentials);
    HttpResponse response;
    const std::string code = ask(*twin, *request, &response);
    require(!is_refused_signature(code), "the twin accepts what the adapter signs", request->body);
    const CallResult result = adapter->decode(call, response);
    require(result.vendor_code == code, "adapter and twin mean the same", response.body);
    require((result.outcome == Outcome::accepted) == code.empty(), "adapter and twin mean the same", response.body);
    // The vendor's word for "go on" is its word for "start", so an idle task starts.
    const bool starts = call.action == Action::start || call.action == Action::resume;
    require(twin->runs().size() == (code.empty() && starts ? 1U : 0U), "an accepted start runs once", request->body);

    request->body[dice % request->body.size()] ^= 1;
    require(is_refused_signature(ask(*twin, *request)), "a changed body is refused", request->body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Credentials credentials =
        fuzz::make_credentials(find_provider("tencent-cfg")->create_adapter()->schema());
    const auto message = fuzz::read_message({reinterpret_cast<const char*>(data), size});
    check_as_it_came(fuzz::request_of(message), credentials);
    check_a_call(message, credentials);
    return 0;
}
