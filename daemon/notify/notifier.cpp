// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/notifier.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/log/log.hpp"
#include "daemon/runtime/clock.hpp"

namespace taktd::notify {

struct Notifier::Target {
    Target(asio::any_io_executor executor, std::string its_name, std::uint64_t seed, Lane::Gather gather)
        : name{std::move(its_name)}, lane{Pace{}, seed, std::move(gather)}, changed{executor} {}

    /// It can be told something now.
    bool is_usable() const { return endpoint && endpoint->problem.empty() && !is_gone; }

    const std::string name;
    std::optional<NotifyEndpoint> endpoint{};  ///< none: it is in no config that is known
    Lane lane;
    asio::steady_timer changed;  ///< cancelled when there is something new
    Counts counts{};
    bool is_gone = false;  ///< it has answered 410
    bool is_sending = false;
    std::string last_why{};  ///< of the failure that the log was told of
};

Notifier::Notifier(Parts parts)
    : parts_{std::move(parts)}, ids_{parts_.seed}, lanes_{parts_.executor}, idle_{parts_.executor} {}

Notifier::~Notifier() = default;

Notifier::Target& Notifier::target_named(const std::string& name) {
    auto& target = targets_[name];
    if (target) return *target;
    // What it gathers is this target's, which lives as long as its lane.
    target = std::make_unique<Target>(
        parts_.executor, name, parts_.seed + targets_.size(),
        [this, name](const std::vector<OutboxRow>& rows) { return gathered(*targets_.at(name), rows); });
    if (!is_closed_) lanes_.spawn(serve(*target));
    return *target;
}

void Notifier::take(std::vector<NotifyEndpoint> endpoints, ZonePtr zone, ConfigPtr config, std::string dashboard) {
    zone_ = std::move(zone);
    config_ = std::move(config);
    dashboard_ = std::move(dashboard);
    has_config_ = true;
    for (auto& [name, target] : targets_) target->endpoint.reset();
    for (NotifyEndpoint& endpoint : endpoints) {
        if (!endpoint.problem.empty())
            log::error("a target cannot be told anything until this is mended and the config reloaded",
                       {{"target", endpoint.settings.name}, {"cause", endpoint.problem}});
        Target& target = target_named(endpoint.settings.name);
        target.lane.renew(pace_of(endpoint.settings.kind));
        target.endpoint = std::move(endpoint);
        target.is_gone = false;
        target.last_why.clear();
    }
    for (auto& [name, target] : targets_) target->changed.cancel();
}

bool Notifier::has_target(const std::string& name) const {
    const auto found = targets_.find(name);
    return found != targets_.end() && found->second->endpoint;
}

Teller Notifier::teller() const {
    return {.source = "/taktd/" + parts_.host, .dashboard = dashboard_, .config = config_};
}

std::vector<OutboxRow> Notifier::rows_of(const Notice& notice) {
    std::vector<OutboxRow> rows;
    const auto job = config_->jobs.find(notice.job);
    const Job* const known_job = job == config_->jobs.end() ? nullptr : job->second.get();
    const WallTime now = read_time().wall;
    std::optional<NoticeId> id;
    for (auto& [name, target] : targets_) {
        if (!target->endpoint || target->is_gone) continue;
        const NotifyTarget& settings = target->endpoint->settings;
        if (!settings.wants(notice.type, notice.provider, known_job)) continue;
        if (!id) id = NoticeId{ids_.next(now)};
        const Wording words = words_of(notice, settings.locale, *zone_);
        rows.push_back({.event = *id,
                        .target = name,
                        .type = notice.type,
                        .job = notice.job,
                        .run = notice.run ? std::optional{notice.run->id} : std::nullopt,
                        .body = cloud_event(notice, *id, words, teller()),
                        .created = now,
                        .next = target->lane.first_try(notice.type, notice.job, notice.wait, now)});
    }
    return rows;
}

OutboxRow Notifier::gathered(Target& target, const std::vector<OutboxRow>& rows) {
    const WallTime now = read_time().wall;
    const NoticeId id{ids_.next(now)};
    std::vector<std::string> events;
    for (const OutboxRow& row : rows) events.push_back(row.body);
    const Locale locale = target.endpoint ? target.endpoint->settings.locale : Locale::en;
    return {.event = id,
            .target = target.name,
            .type = rows.front().type,
            .body = gathered_event(rows.front().type, id, events, now, locale, teller()),
            .created = rows.front().created,
            .next = now};
}

void Notifier::add_to(std::vector<Row>& rows) {
    std::vector<OutboxRow> added;
    for (const Notice& notice : maker_.notices_of(rows)) std::ranges::move(rows_of(notice), std::back_inserter(added));
    for (const Row& row : rows) {
        const auto* transition = std::get_if<TransitionRow>(&row);
        if (transition == nullptr || transition->from != RunState::unconfirmed) continue;
        for (auto& [name, target] : targets_)
            std::ranges::move(target->lane.withdraw(transition->run, NoticeType::run_unconfirmed),
                              std::back_inserter(added));
    }
    for (OutboxRow& row : added) {
        unwritten_ += row.done ? 0 : 1;
        rows.emplace_back(std::move(row));
    }
}

void Notifier::tell(const Notice& notice) {
    std::vector<Row> rows;
    for (OutboxRow& row : rows_of(notice)) rows.emplace_back(std::move(row));
    unwritten_ += rows.size();
    if (!rows.empty()) parts_.append(std::move(rows));
}

void Notifier::on_recovered(const Snapshot& snapshot) {
    maker_.note(snapshot);
    for (const OutboxRow& row : snapshot.outbox) add(row);
}

/// It is on the disk. What has been settled meanwhile need not be told any more.
void Notifier::add(const OutboxRow& row) {
    if (row.type == NoticeType::run_unconfirmed && row.run && row.attempts == 0 && !maker_.is_unconfirmed(*row.run)) {
        std::vector<Row> rows;
        rows.emplace_back(row);
        std::get<OutboxRow>(rows.front()).done = true;
        return parts_.append(std::move(rows));
    }
    Target& target = target_named(row.target);
    target.lane.add(row);
    target.changed.cancel();
}

void Notifier::on_committed(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        const auto* waiting = std::get_if<OutboxRow>(&row);
        // Those that were tried stand in their lane already.
        if (waiting == nullptr || waiting->done || waiting->attempts > 0) continue;
        --unwritten_;
        add(*waiting);
    }
}

