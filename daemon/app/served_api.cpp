// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/served_api.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app/scraping.hpp"
#include "daemon/log/log.hpp"
#include "daemon/runtime/off_loop.hpp"

namespace taktd {
namespace {

constexpr std::chrono::seconds kPatienceWithSocket{5};

}  // namespace

void ServedApi::make(EngineLoop& loop, Store& store, notify::Notifier& notifier) {
    loop_ = &loop;
    notifier_ = &notifier;
    socket_ = std::make_unique<control::ControlSocket>(
        daemon_.io.get_executor(),
        control::Api::Parts{loop, store, daemon_.config.store_path(), workers_, *this, daemon_.events});
    http_ = std::make_unique<control::ControlHttp>(daemon_.io.get_executor(), socket_->api());
}

void ServedApi::prepare(ConfigReading& reading) {
    const auto problem =
        reading.http_problem.empty() ? http_->prepare(reading.http) : std::optional{reading.http_problem};
    if (!problem) return;
    // No schedule waits for a port that could not be had before.
    const bool is_change = http_->is_served() || reading.settings->http != settings().http;
    if (daemon_.config.has_come() && is_change) {
        log::error("config", {{"error", *problem}});
        reading.errors.push_back("error: " + *problem);
    } else {
        log::error("the API is not served on TCP; schedules go on, and the next reload tries again",
                   {{"cause", *problem}});
    }
}

void ServedApi::serve() {
    const std::string path = settings().control_socket;
    if (!served_at_.empty()) {
        if (served_at_ != path) log::warning("control.socket takes effect at the next start", {{"path", path}});
        return;
    }
    served_at_ = path;
    is_being_made_ = true;
    workers_.brisk.front().run([this, path] {
        std::string problem;
        try {
            socket_->listen(path);
        } catch (const boost::system::system_error& error) {
            problem = error.code().message();
        }
        asio::post(daemon_.io, [this, path, problem] { listened(path, problem); });
    });
}

void ServedApi::listened(const std::string& path, const std::string& problem) {
    if (daemon_.life.is_ending) return;
    is_being_made_ = false;
    if (problem.empty()) {
        socket_->serve();
        log::info("taktctl is served", {{"socket", path}});
    } else {
        served_at_.clear();
        log::error("the control socket cannot be served; schedules go on, and taktctl can only read the store",
                   {{"socket", path}, {"cause", problem}});
    }
    tell_served();
}

void ServedApi::when_served(std::function<void()> then) {
    on_served_ = std::move(then);
    if (!is_being_made_) return tell_served();
    patience_.expires_after(kPatienceWithSocket);
    patience_.async_wait([this](boost::system::error_code error) {
        if (!error && !daemon_.life.is_ending) tell_served();
    });
}

void ServedApi::tell_served() {
    patience_.cancel();
    if (const auto then = std::exchange(on_served_, nullptr)) then();
}

/// To whoever listens. Two configs of a hundred thousand jobs are compared off the loop, and let go there, too.
void ServedApi::tell_of_config(ConfigPtr before) {
    workers_.brisk.front().run([this, before = std::move(before), after = daemon_.config.jobs(),
                                generation = daemon_.config.generation()]() mutable {
        const auto change = std::make_shared<ConfigChange>(change_between(*before, *after));
        before.reset();
        after.reset();
        asio::post(daemon_.io,
                   [this, change, generation] { daemon_.events.teller().tell_config(generation, *change); });
    });
}

void ServedApi::close() {
    patience_.cancel();
    if (loop_ == nullptr) return;
    http_->close();
    socket_->close();
}

void ServedApi::tell_outcome(const ConfigReading& reading, std::vector<std::string> objections, bool is_applied,
                             bool is_last) {
    last_reading_ = Reading{read_time().wall, reading.errors.size() + objections.size(), is_applied};
    if (!is_last) return;
    const control::Reload outcome{reading.errors, reading.warnings, std::move(objections), {}, is_applied};
    for (const auto& waiter : std::exchange(reload_waiters_, {})) {
        waiter->outcome = outcome;
        waiter->told.cancel();
    }
}

Async<control::Reload> ServedApi::reload(bool is_rehearsal) {
    if (is_rehearsal) {
        auto rehearsed = co_await rehearse();
        co_return rehearsed;
    }
    const ConfigPtr before = daemon_.config.jobs();
    const auto waiter = std::make_shared<ReloadWaiter>(
        ReloadWaiter{asio::steady_timer{daemon_.io, asio::steady_timer::time_point::max()}, std::nullopt});
    reload_waiters_.push_back(waiter);
    daemon_.reload();
    while (!waiter->outcome) {
        boost::system::error_code ignored;
        co_await waiter->told.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    control::Reload outcome = std::move(*waiter->outcome);
    const auto change = std::make_shared<ConfigChange>();
    std::function<void()> compare = [before, after = daemon_.config.jobs(), change] {
        *change = change_between(*before, *after);
    };
    co_await off_loop(daemon_.io.get_executor(), workers_.brisk.front(), std::move(compare));
    outcome.change = std::move(*change);
    co_return outcome;
}

Async<std::vector<control::NotifyAnswer>> ServedApi::test_notify(std::string target) {
    std::vector<notify::TestAnswer> said = co_await notifier_->test(std::move(target));
    std::vector<control::NotifyAnswer> answers;
    for (notify::TestAnswer& answer : said)
        answers.push_back({std::move(answer.target), answer.is_delivered, std::move(answer.detail), answer.took});
    co_return answers;
}

/// Reads it as a reload would, and lets it go again.
Async<control::Reload> ServedApi::rehearse() {
    struct Rehearsal {
        ConfigReading reading;
        ConfigPtr before;
        ConfigChange change;
    };
    auto rehearsal = std::make_shared<Rehearsal>();
    rehearsal->before = daemon_.config.jobs();
    std::function<void()> read = [this, rehearsal] {
        rehearsal->reading = daemon_.read();
        if (rehearsal->reading.settings)
            rehearsal->change = change_between(*rehearsal->before, *rehearsal->reading.settings->config);
    };
    co_await off_loop(daemon_.io.get_executor(), daemon_.config_worker, std::move(read));
    control::Reload outcome{std::move(rehearsal->reading.errors),
                            std::move(rehearsal->reading.warnings),
                            {},
                            std::move(rehearsal->change),
                            false};
    if (!rehearsal->reading.http_problem.empty()) outcome.errors.push_back("error: " + rehearsal->reading.http_problem);
    if (rehearsal->reading.settings)
        outcome.objections = daemon_.config.objections_to(*rehearsal->reading.settings, loop_->engine());
    // A hundred thousand jobs take their time to be destroyed.
    daemon_.config_worker.run([gone = std::move(rehearsal)]() mutable { gone.reset(); });
    co_return outcome;
}

void ServedApi::note_request(std::string_view method, std::string_view pattern, int status, Duration took) {
    daemon_.metrics->on_request(method, pattern, status, took);
}

std::function<std::string()> ServedApi::scrape() {
    std::optional<bool> is_reload_good;
    if (last_reading_) is_reload_good = last_reading_->is_applied;
    return scrape_of({*loop_, daemon_.config, daemon_.life, daemon_.events, is_reload_good, *notifier_},
                     daemon_.metrics);
}

}  // namespace taktd
