// The composition root: store, engine, loop and config come to life here in this order, live together and end together.
// What is owed is armed again from the store before a job of the config is read. Daemon::live() is the whole life:
// signals come in until one of them ends it. The story goes on in runtime/engine_loop.hpp.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/arguments.hpp"
#include "daemon/app/service_manager.hpp"
#include "daemon/app/status_line.hpp"
#include "daemon/control/control_http.hpp"
#include "daemon/control/control_socket.hpp"
#include "daemon/metrics/metrics.hpp"
#include "daemon/runtime/config_reader.hpp"
#include "daemon/runtime/engine_loop.hpp"

namespace taktd {

class Daemon : private control::Host {
public:
    static constexpr Duration kDrainMax = std::chrono::seconds{15};       ///< for calls in flight at SIGTERM
    static constexpr Duration kCloseStoreMax = std::chrono::seconds{10};  ///< for the last rows to become durable
    static constexpr Duration kWorkerMax = std::chrono::seconds{1};       ///< for a config that is being read
    static constexpr Duration kStatusEvery = std::chrono::seconds{1};     ///< at most
    /// The config is refused, and nothing is owed: sysexits(3) calls it EX_CONFIG, and the unit waits before the next
    /// try.
    static constexpr int kConfigRefused = 78;
    static constexpr Duration kPruneEvery = std::chrono::hours{24};
    static constexpr Duration kQueriesKept = std::chrono::hours{24};

    explicit Daemon(DaemonOptions options);
    ~Daemon() override = default;

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
    void take_next(ConfigReading reading);
    void take_over(ConfigReading& reading);  ///< what it says of problems is left
    void fail();

    Async<void> live();
    void reload();
    void note_change();
    void tell_of_config(ConfigPtr before);

    // What the control API asks.
    void make_control();
    void serve();
    std::optional<std::string> prepare_http(const ConfigReading& reading);
    void take_unserved_http(const std::string& problem, ConfigReading& reading);
    void listened(const std::string& path, const std::string& problem);
    const Settings& settings() const override { return settings_; }
    std::string config_file() const override { return options_.config_path; }
    std::uint64_t generation() const override { return generation_; }
    std::optional<WallTime> loaded() const override { return loaded_; }
    WallTime started() const override { return started_; }
    void forget_credentials(const ProviderSpec& provider) override { credentials_.forget(provider); }
    bool is_stops_only() const override { return stops_only_; }
    Async<control::Reload> reload(bool is_rehearsal) override;
    std::function<std::string()> scrape() override;
    void note_request(std::string_view method, std::string_view pattern, int status, Duration took) override;
    Async<control::Reload> rehearse();
    void tell_outcome(const ConfigReading& reading, std::vector<std::string> objections, bool is_applied);
    Async<void> shut_down();
    void let_go();
    Async<void> drain();
    Async<void> wait_for_change(asio::steady_timer::time_point deadline);
    void listen_for_insistence();
    bool is_drained() const;
    bool closes_clean() const { return has_config_ || was_clean_; }
    int say_goodbye();
    bool close_store();
    int end(int exit_code);
    void prune();
    std::string status_text();
    void tell_status();
    Duration drain_timeout() const;

    const DaemonOptions options_;
    const std::uint64_t seed_;
    asio::io_context io_{1};
    AdapterTable adapters_;
    const LoadContext load_context_;
    CredentialCache credentials_;
    Settings settings_;
    ServiceManager service_;
    asio::signal_set signals_;
    std::unique_ptr<HttpClient> client_;
    const std::shared_ptr<metrics::Metrics> metrics_;  // a scrape holds it, too
    std::unique_ptr<Store> store_;
    control::EventHub events_;
    std::unique_ptr<EngineLoop> loop_;
    BootTimer prune_timer_;
    asio::steady_timer changed_;      // cancelled after each step and by a second signal
    asio::steady_timer patience_;     // with the search for the store
    std::vector<ConfigPtr> retired_;  // until nothing refers to them any more
    bool is_first_start_ = false;     // the store is new
    bool was_clean_ = false;          // the last daemon's end
    bool knows_past_ = false;         // all of the store, not only what it owes
    bool has_config_ = false;
    bool stops_only_ = false;  // the config was refused; what the store owes needs none of it
    bool failed_ = false;
    bool is_refused_ = false;  // and failed for that: the first config
    bool is_ending_ = false;
    bool insisted_ = false;
    StatusLine line_;
    std::string told_status_;  // to the service manager
    asio::steady_timer status_timer_;
    bool is_status_due_ = false, is_status_held_ = false;  // since the last one was told a moment ago
    const WallTime started_;
    std::uint64_t generation_ = 0;  // of the config in force
    std::optional<WallTime> loaded_;
    std::optional<bool> is_reload_good_;  // of the last config that was read
    struct ReloadWaiter {
        asio::steady_timer told;
        std::optional<control::Reload> outcome;
    };
    std::vector<std::shared_ptr<ReloadWaiter>> reload_waiters_;
    std::unique_ptr<control::ControlSocket> control_;
    std::unique_ptr<control::ControlHttp> http_;
    std::string served_at_;                // the control socket's path, as soon as it is being made; empty: none is
    control::QueryWorkers query_workers_;  // for the control API: a config that hangs keeps no question waiting
    Worker worker_;                        // all that its tasks touch stands above
    ConfigReader reader_;
};

}  // namespace taktd
