// In order: build, live, drain, say goodbye. A broken invariant anywhere ends the process as a crash would.
#include "daemon/app/daemon.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app/process.hpp"
#include "daemon/store/store_place.hpp"
#include "providers/registry.hpp"

namespace taktd {
namespace {

std::int64_t milliseconds(Duration d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d).count(); }

/// From now on the log and the store never show it.
void hide(const Secret& secret) { log::register_secret(secret.reveal()); }

/// A diagnostic spans lines (the source, a caret); a log line bears its first.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

void warn_of_unreadable(const ConfigReading& reading) {
    for (const auto& provider : reading.unreadable)
        log::error("cannot read credentials; every attempt of this provider will try again", {{"cause", provider}});
}

}  // namespace

Daemon::Daemon(DaemonOptions options)
    : options_{std::move(options)},
      load_context_{load_context(adapter_schemas())},
      credentials_{hide},
      service_{io_.get_executor()},
      signals_{io_.get_executor(), SIGHUP, SIGTERM, SIGINT},
      client_{create_http_client(io_.get_executor())},
      prune_timer_{io_.get_executor(), [this] { prune(); }},
      changed_{io_.get_executor()} {
    for (const auto& entry : providers()) adapters_.add(entry.type, entry.create_adapter());
    let_signals_through();  // what came before this waits for live()
}

int Daemon::run() {
    if (!build()) return EXIT_FAILURE;
    std::exception_ptr failure;
    asio::co_spawn(io_, live(), [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
    try {
        io_.run();
    } catch (const std::exception& e) {
        // Whatever is in flight ends as in a crash; recovery knows what to do about it, this process does not.
        log::error("internal error; taktd ends as if it had crashed", {{"cause", e.what()}});
        log::flush();
        std::_Exit(EXIT_FAILURE);
    }
    return say_goodbye();
}

bool Daemon::build() {
    auto reading = read_config(options_.config_path, load_context_, adapters_, credentials_);
    for (const auto& error : reading.errors) log::write_text(log::Level::error, error);
    for (const auto& warning : reading.warnings) log::warning("config", {{"warning", first_line(warning)}});
    if (reading.settings) {
        settings_ = std::move(*reading.settings);
        warn_of_unreadable(reading);
        if (!open_store()) return false;
    } else {
        log::error("the config is refused", {{"file", options_.config_path}, {"errors", reading.errors.size()}});
        if (!owes_stops_without_config(reading.store_path)) return false;
    }

    const std::uint64_t seed = draw_seed();
    log::info("taktd " TAKTD_VERSION " starts", {{"config", options_.config_path},
                                                 {"store", settings_.store_path},
                                                 {"providers", settings_.config->providers.size()},
                                                 {"jobs", settings_.config->jobs.size()},
                                                 {"seed", std::to_string(seed)}});
    loop_ = std::make_unique<EngineLoop>(
        io_.get_executor(),
        EngineLoop::Parts{
            .store = *store_, .client = *client_, .adapters = adapters_, .credentials = credentials_, .seed = seed});
    loop_->on_change([this] {
        changed_.cancel();
        if (loop_->is_store_up() != told_store_up_) {
            told_store_up_ = !told_store_up_;
            service_.status(status_text());
        }
        if (stops_only_ && loop_->status().owed_stops == 0) signals_.cancel();
    });
    loop_->on_reply([](const Reply& reply) { log::info("command", {{"ok", reply.ok}, {"answer", reply.text}}); });
    return true;
}

bool Daemon::open_store() {
    auto store =
        Store::open({.path = settings_.store_path, .create = !stops_only_, .clock = [] { return read_time().boot; }});
    if (!store) {
        log::error("cannot open the store", {{"cause", store.error()}});
        return false;
    }
    store_ = std::move(*store);
    snapshot_ = store_->load();
    for (const auto& job : snapshot_.jobs) {
        if (auto schedule = parse_schedule(job.schedule, load_context_.find_zone))
            snapshot_.schedules.emplace(job.job, std::move(*schedule));
    }
    return true;
}

// A broken config must not keep stops from going out: each live run carries its own plan. Nothing else is done until a
// reload brings a good config; once nothing is owed, taktd ends as it does for every refused config.
bool Daemon::owes_stops_without_config(const std::string& store_path) {
    const auto place = locate_store(store_path);
    if (!place) log::error("cannot open the store", {{"cause", place.error()}});
    if (!place || !place->is_there) return false;
    settings_.store_path = store_path;
    settings_.config = std::make_shared<const Config>();
    stops_only_ = true;  // a config that is refused makes no store
    if (!open_store()) return false;
    stops_only_ =
        std::ranges::any_of(snapshot_.live, [](const RecoveredRun& live) { return owes_stop(live.run.state); });
    if (stops_only_) {
        log::error("only owed stops are delivered until the config is mended and reloaded", {{"store", store_path}});
    } else if (snapshot_.clean_stop) {
        store_->close_clean(snapshot_.limiters, kCloseStoreMax);  // left as it was found
    }
    return stops_only_;
}

Async<void> Daemon::live() {
    if (const WallTime wall = read_time().wall; wall < snapshot_.newest)
        log::error("the wall clock is behind the store: nothing is started until it has caught up; stops go out",
                   {{"clock", to_rfc3339(wall)},
                    {"store", to_rfc3339(snapshot_.newest)},
                    {"remedy",
                     "if the clock was ahead once and is right now, stop taktd and take the time back: "
                     "taktctl clock --db " +
                         settings_.store_path}});
    loop_->recover(std::move(snapshot_), read_boot_id());
    log::info("recovered", {{"obligations", loop_->status().owed_stops},
                            {"elapsed_ms", milliseconds(read_time().boot - process_start())}});
    if (!stops_only_) {
        // What a run was started with is what it is stopped with, whatever the config says by now.
        for (const auto& objection : loop_->engine().objections(*settings_.config))
            log::warning("the stop plan of a live run wins over the config", {{"cause", objection}});
        loop_->load(settings_.config);
        prune();
    }
    service_.ready(status_text());
    for (;;) {
        boost::system::error_code ended;
        const int signal = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        if (ended || signal != SIGHUP) break;
        reload();
    }
    co_await shut_down();
}

void Daemon::reload() {
    service_.reloading();
    client_->renew_trust();
    credentials_.clear();
    auto reading = read_config(options_.config_path, load_context_, adapters_, credentials_);
    for (const auto& error : reading.errors) log::error("config", {{"error", first_line(error)}});
    for (const auto& warning : reading.warnings) log::warning("config", {{"warning", first_line(warning)}});
    if (reading.settings) {
        warn_of_unreadable(reading);
        const auto objections = loop_->engine().objections(*reading.settings->config);
        for (const auto& objection : objections) {
            // A first config changes nothing that was in force: there the stop plans win.
            if (stops_only_) {
                log::warning("config", {{"warning", objection}});
            } else {
                log::error("config", {{"error", objection}});
                reading.errors.push_back(objection);
            }
        }
    }
    if (!reading.errors.empty()) {
        log::error("reload refused; the config in force stays", {{"errors", reading.errors.size()}});
    } else {
        if (reading.settings->store_path != settings_.store_path)
            log::warning("store.path takes effect at the next start", {{"path", reading.settings->store_path}});
        settings_ = std::move(*reading.settings);
        loop_->load(settings_.config);
        if (std::exchange(stops_only_, false)) prune();
        log::info("reloaded",
                  {{"providers", settings_.config->providers.size()}, {"jobs", settings_.config->jobs.size()}});
    }
    service_.ready(status_text());
}

Async<void> Daemon::shut_down() {
    const auto status = loop_->status();
    log::info("stopping", {{"calls_in_flight", status.calls_in_flight},
                           {"owed_stops", status.owed_stops},
                           {"stop_all", options_.stop_all_on_exit}});
    service_.stopping(status_text());
    listen_for_insistence();
    loop_->take(ShutdownRequested{options_.stop_all_on_exit});
    co_await drain();
    loop_->close();
    while (loop_->calls_in_flight() > 0) {
        co_await wait_for_change(asio::steady_timer::time_point::max());
    }
    signals_.cancel();
    prune_timer_.close();
    service_.close();
    client_->close_idle();
}

Async<void> Daemon::drain() {
    using Clock = std::chrono::steady_clock;
    constexpr Duration kPatience = std::chrono::seconds{10};
    // With stop_all only the stops or a second signal end the wait; the service manager is kept from losing patience.
    auto deadline = Clock::now();
    if (!options_.stop_all_on_exit) deadline += drain_timeout();
    while (!insisted_ && !is_drained()) {
        if (Clock::now() >= deadline) {
            if (!options_.stop_all_on_exit) {
                log::warning("calls are still in flight; they are cut", {{"calls", loop_->calls_in_flight()}});
                co_return;
            }
            service_.extend_timeout(kPatience * 3, status_text());
            deadline = Clock::now() + kPatience;
        }
        co_await wait_for_change(deadline);
    }
}

Async<void> Daemon::wait_for_change(asio::steady_timer::time_point deadline) {
    boost::system::error_code ignored;
    changed_.expires_at(deadline);
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Daemon::listen_for_insistence() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
        if (error) return;
        if (signal == SIGHUP) return listen_for_insistence();
        log::warning("told again to stop: waiting for nothing any more");
        insisted_ = true;
        changed_.cancel();
    });
}

