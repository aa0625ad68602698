// SPDX-License-Identifier: Apache-2.0
// The daemon as its control API sees it: served on a Unix socket and on TCP, asked for its config, its metrics, and to
// read the config anew.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/config_in_force.hpp"
#include "daemon/app/life.hpp"
#include "daemon/control/control_http.hpp"
#include "daemon/control/control_socket.hpp"
#include "daemon/metrics/metrics.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/runtime/config_source.hpp"

namespace taktd {

class ServedApi final : private control::Host {
public:
    /// What it has from the daemon; all of it outlives it.
    struct Parts {
        asio::io_context& io;
        const std::string& config_path;
        const Life& life;
        const ConfigInForce& config;
        CredentialCache& credentials;
        const std::shared_ptr<metrics::Metrics>& metrics;  ///< a scrape holds it, too
        control::EventHub& events;
        Worker& config_worker;
        std::function<ConfigReading()> read;  ///< on the worker's thread
        std::function<void()> reload;         ///< tell_outcome() says what came of it
    };

    explicit ServedApi(Parts parts) : daemon_{std::move(parts)}, patience_{daemon_.io} {}

    /// The engine lives; called once, before all below but close() and end(). Nobody is served before serve().
    void make(EngineLoop& loop, Store& store, notify::Notifier& notifier);
    /// Where nobody can be served, the schedules run all the same: no load test goes unstopped for want of a socket.
    /// The next reload tries again.
    void serve();
    /// `then`, once the control socket is served or cannot be; after five seconds in any case, for its directory may
    /// hang. Whoever waits for taktd to be ready finds it served.
    void when_served(std::function<void()> then);
    /// TCP is opened as the config wants it; what is served changes when that takes over. If it cannot be served so,
    /// a reload that would change what is served is refused: the reading gets an error.
    void prepare(ConfigReading& reading);
    /// What was prepared takes over.
    void commit() { http_->commit(); }
    void take(const Reply& reply) { socket_->api().take(reply); }

    /// To whoever listens: the config in force is another one.
    void tell_of_config(ConfigPtr before);
    /// To those who asked for a reload: a newer one is not on its way.
    void tell_outcome(const ConfigReading& reading, std::vector<std::string> objections, bool is_applied, bool is_last);

    /// Nobody is served any more, and nothing of it keeps the loop running.
    void close();
    /// Whether no question to the store is being answered any more.
    bool end(Duration wait) { return workers_.end(wait); }

private:
    const Settings& settings() const override { return daemon_.config.settings(); }
    std::string config_file() const override { return daemon_.config_path; }
    std::uint64_t generation() const override { return daemon_.config.generation(); }
    std::optional<WallTime> loaded() const override { return daemon_.config.loaded(); }
    WallTime started() const override { return started_; }
    std::optional<Reading> last_reading() const override { return last_reading_; }
    bool is_ending() const override { return daemon_.life.is_ending; }
    bool is_stops_only() const override { return daemon_.life.stops_only; }
    void forget_credentials(const ProviderSpec& provider) override { daemon_.credentials.forget(provider); }
    Async<control::Reload> reload(bool is_rehearsal) override;
    bool has_notify_target(const std::string& name) const override { return notifier_->has_target(name); }
    Async<std::vector<control::NotifyAnswer>> test_notify(std::string target) override;
    std::function<std::string()> scrape() override;
    void note_request(std::string_view method, std::string_view pattern, int status, Duration took) override;

    Async<control::Reload> rehearse();
    void listened(const std::string& path, const std::string& problem);
    void tell_served();

    struct ReloadWaiter {
        asio::steady_timer told;
        std::optional<control::Reload> outcome;
    };

    const Parts daemon_;
    const WallTime started_ = read_time().wall;
    EngineLoop* loop_ = nullptr;
    notify::Notifier* notifier_ = nullptr;
    std::unique_ptr<control::ControlSocket> socket_;
    std::unique_ptr<control::ControlHttp> http_;
    std::string served_at_;  // the socket's path, as soon as it is being made; empty: none is
    bool is_being_made_ = false;
    std::function<void()> on_served_;  // called once
    asio::steady_timer patience_;      // with the socket
    std::optional<Reading> last_reading_;
    std::vector<std::shared_ptr<ReloadWaiter>> reload_waiters_;
    control::QueryWorkers workers_;  // a config that hangs keeps no question waiting
};

}  // namespace taktd
