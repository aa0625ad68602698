// SPDX-License-Identifier: Apache-2.0
// In order: recover, take the config, live, drain, say goodbye. A broken invariant anywhere ends the process as a crash
// would.
#include "daemon/app/daemon.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app/notifying.hpp"
#include "daemon/app/process.hpp"
#include "daemon/app/scraping.hpp"
#include "daemon/settings/store_path.hpp"
#include "daemon/store/sqlite/store_place.hpp"
#include "daemon/store/store_error.hpp"
#include "daemon/version.hpp"
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

/// Four hex digits, which mark the events of this process.
std::string epoch_of(std::uint64_t seed) {
    constexpr std::string_view kHex = "0123456789abcdef";
    return {kHex[seed >> 12 & 15], kHex[seed >> 8 & 15], kHex[seed >> 4 & 15], kHex[seed & 15]};
}

}  // namespace

Daemon::Daemon(DaemonOptions options)
    : options_{std::move(options)},
      seed_{draw_seed()},
      load_context_{load_context(adapter_schemas())},
      credentials_{hide},
      service_{io_.get_executor()},
      signals_{io_.get_executor()},
      client_{create_http_client(io_.get_executor())},
      metrics_{create_metrics()},
      events_{io_.get_executor(), epoch_of(seed_)},
      prune_timer_{io_.get_executor(), [this] { prune(); }},
      changed_{io_.get_executor()},
      patience_{io_.get_executor()},
      status_{io_.get_executor(), service_,
              [this] { return line_.text(loop_->status(), read_time().wall, life_.stops_only); }},
      api_{{.io = io_,
            .config_path = options_.config_path,
            .life = life_,
            .config = config_,
            .credentials = credentials_,
            .metrics = metrics_,
            .events = events_,
            .config_worker = worker_,
            .read = [this] { return read_config_file(); },
            .reload = [this] { reload(); }}},
      reader_{io_.get_executor(),
              worker_,
              {.read = [this] { return read_config_file(); },
               .on_read = [this](ConfigReading reading) { take(std::move(reading)); },
               .on_slow = [this] { tell_of_slow_config(); }}} {
    for (const auto& entry : providers()) adapters_.add(entry.type, entry.create_adapter());
    service_.watch([this] { return store_ ? store_->work_in_hand() : 0; });
    let_signals_through();  // what came before this waits for live()
}

