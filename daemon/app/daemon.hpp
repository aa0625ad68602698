// The composition root: config, store, engine and loop are built here in order, live together and end together. The
// daemon's whole life is Daemon::live(): signals come in until one of them ends it. The story goes on in
// runtime/engine_loop.hpp.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/arguments.hpp"
#include "daemon/app/service_manager.hpp"
#include "daemon/runtime/config_source.hpp"
#include "daemon/runtime/engine_loop.hpp"

namespace taktd {

class Daemon {
public:
    static constexpr Duration kDrainMax = std::chrono::seconds{15};       ///< for calls in flight at SIGTERM
    static constexpr Duration kCloseStoreMax = std::chrono::seconds{10};  ///< for the last rows to become durable
    static constexpr Duration kPruneEvery = std::chrono::hours{24};
    static constexpr Duration kQueriesKept = std::chrono::hours{24};

    explicit Daemon(DaemonOptions options);

    /// Builds, runs and takes down everything; returns the exit code.
    int run();

private:
    bool build();
    bool owes_stops_without_config(const std::string& store_path);
    bool open_store();
    Async<void> live();
    void reload();
    Async<void> shut_down();
    Async<void> drain();
    Async<void> wait_for_change(asio::steady_timer::time_point deadline);
    void listen_for_insistence();
    bool is_drained() const;
    int say_goodbye();
    void prune();
    std::string status_text() const;
    Duration drain_timeout() const;

    DaemonOptions options_;
    asio::io_context io_{1};
    AdapterTable adapters_;
    LoadContext load_context_;
    CredentialCache credentials_;
    Settings settings_;
    ServiceManager service_;
    asio::signal_set signals_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<EngineLoop> loop_;
    BootTimer prune_timer_;
    asio::steady_timer changed_;  // cancelled after each step and by a second signal
    Snapshot snapshot_;           // from the opening of the store to its recovery
    bool insisted_ = false;
    bool told_store_up_ = true;  // to the service manager
    bool stops_only_ = false;    // the config was refused; what the store owes needs none of it
};

}  // namespace taktd
