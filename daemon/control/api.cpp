// SPDX-License-Identifier: Apache-2.0
// From the wire to a handler and back: the path is found in the table, the body read, the asker named.
#include "daemon/control/api.hpp"

#include <algorithm>
#include <sys/random.h>

#include <boost/url.hpp>
#include <unistd.h>

#include "daemon/control/browsers.hpp"
#include "daemon/control/routes.hpp"
#include "daemon/log/log.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/source/utf8.hpp"
#include "daemon/zones/zone_loader.hpp"
#include "providers/crypto.hpp"

namespace taktd::control {
namespace {

constexpr std::size_t kTargetBytesMax = 4096;
constexpr std::size_t kActorBytesMax = 64;

struct Target {
    std::vector<std::string> segments;
    std::map<std::string, std::string> parameters;
};

/// No name that we know has such a byte, and nothing that we write may hold one.
bool is_text(std::string_view bytes) {
    return first_malformed_utf8(bytes) == std::string_view::npos &&
           std::ranges::none_of(bytes, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool is_text(const Target& target) {
    return std::ranges::all_of(target.segments, [](const std::string& segment) { return is_text(segment); }) &&
           std::ranges::all_of(target.parameters,
                               [](const auto& each) { return is_text(each.first) && is_text(each.second); });
}

Answered<Target> parse_target(const std::string& text) {
    if (text.size() > kTargetBytesMax) return unexpected{Problem{414, "form", "the path is longer than 4 KiB"}};
    const auto url = boost::urls::parse_origin_form(text);
    if (!url) return unexpected{malformed("the path cannot be read: " + url.error().message())};
    Target target;
    for (const auto& segment : url->segments()) target.segments.push_back(segment);
    if (!target.segments.empty() && target.segments.back().empty()) target.segments.pop_back();
    for (const auto& parameter : url->params()) {
        if (parameter.key == "token" || parameter.key == "access_token")
            return unexpected{malformed("a token in an address ends up in logs: send it in the Authorization header")};
        // One that is given twice is a list.
        const auto [known, is_new] = target.parameters.try_emplace(parameter.key, parameter.value);
        if (!is_new) known->second += "," + parameter.value;
    }
    if (!is_text(target)) return unexpected{malformed("the path has escapes that are not UTF-8, as names are")};
    return target;
}

Answered<json::object> parse_body(const HttpRequest& request) {
    if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) return json::object{};
    boost::system::error_code error;
    json::value value = json::parse(request.body, error);
    if (error) return unexpected{malformed("the body is not JSON: " + error.message())};
    if (!value.is_object())
        return unexpected{malformed("the body must be a JSON object, such as {\"reason\": \"...\"}")};
    return std::move(value.get_object());
}

bool is_printable(const std::string& name) {
    return !name.empty() && name.size() <= kActorBytesMax &&
           std::ranges::all_of(name, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

/// 128 bits of the system's entropy.
std::string draw_code() {
    constexpr std::size_t kBytes = 16;
    std::string bytes(kBytes, '\0');
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(kBytes))
        throw std::runtime_error{"the system has no entropy"};
    return hex(bytes);
}

/// What stands against a request whatever its handler would say.
std::optional<Problem> objection_to(const HttpRequest& request, const Route& route, Door door) {
    const bool changes = route.method == "POST" || route.method == "PUT";
    const auto header = [&](const char* name) { return find_header(request.headers, name).value_or(""); };
    if (door == Door::tcp && changes && !is_json(header("Content-Type")))
        return Problem{415, "form", "send the body as JSON, with the header 'Content-Type: application/json'"};
    if (!is_accepted(header("Accept"), route.produces))
        return Problem{406, "form",
                       "the answer is " + std::string{route.produces} + ", which the Accept header does not take"};
    return std::nullopt;
}

Problem no_such_path(const std::vector<std::string>& segments) {
    std::string path;
    for (const std::string& segment : segments) path += "/" + segment;
    std::vector<std::string> known;
    for (const Route& route : routes()) known.emplace_back(route.pattern);
    return {404, "no_such_path", "there is no path " + path + did_you_mean(path, known) + "; GET /api/v1 lists all"};
}

HttpResponse wrong_method(const std::vector<std::string>& methods, const std::string& method) {
    std::string allowed = "OPTIONS";
    for (const std::string& each : methods) allowed += ", " + each + (each == "GET" ? ", HEAD" : "");
    HttpResponse response;
    if (method == "OPTIONS") {
        response.status = 204;
    } else {
        response = response_of({405, "method", "this path does not take " + method + "; it takes " + allowed});
    }
    response.headers.emplace_back("Allow", allowed);
    return response;
}

}  // namespace

Api::Api(asio::any_io_executor executor, Parts parts)
    : executor_{executor},
      loop_{parts.loop},
      host_{parts.host},
      worker_{parts.workers.brisk.front()},
      events_{parts.events},
      commands_{executor, parts.loop},
      queries_{executor, parts.workers, parts.store, std::move(parts.store_path)},
      plans_{std::make_shared<PlanKeeper>(load_zone)},
      names_{executor, parts.workers.brisk.front()},
      log_level_end_{executor},
      access_{draw_code},
      turns_{executor} {
    loop_.follow(providers_);
    events_.watch_providers([this] { return all_providers(); });
}

Async<HttpReply> Api::answer(HttpRequest request, Door door) {
    const BootTime begun = read_time().boot;
    Heard heard;
    HttpReply reply;
    auto answered = co_await perform(request, door, heard, reply.stream);
    reply.response = answered ? std::move(*answered) : response_of(answered.error());
    reply.is_of_friend = heard.is_of_friend;
    if (door == Door::tcp) reply.response = for_browsers(std::move(reply.response));
    host_.note_request(request.method, heard.pattern, reply.response.status, read_time().boot - begun);
    co_return reply;
}

void Api::open(std::optional<Access::Rules> rules, bool is_metrics_open) {
    is_open_ = rules.has_value();
    is_metrics_open_ = is_metrics_open;
    access_.take(std::move(rules).value_or(Access::Rules{}));
}

Async<Answered<HttpResponse>> Api::perform(HttpRequest& request, Door door, Heard& heard, StreamBody& stream) {
    if (door == Door::tcp) {
        if (auto objection = access_.objection_to(request)) co_return unexpected{std::move(*objection)};
    }
    auto target = parse_target(request.target);
    if (!target) co_return unexpected{std::move(target.error())};
    Match match = find_route(request.method, target->segments);
    if (match.route == nullptr && match.methods.empty()) co_return unexpected{no_such_path(target->segments)};
    if (match.route == nullptr) co_return wrong_method(match.methods, request.method);
    heard.pattern = match.route->pattern;
    const bool is_open = match.route->pattern == "/metrics" && is_metrics_open_;
    const Need need = is_open ? Need::nobody : match.route->need;
    auto asker = co_await identify(request, door, need);
    if (!asker) co_return unexpected{std::move(asker.error())};
    heard.is_of_friend = asker->role.has_value();
    if (auto objection = objection_to(request, *match.route, door)) co_return unexpected{std::move(*objection)};
    auto body = parse_body(request);
    if (!body) co_return unexpected{std::move(body.error())};
    Exchange exchange{request, std::move(match.arguments), std::move(target->parameters), std::move(*body),
                      stream,  std::move(*asker)};
    const bool is_read = match.route->method == "GET";
    std::optional<Turn> turn;  // what is for anybody is answered at once, and holds nobody up
    const bool wants_turn = need != Need::nobody;
    bool may_begin = true;
    if (wants_turn) may_begin = co_await turns_.wait(is_read);
    if (!may_begin)
        co_return unexpected{Problem{503, "busy", "too many requests are being answered; ask again in a second"}};
    if (wants_turn) turn.emplace(turns_, is_read);
    auto answered = co_await (this->*match.route->handler)(exchange);
    if (!is_read) {
        const int status = answered ? answered->status : answered.error().status;
        log::info("asked for", {{"actor", exchange.asker.actor},
                                {"via", name_of(exchange.asker.via)},
                                {"path", request.target},
                                {"status", status}});
    }
    co_return answered;
}

Async<Answered<Asker>> Api::identify(const HttpRequest& request, Door door, Need need) {
    if (door == Door::socket) {
        Asker asker{.via = Via::socket, .role = Role::operator_};
        asker.actor = co_await actor_of(request);
        co_return asker;
    }
    auto asker = access_.admit(request, need, read_time());
    // So many lines a minute as a peer may show wrong ones.
    if (!asker && asker.error().status == 401 && find_header(request.headers, "Authorization"))
        log::warning("a wrong token was shown", {{"peer", request.peer_address}, {"path", request.target}});
    co_return asker;
}

// Whoever got in at all may act (the socket's mode says who). Root and the daemon's own user may say for whom they do.
Async<std::string> Api::actor_of(const HttpRequest& request) {
    if (!request.peer_uid) co_return "unknown";
    auto name = co_await names_.name_of(*request.peer_uid);
    const auto behalf = find_header(request.headers, "Taktd-Actor");
    const bool may_say = *request.peer_uid == 0 || *request.peer_uid == ::geteuid();
    if (behalf && may_say && *behalf != name && is_printable(*behalf)) co_return *behalf + " (sudo)";
    co_return name;
}

}  // namespace taktd::control
