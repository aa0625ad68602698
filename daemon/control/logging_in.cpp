// SPDX-License-Identifier: Apache-2.0
// From taktctl to a browser: a login code is asked for on the Unix socket, where the kernel says who asks, and a page
// exchanges it for a session that acts under that name.
#include "daemon/control/api.hpp"
#include "daemon/control/form.hpp"
#include "daemon/log/log.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/runtime/clock.hpp"

namespace taktd::control {
namespace {

/// Where a browser of this machine finds the dashboard; ends in a slash.
std::string address_of(const Access::Rules& rules) {
    std::string name = rules.host;
    if (name == "0.0.0.0" || name == "[::]") {
        const std::string known = rules.hosts.empty() ? "localhost" : rules.hosts.front();
        name = known.substr(0, known.find(':', known.rfind(']') == std::string::npos ? 0 : known.rfind(']')));
    }
    return (rules.is_secured ? "https://" : "http://") + name + ":" + rules.port + "/";
}

}  // namespace

Async<Answered<HttpResponse>> Api::make_login_code(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string wanted = form.text("role");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    const auto role = wanted.empty() ? Role::operator_ : parse_role(wanted);
    if (!role) co_return unexpected{malformed("'role' must be viewer or operator")};
    if (!is_open_)
        co_return unexpected{Problem{409, "state",
                                     "taktd is not served on TCP: set control.http, such as {listen: "
                                     "\"127.0.0.1:8484\"}, in the config and reload it"}};
    const auto issued = access_.issue(*role, exchange.asker.actor, read_time());
    co_return json_response(200, {{"code", issued.code},
                                  {"role", json::string{name_of(*role)}},
                                  {"until", report::instant(issued.until)},
                                  {"address", address_of(access_.rules())}});
}

Async<Answered<HttpResponse>> Api::begin_session(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string code = form.text("code");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    if (code.empty()) co_return unexpected{malformed("'code' is missing: taktctl dashboard makes one")};
    const std::string peer = exchange.request.peer_address;
    auto entry = access_.enter(code, peer, read_time());
    if (entry.ended)
        log::warning("a login code was used twice, and the session that it had begun is ended",
                     {{"actor", *entry.ended}, {"peer", peer}});
    if (!entry.session) co_return unexpected{std::move(entry.session.error())};
    const Access::Session& session = *entry.session;
    log::info("a session has begun", {{"actor", session.actor}, {"role", name_of(session.role)}, {"peer", peer}});
    co_return json_response(200, {{"token", session.token},
                                  {"role", json::string{name_of(session.role)}},
                                  {"actor", report::text(session.actor)},
                                  {"until", report::instant(session.until)}});
}

Async<Answered<HttpResponse>> Api::end_session(const Exchange& exchange) {
    if (!access_.leave(exchange.request))
        co_return unexpected{Problem{
            409, "state",
            "there is no session to end: this request came through the Unix socket or with a token of the config"}};
    HttpResponse response;
    response.status = 204;
    co_return response;
}

}  // namespace taktd::control
