// SPDX-License-Identifier: Apache-2.0
// The composition root: store, engine, loop and config come to life here in this order, live together and end together.
// What is owed is armed again from the store before a job of the config is read. Daemon::live() is the whole life:
// signals come in until one of them ends it. The story goes on in runtime/engine_loop.hpp.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/arguments.hpp"
#include "daemon/app/config_in_force.hpp"
#include "daemon/app/life.hpp"
#include "daemon/app/served_api.hpp"
#include "daemon/app/service_manager.hpp"
#include "daemon/app/signals.hpp"
#include "daemon/app/status_line.hpp"
#include "daemon/app/status_teller.hpp"
#include "daemon/metrics/metrics.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/runtime/config_reader.hpp"
#include "daemon/runtime/engine_loop.hpp"

namespace taktd {

class Daemon {
public:
    static constexpr Duration kDrainMax = std::chrono::seconds{15};       ///< for calls in flight at SIGTERM
    static constexpr Duration kCloseStoreMax = std::chrono::seconds{10};  ///< for the last rows to become durable
    static constexpr Duration kWorkerMax = std::chrono::seconds{1};       ///< for a config that is being read
    /// The config is refused, and nothing is owed: sysexits(3) calls it EX_CONFIG, and the unit waits before the next
    /// try.
    static constexpr int kConfigRefused = 78;
    static constexpr Duration kPruneEvery = std::chrono::hours{24};
    static constexpr Duration kQueriesKept = std::chrono::hours{24};

    explicit Daemon(DaemonOptions options);

    /// Builds, runs and takes down everything; returns the exit code. Ends the process itself if a config that is being
    /// read will not come to an end.
    int run();

private:
    // In order: the store is found, what it owes is armed, the config is read and takes over.
    void find_store();
    void guess_store();
    void begin_with(const std::string& store_path);
    bool recover_from(const std::string& store_path, bool may_create);  ///< only a config that was accepted makes one
    void read_past(std::function<Snapshot()> past);
    void tell_of_slow_config();
    void take(ConfigReading reading);
    void take_first(ConfigReading reading);
    void refuse_first();
    void tell_ready();
    void take_next(ConfigReading reading);
    void take_over(ConfigReading& reading);  ///< what it says of problems is left
    void fail();

    Async<void> live();
    void reload();
    void note_change();
    ConfigReading read_config_file();  ///< on the worker's thread
    void tell_outcome(const ConfigReading& reading, std::vector<std::string> objections, bool is_applied);

    Async<void> shut_down();
    void let_go();
    Async<void> drain();
    Async<void> wait_for_change(asio::steady_timer::time_point deadline);
    bool is_drained() const;
    bool closes_clean() const { return config_.has_come() || life_.was_clean; }
    int say_goodbye();
    bool close_store();
    int end(int exit_code);
    void prune();
    Duration drain_timeout() const;

    const DaemonOptions options_;
    const std::uint64_t seed_;
    asio::io_context io_{1};
    AdapterTable adapters_;
    const LoadContext load_context_;
    CredentialCache credentials_;
    ConfigInForce config_;
    Life life_;
    ServiceManager service_;
    Signals signals_;
    std::unique_ptr<HttpClient> client_;
    const std::shared_ptr<metrics::Metrics> metrics_;  // a scrape holds it, too
    std::unique_ptr<Store> store_;
    control::EventHub events_;
    std::unique_ptr<notify::Notifier> notifier_;  // with loop_, whose follower it is
    std::unique_ptr<EngineLoop> loop_;
    BootTimer prune_timer_;
    asio::steady_timer changed_;   // cancelled after each step and by a second signal
    asio::steady_timer patience_;  // with the search for the store
    StatusLine line_;
    StatusTeller status_;
    Worker worker_;  // end() waits for its tasks, and for those of api_, before anything here is gone
    ServedApi api_;
    ConfigReader reader_;
};

}  // namespace taktd
