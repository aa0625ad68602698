// SPDX-License-Identifier: Apache-2.0
// The API on TCP, beside the Unix socket. What a reload changes is prepared first; only what can be served takes over.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/control/api.hpp"
#include "daemon/runtime/http_front.hpp"

namespace taktd::control {

class ControlHttp {
public:
    static constexpr auto kAnswersMax = std::chrono::seconds{2};  ///< for a listener's last answers once it is replaced

    /// Destroyed after the loop has ended.
    ControlHttp(asio::any_io_executor executor, Api& api) : executor_{std::move(executor)}, api_{api} {}

    /// Opens what is not open yet; nothing that is served changes. None: TCP is not to be served. What comes out is why
    /// it cannot be, and what to do.
    std::optional<std::string> prepare(const std::optional<HttpFront>& front);
    bool is_served() const { return !current_.empty(); }
    /// What was prepared takes over. A listener that is not wanted any more is closed, and its last answers are sent.
    void commit();
    /// Nobody is served any more, and nothing of it keeps the loop running.
    void close();

private:
    struct Listener {
        Listener(asio::any_io_executor executor, std::string place) : at{std::move(place)}, patience{executor} {}
        std::string at;
        std::shared_ptr<TlsContext> tls{};
        std::unique_ptr<HttpServer> server{};
        std::shared_ptr<asio::cancellation_signal> end = std::make_shared<asio::cancellation_signal>();
        asio::steady_timer patience;
        bool has_ended = false;
    };
    using Listeners = std::list<Listener>;
    struct Prepared {
        Access::Rules rules;
        bool is_metrics_open = false;
        std::shared_ptr<TlsContext> tls;
        Listeners opened;  ///< one, or none: it goes on where it listens
    };
    void serve(Listener& listener);
    void retire(Listeners gone);

    asio::any_io_executor executor_;
    Api& api_;
    std::optional<Prepared> prepared_;
    Listeners current_, retired_;  // of the first, one at most
};

}  // namespace taktd::control