int Daemon::run() {
    log::info(std::string{"taktd "} + kTaktdVersion + " starts",
              {{"config", options_.config_path}, {"seed", std::to_string(seed_)}});
    asio::co_spawn(io_, live(), [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
    find_store();
    try {
        io_.run();
    } catch (const std::exception& e) {
        // Whatever is in flight ends as in a crash; recovery knows what to do about it, this process does not.
        log::error("internal error; taktd ends as if it had crashed", {{"cause", e.what()}});
        log::flush();
        std::_Exit(EXIT_FAILURE);
    }
    return end(say_goodbye());
}

// Where the store is stands in the config, and a few lines of that are all that is read of it before what the store
// owes is armed again.
void Daemon::find_store() {
    patience_.expires_after(ConfigReader::kPatience);
    patience_.async_wait([this](boost::system::error_code error) {
        if (!error && !life_.is_ending) guess_store();
    });
    worker_.run([this] {
        const auto found = read_store_path(options_.config_path, read_regular_file);
        asio::post(io_, [this, path = found.value_or(Settings{}.store_path)] {
            if (!life_.is_ending) begin_with(path);
        });
    });
}

// A config that cannot be read for now keeps no stop from going out, where the store is in its usual place.
void Daemon::guess_store() {
    const std::string usual = Settings{}.store_path;
    const auto place = locate_store(usual);
    if (place && place->is_there && recover_from(usual, false)) return tell_of_slow_config();
    log::error(
        "the config cannot be read yet, and only the config says where the store is: nothing is stopped until then",
        {{"file", options_.config_path}});
}

void Daemon::begin_with(const std::string& store_path) {
    patience_.cancel();
    if (loop_) {
        if (store_path == config_.store_path()) return reader_.request();
        log::error(
            "the config names another store than the default one, whose stops went out meanwhile; taktd ends, and "
            "opens the named store at its next start",
            {{"store", config_.store_path()}, {"named", store_path}});
        return fail();
    }
    const auto place = locate_store(store_path);
    const bool is_absent = place && !place->is_there;  // where nobody can tell, opening it says why
    if (!is_absent && !recover_from(store_path, false)) return fail();
    reader_.request();
}

bool Daemon::recover_from(const std::string& store_path, bool may_create) {
    auto store = Store::open({.path = store_path, .create = may_create, .clock = [] { return read_time().boot; }});
    if (!store) {
        log::error("cannot open the store", {{"cause", store.error()}});
        return false;
    }
    Snapshot snapshot;
    std::function<Snapshot()> past;
    try {
        snapshot = (*store)->load_owed();
        past = (*store)->past();
    } catch (const StoreError& error) {
        log::error("cannot open the store", {{"cause", error.what()}});
        return false;
    }
    store_ = std::move(*store);
    config_.use_store(store_path);
    const bool is_first_start = snapshot.first_start;
    life_.was_clean = snapshot.clean_stop || is_first_start;
    if (const WallTime wall = read_time().wall; wall < snapshot.newest)
        log::error("the wall clock is behind the store: nothing is started until it has caught up; stops go out",
                   {{"clock", to_rfc3339(wall)},
                    {"store", to_rfc3339(snapshot.newest)},
                    {"remedy",
                     "if the clock was ahead once and is right now, stop taktd and take the time back: "
                     "taktctl clock --db " +
                         store_path}});
    loop_ = std::make_unique<EngineLoop>(
        io_.get_executor(),
        EngineLoop::Parts{
            .store = *store_, .client = *client_, .adapters = adapters_, .credentials = credentials_, .seed = seed_});
    loop_->follow(line_);
    loop_->on_change([this] { note_change(); });
    loop_->follow(*metrics_);
    loop_->follow(events_.teller());
    events_.watch([this] { return loop_->status(); });
    notifier_ = create_notifier(io_.get_executor(), *client_, seed_,
                                [this](std::vector<Row> rows) { loop_->append_beside(std::move(rows)); });
    loop_->on_rows([this](std::vector<Row>& rows) { notifier_->add_to(rows); });
    loop_->follow(*notifier_);
    loop_->recover(std::move(snapshot), read_boot_id());
    log::info("recovered", {{"store", store_path},
                            {"obligations", loop_->status().owed_stops},
                            {"elapsed_ms", milliseconds(read_time().boot - process_start())}});
    api_.make(*loop_, *store_, *notifier_);
    loop_->on_reply([this](const Reply& reply) { api_.take(reply); });
    if (is_first_start) {
        life_.knows_past = true;
    } else {
        read_past(std::move(past));
    }
    return true;
}

// What was due by a schedule that has changed since is to be told, so no config takes over before this has been read.
void Daemon::read_past(std::function<Snapshot()> past) {
    worker_.run([this, read = std::move(past)] {
        auto found = std::make_shared<Past>(past_of(read(), load_context_.find_zone));
        asio::post(io_, [this, found = std::move(found)] {
            life_.knows_past = true;
            if (!life_.is_ending) loop_->remember(std::move(*found));
        });
    });
}

void Daemon::tell_of_slow_config() {
    log::warning("the config is still being read; stops go out meanwhile", {{"file", options_.config_path}});
}

void Daemon::take(ConfigReading reading) {
    if (life_.is_ending) return;
    // Asked for by a SIGHUP before the past was: read again, behind it.
    if (loop_ && !life_.knows_past) return reader_.request();
    if (config_.has_come() || life_.stops_only) {
        take_next(std::move(reading));
    } else {
        take_first(std::move(reading));
    }
}

void Daemon::take_first(ConfigReading reading) {
    for (const auto& error : reading.errors) log::write_text(log::Level::error, error);
    for (const auto& warning : reading.warnings) log::warning("config", {{"warning", first_line(warning)}});
    if (!reading.settings) {
        log::error("the config is refused", {{"file", options_.config_path}, {"errors", reading.errors.size()}});
        refuse_first();
        return tell_outcome(reading, {}, false);
    }
    if (!loop_) {
        if (!recover_from(reading.settings->store_path, true)) return fail();
        // An old store that the first look had missed.
        if (!life_.knows_past) return reader_.request();
    }
    // What a run was started with is what it is stopped with, whatever the config says by now.
    for (const auto& objection : config_.objections_to(*reading.settings, loop_->engine()))
        log::warning("the stop plan of a live run wins over the config", {{"cause", objection}});
    api_.prepare(reading);
    take_over(reading);
    log::info("config loaded",
              {{"providers", config_.jobs()->providers.size()}, {"jobs", config_.jobs()->jobs.size()}});
    tell_outcome(reading, {}, true);
    notifier_->tell(notice_of(NoticeType::daemon_started, loop_->status().owed_stops,
                              life_.was_clean ? "" : "The last end was not an orderly one."));
    tell_ready();
}

// A broken config must not keep stops from going out: each live run carries its own plan. Nothing else is done until a
// reload brings a good config; once nothing is owed, taktd ends as it does for every refused config.
void Daemon::refuse_first() {
    life_.is_refused = true;
    if (!loop_ || loop_->status().owed_stops == 0) return fail();
    life_.stops_only = true;
    api_.serve();
    log::error("only owed stops are delivered until the config is corrected and reloaded",
               {{"store", config_.store_path()}});
    tell_ready();
}

// Whoever waited for it (`systemctl start`) finds taktctl served.
void Daemon::tell_ready() {
    api_.when_served([this] { service_.ready(status_.line()); });
}

void Daemon::fail() {
    life_.failed = true;
    signals_.wake();
}

Async<void> Daemon::live() {
    for (;;) {
        const auto signal = co_await signals_.next();
        if (life_.failed || signal != SIGHUP) break;
        reload();
    }
    life_.is_ending = true;
    co_await shut_down();
}

void Daemon::reload() {
    log::end_repeats();
    service_.reloading();
    client_->renew_trust();
    reader_.request();
}

void Daemon::take_next(ConfigReading reading) {
    std::vector<std::string> objections;
    for (const auto& error : reading.errors) log::error("config", {{"error", first_line(error)}});
    for (const auto& warning : reading.warnings) log::warning("config", {{"warning", first_line(warning)}});
    if (reading.settings) {
        objections = config_.objections_to(*reading.settings, loop_->engine());
        for (const auto& objection : objections) {
            // A first config changes nothing that was in force: there the stop plans win.
            if (!config_.has_come()) {
                log::warning("config", {{"warning", objection}});
            } else {
                log::error("config", {{"error", objection}});
            }
        }
    }
    if (reading.settings && (objections.empty() || !config_.has_come())) api_.prepare(reading);
    const std::size_t refusals = reading.errors.size() + (config_.has_come() ? objections.size() : 0);
    if (refusals > 0) {
        log::error("reload refused; the config in force stays", {{"errors", refusals}});
        notifier_->tell(notice_of(NoticeType::config_refused, refusals,
                                  first_line(reading.errors.empty() ? objections.front() : reading.errors.front())));
        line_.refuse();
        if (reading.settings) config_.retire(std::move(reading.settings->config));
    } else {
        take_over(reading);
        log::info("reloaded", {{"providers", config_.jobs()->providers.size()}, {"jobs", config_.jobs()->jobs.size()}});
        notifier_->tell(notice_of(NoticeType::config_reloaded, config_.jobs()->jobs.size()));
    }
    tell_outcome(reading, std::move(objections), refusals == 0);
    note_change();
    if (reader_.is_done()) {
        service_.ready(status_.line());
    } else {
        service_.reloading();  // once more, for the signals that came meanwhile
    }
}

void Daemon::take_over(ConfigReading& reading) {
    warn_of_unreadable(reading);
    if (reading.settings->store_path != config_.store_path())
        log::warning("store.path takes effect at the next start", {{"path", reading.settings->store_path}});
    const bool is_first = !config_.has_come();
    ConfigPtr before = config_.take(std::move(*reading.settings), read_time().wall);
    credentials_.take(std::move(reading.credentials));
    metrics_->on_config(*config_.jobs());
    notifier_->take(std::move(reading.notify), reading.zone, config_.jobs(), dashboard_of(config_.settings()));
    loop_->load(config_.jobs());
    line_.take(config_.jobs());
    life_.is_refused = false;
    life_.stops_only = false;
    api_.tell_of_config(std::move(before));
    api_.serve();
    api_.commit();
    if (is_first) prune();
}

ConfigReading Daemon::read_config_file() { return read_config(options_.config_path, load_context_, adapters_, hide); }

void Daemon::tell_outcome(const ConfigReading& reading, std::vector<std::string> objections, bool is_applied) {
    api_.tell_outcome(reading, std::move(objections), is_applied, reader_.is_done());
}

void Daemon::note_change() {
    changed_.cancel();
    config_.drop_unused(worker_);
    if (config_.has_come() || life_.stops_only) status_.tell();
    if (life_.stops_only && !life_.is_ending && loop_->status().owed_stops == 0) fail();
}

Async<void> Daemon::shut_down() {
    reader_.close();
    patience_.cancel();
    if (!loop_) {
        let_go();
        co_return;
    }
    const auto status = loop_->status();
    log::info("stopping", {{"calls_in_flight", status.calls_in_flight},
                           {"owed_stops", status.owed_stops},
                           {"stop_all", options_.stop_all_on_exit}});
    service_.stopping(status_.line());
    signals_.on_end([this] {
        log::warning("second signal: ending without waiting for requests in flight");
        life_.insisted = true;
        changed_.cancel();
    });
    notifier_->tell(notice_of(NoticeType::daemon_stopped, status.owed_stops));
    loop_->take(ShutdownRequested{options_.stop_all_on_exit});
    co_await drain();
    if (!life_.insisted) co_await notifier_->finish();
    loop_->close();
    while (loop_->calls_in_flight() > 0) {
        co_await wait_for_change(asio::steady_timer::time_point::max());
    }
    let_go();
}

/// Of all that keeps the loop running.
void Daemon::let_go() {
    signals_.close();
    api_.close();
    if (notifier_) notifier_->close();
    prune_timer_.close();
    status_.close();
    service_.close();
    client_->close_idle();
}

Async<void> Daemon::drain() {
    using Clock = std::chrono::steady_clock;
    constexpr Duration kPatience = std::chrono::seconds{10};
    // With stop_all only the stops or a second signal end the wait; the service manager is kept from losing patience.
    auto deadline = Clock::now();
    if (!options_.stop_all_on_exit) deadline += drain_timeout();
    while (!life_.insisted && !is_drained()) {
        if (Clock::now() >= deadline) {
            if (!options_.stop_all_on_exit) {
                if (const auto calls = loop_->calls_in_flight(); calls > 0)
                    log::warning("calls are still in flight; they are cut off", {{"calls", calls}});
                co_return;
            }
            service_.extend_timeout(kPatience * 3, status_.line());
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

bool Daemon::is_drained() const {
    const auto status = loop_->status();
    // Nobody hears of a commit any more once the loop has ended; a clean close waits for it by itself.
    const bool is_kept = closes_clean() || loop_->is_durable();
    return is_kept && status.calls_in_flight == 0 && (!options_.stop_all_on_exit || status.owed_stops == 0);
}

Duration Daemon::drain_timeout() const {
    Duration longest = closes_clean() ? Duration{} : kCloseStoreMax;
    for (const auto& [name, provider] : config_.jobs()->providers) longest = std::max(longest, provider->timeout);
    return std::min(longest, kDrainMax);
}

int Daemon::say_goodbye() {
    const int failure = life_.is_refused ? kConfigRefused : EXIT_FAILURE;
    if (!loop_) return life_.failed ? failure : EXIT_SUCCESS;
    const auto status = loop_->status();
    const bool clean = close_store();
    if (!clean) log::error("some rows could not be written before the end; the next start recovers as after a crash");
    if (status.owed_stops == 0) {
        log::info("stopped; no run is owed a stop");
    } else {
        log::warning("stopped; runs are left to the next start",
                     {{"owed_stops", status.owed_stops},
                      {"next_stop_due", status.next_stop ? to_rfc3339(status.next_stop->at) : "now"}});
    }
    if (life_.stops_only) log::error("the config is still refused", {{"file", options_.config_path}});
    if (!clean) return EXIT_FAILURE;
    return life_.stops_only || life_.failed ? failure : EXIT_SUCCESS;
}

/// The clean mark says that the buckets' debts are known. Those of providers that no config has told us of are only if
/// the last daemon has told them.
bool Daemon::close_store() {
    if (closes_clean()) return store_->close_clean(loop_->engine().limiter_rows(read_time()), kCloseStoreMax);
    const bool is_durable = loop_->is_durable();
    store_.reset();
    return is_durable;
}

int Daemon::end(int exit_code) {
    if (!worker_.end(kWorkerMax)) {
        log::warning("the config is still being read; taktd ends without it", {{"file", options_.config_path}});
    } else if (!api_.end(kWorkerMax)) {
        log::warning("a question to the store is still being answered; taktd ends without the answer",
                     {{"store", config_.store_path()}});
    } else {
        return exit_code;
    }
    log::flush();
    std::_Exit(exit_code);
}

void Daemon::prune() {
    const Now now = read_time();
    store_->prune(now.wall - config_.settings().retention, now.wall - kQueriesKept);
    prune_timer_.arm(now.boot + kPruneEvery);
}

}  // namespace taktd