void Notifier::on_overdue(const OverdueWatch::Overdue& stop) { tell(maker_.overdue(stop, read_time().wall)); }

// The outbox is in the very store that is down: what is told of it lives in memory alone.
void Notifier::on_store(bool is_up) {
    const Notice notice{.type = is_up ? NoticeType::store_up : NoticeType::store_down, .at = read_time().wall};
    for (const OutboxRow& row : rows_of(notice)) add(row);
}

Async<void> Notifier::serve(Target& target) {
    constexpr Duration kLookAgain = std::chrono::minutes{1};  // a wall clock that is set tells nobody here
    while (!is_closed_) {
        const Now now = read_time();
        if (has_config_) give_up_old(target, now.wall);
        Lane::Step step{.rows = target.lane.shrink()};
        if (step.rows.empty() && target.is_usable()) step = target.lane.step(now);
        if (!step.rows.empty()) {
            std::vector<Row> rows;
            for (OutboxRow& row : step.rows) rows.emplace_back(std::move(row));
            ++unwritten_;
            parts_.append(std::move(rows));  // on_committed() brings what it was gathered into
            continue;
        }
        if (step.send) {
            target.is_sending = true;
            const Verdict verdict = co_await deliver(target, *step.send);
            target.is_sending = false;
            if (is_closed_) break;  // it is sent once more, under the same id
            settle(target, *step.send, verdict);
            continue;
        }
        idle_.cancel();
        const Duration wait = step.until ? std::clamp(*step.until - now.wall, Duration{1}, kLookAgain) : kLookAgain;
        target.changed.expires_after(target.lane.is_empty() ? Duration{std::chrono::hours{1}} : wait);
        boost::system::error_code ignored;
        co_await target.changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

Async<Verdict> Notifier::deliver(const Target& target, const OutboxRow& row) {
    const NotifyEndpoint endpoint = *target.endpoint;  // a reload may replace it meanwhile
    const WallTime now = read_time().wall;
    if (endpoint.settings.kind == NotifyTarget::Kind::command) {
        CommandInput input = input_of(endpoint.settings, row.event, row.body, parts_.host, now);
        std::vector<std::string> argv = endpoint.settings.argv;
        Verdict verdict = co_await commands_.run(parts_.executor, std::move(argv), std::move(input), kTimeout);
        co_return verdict;
    }
    const auto parsed = parse_endpoint(endpoint.endpoint);
    HttpExchange exchange;
    exchange.endpoint = parsed.value_or(Endpoint{});
    exchange.request = request_for(endpoint, row.event, row.body, now, parts_.agent);
    exchange.request.headers.emplace_back("Host", exchange.endpoint.host_header());
    exchange.timeout = kTimeout;
    exchange.reuse = Reuse::recent;
    HttpResult result = co_await parts_.client.perform(std::move(exchange));
    Verdict verdict = result.response ? verdict_of(endpoint.settings, *result.response) : verdict_of(result.failure);
    co_return verdict;
}

void Notifier::settle(Target& target, const OutboxRow& sent, const Verdict& verdict) {
    const Now now = read_time();
    const OutboxRow row = target.lane.settle(sent, verdict, now);
    const bool is_delivered = verdict.kind == Verdict::Kind::delivered;
    if (is_delivered) {
        ++target.counts.delivered;
        if (!target.last_why.empty()) log::info("a target is reached again", {{"target", target.name}});
        target.last_why.clear();
    } else if (row.done) {
        ++target.counts.given_up;
        log::warning("a notification is given up",
                     {{"target", target.name}, {"type", name_of(row.type)}, {"cause", verdict.why}});
    } else {
        ++target.counts.retried;
    }
    if (verdict.kind == Verdict::Kind::gone && !target.is_gone) {
        target.is_gone = true;
        log::error(
            "a target refuses all further notifications (HTTP 410); it is told nothing until the config is reloaded",
            {{"target", target.name}});
    } else if (!is_delivered && !row.done && verdict.why != target.last_why) {
        // Each cause once: it is tried again for a day.
        const log::Field fields[]{{"target", target.name}, {"cause", verdict.why}};
        log::write(verdict.kind == Verdict::Kind::setting ? log::Level::error : log::Level::warning,
                   "a target has not taken a notification; it is tried again", fields);
        target.last_why = verdict.why;
    }
    std::vector<Row> rows;
    rows.emplace_back(row);
    parts_.append(std::move(rows));
}

/// Those that were never taken, of targets that cannot be told or have left the config, too.
void Notifier::give_up_old(Target& target, WallTime now) {
    std::vector<Row> rows;
    for (OutboxRow& row : target.lane.take_older(now, target.endpoint.has_value())) rows.emplace_back(std::move(row));
    if (rows.empty()) return;
    target.counts.given_up += rows.size();
    log::warning("notifications are given up",
                 {{"target", target.name},
                  {"count", rows.size()},
                  {"cause", target.endpoint ? "a day has passed" : "the config has no such target any more"}});
    parts_.append(std::move(rows));
}

Async<void> Notifier::test_one(Target& target, TestAnswer& answer) {
    const Now begin = read_time();
    answer.target = target.name;
    if (target.endpoint->problem.empty()) {
        const Notice notice{.type = NoticeType::test, .at = begin.wall};
        const NoticeId id{ids_.next(begin.wall)};
        const Wording words = words_of(notice, target.endpoint->settings.locale, *zone_);
        const OutboxRow row{.event = id,
                            .target = target.name,
                            .body = cloud_event(notice, id, words, teller()),
                            .created = begin.wall,
                            .next = begin.wall};
        const Verdict verdict = co_await deliver(target, row);
        answer.is_delivered = verdict.kind == Verdict::Kind::delivered;
        answer.detail = verdict.why;
    } else {
        answer.detail = target.endpoint->problem;
    }
    answer.took = read_time().boot - begin.boot;
}

Async<std::vector<TestAnswer>> Notifier::test(std::string name) {
    std::vector<Target*> asked;
    for (const auto& [its_name, target] : targets_) {
        if (target->endpoint && (name.empty() || its_name == name)) asked.push_back(target.get());
    }
    std::vector<TestAnswer> answers(asked.size());
    TaskGroup tests{parts_.executor};
    for (std::size_t i = 0; i < asked.size(); ++i) tests.spawn(test_one(*asked[i], answers[i]));
    co_await tests.join();
    co_return answers;
}

std::map<std::string, Counts> Notifier::counts() const {
    std::map<std::string, Counts> counts;
    for (const auto& [name, target] : targets_) {
        Counts one = target->counts;
        one.waiting = target->lane.size();
        one.oldest = target->lane.oldest();
        if (target->endpoint || one.waiting > 0) counts[name] = one;
    }
    return counts;
}

Async<void> Notifier::finish() {
    const BootTime deadline = read_time().boot + kLastWords;
    const auto is_busy = [this] {
        const Now now = read_time();
        return unwritten_ > 0 || std::ranges::any_of(targets_, [&](const auto& entry) {
                   const Target& target = *entry.second;
                   return target.is_sending || (target.is_usable() && target.lane.is_due(now.wall));
               });
    };
    for (BootTime now = read_time().boot; is_busy() && now < deadline; now = read_time().boot) {
        idle_.expires_after(deadline - now);
        boost::system::error_code ignored;
        co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

void Notifier::close() {
    is_closed_ = true;
    idle_.cancel();
    lanes_.cancel();
}

}  // namespace taktd::notify