bool Daemon::is_drained() const {
    const auto status = loop_->status();
    return status.calls_in_flight == 0 && (!options_.stop_all_on_exit || status.owed_stops == 0);
}

Duration Daemon::drain_timeout() const {
    Duration longest{};
    for (const auto& [name, provider] : settings_.config->providers) longest = std::max(longest, provider->timeout);
    return std::min(longest, kDrainMax);
}

int Daemon::say_goodbye() {
    const auto status = loop_->status();
    const bool clean = store_->close_clean(loop_->engine().limiter_rows(read_time()), kCloseStoreMax);
    if (!clean) log::error("some rows could not be written before the end; the next start recovers as after a crash");
    if (status.owed_stops == 0) {
        log::info("stopped; no run is owed a stop");
    } else {
        log::warning("stopped; runs are left to the next start",
                     {{"owed_stops", status.owed_stops},
                      {"next_stop_due", status.next_stop_due ? to_rfc3339(*status.next_stop_due) : "now"}});
    }
    if (stops_only_) log::error("the config is still refused", {{"file", options_.config_path}});
    return clean && !stops_only_ ? EXIT_SUCCESS : EXIT_FAILURE;
}

void Daemon::prune() {
    const Now now = read_time();
    store_->prune(now.wall - settings_.retention, now.wall - kQueriesKept);
    prune_timer_.arm(now.boot + kPruneEvery);
}

std::string Daemon::status_text() const {
    const auto status = loop_->status();
    const std::string store = status.store_up ? "" : "THE STORE CANNOT BE WRITTEN: nothing starts, stops go out; ";
    if (stops_only_) return store + "config refused; only owed stops: " + std::to_string(status.owed_stops);
    return store + std::to_string(settings_.config->jobs.size()) + " jobs, " + std::to_string(status.live_runs) +
           " live runs, " + std::to_string(status.owed_stops) + " owed stops";
}

}  // namespace taktd
