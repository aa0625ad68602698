// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/control_http.hpp"

#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "daemon/control/browsers.hpp"
#include "daemon/control/control_socket.hpp"
#include "daemon/log/log.hpp"
#include "daemon/net/connection.hpp"

namespace taktd::control {
namespace {

constexpr std::size_t kStrangersMax = 32;

Access::Rules rules_of(const HttpFront& front) {
    Access::Rules rules;
    const std::string& listen = front.settings.listen;
    rules.host = listen.substr(0, listen.rfind(':'));
    rules.port = std::to_string(front.settings.port);
    rules.is_secured = !front.certificate.empty();
    rules.hosts = front.settings.hosts;
    const auto digest = [](const Secret& token) -> std::string {
        return token.empty() ? "" : Access::digest_of(token);
    };
    rules.operator_digest = digest(front.operator_token);
    rules.viewer_digest = digest(front.viewer_token);
    return rules;
}

}  // namespace

std::optional<std::string> ControlHttp::prepare(const std::optional<HttpFront>& front) {
    prepared_.reset();
    if (!front) return std::nullopt;
    Prepared prepared{
        .rules = rules_of(*front), .is_metrics_open = front->settings.is_metrics_open, .tls = nullptr, .opened = {}};
    if (prepared.rules.is_secured) {
        auto tls = create_server_tls(ServerIdentity{front->certificate, front->key});
        if (!tls) return "control.http.tls: " + tls.error();
        prepared.tls = std::move(*tls);
    }
    const std::string& listen = front->settings.listen;
    if (current_.empty() || current_.front().at != listen) {
        Listener& opened = prepared.opened.emplace_back(executor_, listen);
        HttpServerOptions options = server_options();
        options.address = front->settings.address;
        options.port = front->settings.port;
        options.strangers_max = kStrangersMax;
        options.tls = [&opened] { return opened.tls; };
        options.refusal = [refuse = options.refusal](int status, const std::string& why) {
            return for_browsers(refuse(status, why));
        };
        try {
            opened.server = create_http_server(executor_, std::move(options), [this](HttpRequest request) {
                return api_.answer(std::move(request), Door::tcp);
            });
        } catch (const boost::system::system_error& error) {
            return "cannot listen on " + listen + ": " + error.code().message() +
                   "; end what listens there (ss -ltnp shows it), or give control.http.listen another port";
        }
    }
    prepared_ = std::move(prepared);
    return std::nullopt;
}

void ControlHttp::commit() {
    const bool is_replaced = !prepared_ || !prepared_->opened.empty();
    Listeners before;
    if (is_replaced) before.swap(current_);
    if (prepared_) {
        if (is_replaced) current_.splice(current_.end(), prepared_->opened);
        current_.front().tls = std::move(prepared_->tls);
        api_.open(std::move(prepared_->rules), prepared_->is_metrics_open);
        if (is_replaced) serve(current_.front());
    } else {
        api_.open(std::nullopt, false);
    }
    prepared_.reset();
    retire(std::move(before));
}

void ControlHttp::serve(Listener& listener) {
    const auto on_end = [&listener](std::exception_ptr failure) {
        listener.has_ended = true;
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            log::error("the API is not served on TCP any more", {{"cause", error.what()}});
        }
    };
    asio::co_spawn(executor_, listener.server->run(), asio::bind_cancellation_slot(listener.end->slot(), on_end));
    log::info("the API is served on TCP", {{"address", listener.at}, {"tls", listener.tls != nullptr}});
}

void ControlHttp::retire(Listeners gone) {
    retired_.remove_if([](const Listener& listener) { return listener.has_ended; });
    for (Listener& listener : gone) {
        log::info("the API is not served there any more", {{"address", listener.at}});
        listener.server->stop_accepting();
        listener.patience.expires_after(kAnswersMax);
        // Told without an error even if the listener has gone since its patience ran out.
        listener.patience.async_wait([end = listener.end](boost::system::error_code error) {
            if (!error) end->emit(asio::cancellation_type::terminal);
        });
    }
    retired_.splice(retired_.end(), gone);  // until their coroutines have ended, which refer to them
}

void ControlHttp::close() {
    prepared_.reset();
    for (Listeners* listeners : {&current_, &retired_}) {
        for (Listener& listener : *listeners) {
            listener.patience.cancel();
            listener.end->emit(asio::cancellation_type::terminal);
        }
    }
}

}  // namespace taktd::control
