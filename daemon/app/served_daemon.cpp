// The daemon as the control API sees it: it is served, and reloads or rehearses when it is asked to.
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app/daemon.hpp"
#include "daemon/app/process.hpp"
#include "daemon/control/off_loop.hpp"
#include "daemon/log/log.hpp"

namespace taktd {

void Daemon::make_control() {
    if (control_) return;
    control_ = std::make_unique<control::ControlSocket>(
        io_.get_executor(), control::Api::Parts{*loop_, *store_, settings_.store_path, query_workers_, *this, events_});
    http_ = std::make_unique<control::ControlHttp>(io_.get_executor(), control_->api());
}

/// TCP is opened as the config wants it; what is served changes when that takes over. What comes out is why it cannot
/// be served so.
std::optional<std::string> Daemon::prepare_http(const ConfigReading& reading) {
    make_control();
    if (!reading.http_problem.empty()) return reading.http_problem;
    return http_->prepare(reading.http);
}

/// A reload that would change what is served is refused. But no schedule waits for a port that could not be had before.
void Daemon::take_unserved_http(const std::string& problem, ConfigReading& reading) {
    const bool is_change = http_->is_served() || reading.settings->http != settings_.http;
    if (has_config_ && is_change) {
        log::error("config", {{"error", problem}});
        reading.errors.push_back("error: " + problem);
    } else {
        log::error("the API is not served on TCP; schedules go on, and the next reload tries again",
                   {{"cause", problem}});
    }
}

/// Where nobody can be served, the schedules run all the same: no load test goes unstopped for want of a socket. The
/// next reload tries again.
void Daemon::serve() {
    const std::string path = settings_.control_socket;
    if (!served_at_.empty()) {
        if (served_at_ != path) log::warning("control.socket takes effect at the next start", {{"path", path}});
        return;
    }
    served_at_ = path;
    make_control();
    query_workers_.brisk.front().run([this, path] {
        std::string problem;
        try {
            control_->listen(path);
        } catch (const boost::system::system_error& error) {
            problem = error.code().message();
        }
        asio::post(io_, [this, path, problem] { listened(path, problem); });
    });
}

void Daemon::listened(const std::string& path, const std::string& problem) {
    if (is_ending_) return;
    if (problem.empty()) {
        control_->serve();
        log::info("taktctl is served", {{"socket", path}});
        return;
    }
    served_at_.clear();
    log::error("the control socket cannot be served; schedules go on, and taktctl reads the store alone",
               {{"socket", path}, {"cause", problem}});
}

/// To whoever listens. Two configs of a hundred thousand jobs are compared off the loop, and let go there, too.
void Daemon::tell_of_config(ConfigPtr before) {
    query_workers_.brisk.front().run(
        [this, before = std::move(before), after = settings_.config, generation = generation_]() mutable {
            const auto change = std::make_shared<ConfigChange>(change_between(*before, *after));
            before.reset();
            after.reset();
            asio::post(io_, [this, change, generation] { events_.teller().tell_config(generation, *change); });
        });
}

void Daemon::tell_outcome(const ConfigReading& reading, std::vector<std::string> objections, bool is_applied) {
    is_reload_good_ = is_applied;
    if (!reader_.is_done()) return;  // a newer one is on its way
    const control::Reload outcome{reading.errors, reading.warnings, std::move(objections), {}, is_applied};
    for (const auto& waiter : std::exchange(reload_waiters_, {})) {
        waiter->outcome = outcome;
        waiter->told.cancel();
    }
}

Async<control::Reload> Daemon::reload(bool is_rehearsal) {
    if (is_rehearsal) {
        auto rehearsed = co_await rehearse();
        co_return rehearsed;
    }
    const ConfigPtr before = settings_.config;
    const auto waiter = std::make_shared<ReloadWaiter>(
        ReloadWaiter{asio::steady_timer{io_, asio::steady_timer::time_point::max()}, std::nullopt});
    reload_waiters_.push_back(waiter);
    reload();
    while (!waiter->outcome) {
        boost::system::error_code ignored;
        co_await waiter->told.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    control::Reload outcome = std::move(*waiter->outcome);
    const auto change = std::make_shared<ConfigChange>();
    std::function<void()> compare = [before, after = settings_.config, change] {
        *change = change_between(*before, *after);
    };
    co_await control::off_loop(io_.get_executor(), query_workers_.brisk.front(), std::move(compare));
    outcome.change = std::move(*change);
    co_return outcome;
}

/// Reads it as a reload would, and lets it go again.
Async<control::Reload> Daemon::rehearse() {
    struct Rehearsal {
        ConfigReading reading;
        ConfigPtr before;
        ConfigChange change;
    };
    auto rehearsal = std::make_shared<Rehearsal>();
    rehearsal->before = settings_.config;
    std::function<void()> read = [this, rehearsal] {
        rehearsal->reading = read_config(options_.config_path, load_context_, adapters_,
                                         [](const Secret& secret) { log::register_secret(secret); });
        if (rehearsal->reading.settings)
            rehearsal->change = change_between(*rehearsal->before, *rehearsal->reading.settings->config);
    };
    co_await control::off_loop(io_.get_executor(), worker_, std::move(read));
    control::Reload outcome{std::move(rehearsal->reading.errors),
                            std::move(rehearsal->reading.warnings),
                            {},
                            std::move(rehearsal->change),
                            false};
    if (!rehearsal->reading.http_problem.empty()) outcome.errors.push_back("error: " + rehearsal->reading.http_problem);
    if (rehearsal->reading.settings)
        outcome.objections = loop_->engine().objections(*rehearsal->reading.settings->config);
    // A hundred thousand jobs take their time to be destroyed.
    worker_.run([gone = std::move(rehearsal)]() mutable { gone.reset(); });
    co_return outcome;
}

}  // namespace taktd
