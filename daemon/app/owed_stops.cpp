// SPDX-License-Identifier: Apache-2.0
// In order: a look, open, read secrets, recover, wait, close. The engine decides everything else.
#include "daemon/app/owed_stops.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app/process.hpp"
#include "daemon/core/rules/ends.hpp"
#include "daemon/log/log.hpp"
#include "daemon/runtime/engine_loop.hpp"
#include "daemon/store/sqlite/lock_file.hpp"
#include "daemon/store/sqlite/reader.hpp"
#include "daemon/store/sqlite/store_place.hpp"
#include "daemon/store/store_error.hpp"
#include "providers/registry.hpp"

namespace taktd {
namespace {

using SteadyTime = asio::steady_timer::time_point;
using SteadyClock = std::chrono::steady_clock;

constexpr Duration kDrainMax = std::chrono::seconds{2};  // for the last calls in flight

bool owes(const RunRow& run) { return run.obligation == Obligation::open; }

std::vector<LimiterRow> joined(const std::vector<LimiterRow>& stored, const std::vector<LimiterRow>& used) {
    std::map<std::string, LimiterRow> by_account;
    for (const auto& debt : stored) by_account.insert_or_assign(debt.account, debt);
    for (const auto& debt : used) by_account.insert_or_assign(debt.account, debt);
    std::vector<LimiterRow> all;
    for (auto& [account, debt] : by_account) all.push_back(std::move(debt));
    return all;
}

class Session {
public:
    Session(OwedStopsOptions options, std::unique_ptr<Store> store)
        : options_{std::move(options)},
          boot_id_{read_boot_id()},
          credentials_{[](const Secret& secret) { log::register_secret(secret); }},
          signals_{io_.get_executor(), SIGINT, SIGTERM},
          changed_{io_.get_executor()},
          client_{create_http_client(io_.get_executor())},
          store_{std::move(store)} {
        for (const auto& entry : providers()) adapters_.add(entry.type, entry.create_adapter());
    }

    OwedStopsReport run() {
        Snapshot snapshot = store_->load_owed();
        for (const auto& damage : snapshot.damage) report_.problems.push_back("the store is damaged: " + damage);
        was_clean_ = snapshot.clean_stop;
        stored_debts_ = snapshot.limiters;
        choose(snapshot);
        leave_out_what_cannot_be_sent(snapshot);
        if (!snapshot.live.empty()) deliver(std::move(snapshot));
        close();
        return finished_report();
    }

private:
    /// What this session is about stays in the snapshot; the rest is not even looked at.
    void choose(Snapshot& snapshot) {
        const Now now = read_time();
        const Now latest{now.wall + options_.timeout, now.boot + options_.timeout};
        std::erase_if(snapshot.live, [&](const RecoveredRun& live) {
            if (!owes(live.run)) return true;
            if (!options_.due_only || is_stop_due(live.run, live.newest_row, now, boot_id_)) {
                ours_.insert(live.run.id);
                return false;
            }
            // What falls due while the session lasts must not wait for its end.
            return !is_stop_due(live.run, live.newest_row, latest, boot_id_);
        });
        if (ours_.empty()) snapshot.live.clear();
        for (const auto& live : snapshot.live) rows_[live.run.id] = live.run;
    }

    void leave_out_what_cannot_be_sent(Snapshot& snapshot) {
        std::set<std::string> told;
        for (const auto& live : snapshot.live) credentials_.is_ready(*live.run.plan.provider);  // all at once
        std::vector<std::string> problems;
        std::erase_if(snapshot.live, [&](const RecoveredRun& live) {
            const ProviderSpec& provider = *live.run.plan.provider;
            const std::string why = problem_with(provider);
            if (why.empty()) return false;
            if (ours_.contains(live.run.id) && told.insert(provider.name + why).second)
                problems.push_back("provider " + provider.name + ": " + why);
            return true;
        });
        for (const auto& problem : problems) log::error("cannot stop runs", {{"cause", problem}});
        std::ranges::move(problems, std::back_inserter(report_.problems));
    }

    std::string problem_with(const ProviderSpec& provider) {
        if (adapters_.find(provider.type) == nullptr) return "this build has no adapter of type " + provider.type;
        const auto read = credentials_.get(provider, patience_);
        if (credentials_.is_being_read(provider)) patience_ = Duration::zero();  // the others have hung as long
        return read ? std::string{} : "its credentials cannot be read: " + read.error();
    }

    void deliver(Snapshot snapshot) {
        loop_ = std::make_unique<EngineLoop>(io_.get_executor(), EngineLoop::Parts{.store = *store_,
                                                                                   .client = *client_,
                                                                                   .adapters = adapters_,
                                                                                   .credentials = credentials_,
                                                                                   .seed = draw_seed()});
        loop_->on_rows([this](const std::vector<Row>& rows) { note(rows); });
        loop_->on_change([this] { changed_.cancel(); });
        deadline_ = SteadyClock::now() + options_.timeout;
        asio::co_spawn(io_, live(std::move(snapshot)), [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
        try {
            io_.run();
        } catch (const std::exception& e) {
            // As in the daemon: whatever is in flight ends as in a crash, and recovery knows what to do about it.
            log::error("internal error; it ends as if it had crashed", {{"cause", std::string_view{e.what()}}});
            log::flush();
            std::_Exit(EXIT_FAILURE);
        }
    }

    void note(const std::vector<Row>& rows) {
        for (const auto& row : rows) {
            const auto* run = std::get_if<RunRow>(&row);
            if (run == nullptr) continue;
            rows_[run->id] = *run;
            if (run->state == RunState::stopping) ours_.insert(run->id);
            if (!owes(*run)) {
                owed_.erase(run->id);
            } else if (ours_.contains(run->id)) {
                owed_.insert(run->id);
            }
        }
    }

    Async<void> live(Snapshot snapshot) {
        for (const auto& live : snapshot.live)
            if (ours_.contains(live.run.id)) owed_.insert(live.run.id);
        listen();
        loop_->recover(std::move(snapshot), boot_id_);
        log::info("stopping what is owed", {{"runs", owed_.size()}, {"timeout", to_text(options_.timeout)}});
        if (!options_.due_only) stop_every_run();
        while (owed_.size() > 0 && !report_.interrupted && SteadyClock::now() < deadline_) {
            co_await wait_for_change(deadline_);
        }
        report_.timed_out = owed_.size() > 0 && !report_.interrupted;
        const SteadyTime drained_by = SteadyClock::now() + kDrainMax;
        // A stop whose intent is on its way to the disk leaves as soon as it is there, and is to be answered, too.
        while ((loop_->calls_in_flight() > 0 || !loop_->is_durable()) && SteadyClock::now() < drained_by) {
            co_await wait_for_change(drained_by);
        }
        loop_->close();
        while (loop_->calls_in_flight() > 0) {
            co_await wait_for_change(SteadyTime::max());
        }
        const SteadyTime durable_by = SteadyClock::now() + kDurableMax;
        while (!loop_->is_durable() && SteadyClock::now() < durable_by) {
            co_await wait_for_change(durable_by);
        }
        if (!loop_->is_durable())
            report_.problems.push_back("some rows could not be written to " + options_.store_path +
                                       "; the next taktd or stop-all does again what they recorded");
        signals_.cancel();
        client_->close_idle();
    }

    void stop_every_run() {
        std::vector<std::tuple<WallTime, RunId>> in_order;
        for (const auto& id : owed_) in_order.emplace_back(rows_.at(id).stop_due, id);
        std::ranges::sort(in_order);
        CommandId command = 0;
        for (const auto& [due, id] : in_order) {
            loop_->take(Command{++command, options_.actor, StopRun{id, options_.reason}, "offline"});
        }
    }

    Async<void> wait_for_change(SteadyTime deadline) {
        boost::system::error_code ignored;
        changed_.expires_at(deadline);
        co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    void listen() {
        signals_.async_wait([this](boost::system::error_code error, int) {
            if (error) return;
            report_.interrupted = true;
            changed_.cancel();
        });
    }

    /// The clean mark says that the buckets' debts are known. After a crash they are not, whatever happened here.
    void close() {
        std::vector<LimiterRow> used;
        if (loop_) used = loop_->engine().limiter_rows(read_time());
        loop_.reset();
        if (was_clean_ && !store_->close_clean(joined(stored_debts_, used), kDurableMax))
            report_.problems.push_back("the store " + options_.store_path + " could not be closed in order");
        store_.reset();
    }

    OwedStopsReport finished_report() {
        for (const auto& id : ours_) report_.runs.push_back(std::move(rows_.at(id)));
        std::ranges::sort(report_.runs, {}, [](const RunRow& run) { return std::tie(run.stop_due, run.id); });
        return std::move(report_);
    }

    const OwedStopsOptions options_;
    const std::string boot_id_;
    asio::io_context io_{1};
    AdapterTable adapters_;
    CredentialCache credentials_;
    Duration patience_ = CredentialCache::kPatience;
    asio::signal_set signals_;
    asio::steady_timer changed_;  // cancelled after each step
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<EngineLoop> loop_;
    bool was_clean_ = false;
    std::vector<LimiterRow> stored_debts_;
    SteadyTime deadline_;
    std::set<RunId> ours_;          // what the session is about
    std::set<RunId> owed_;          // of these, what the engine has still to stop
    std::map<RunId, RunRow> rows_;  // as last written
    OwedStopsReport report_;
};

/// Costs little and changes nothing: a timer asks every minute. What cannot be read is due, so that whoever opens the
/// store for writing says what is wrong with it.
bool is_anything_due(const std::string& store_path) {
    auto reader = Reader::open(store_path);
    if (!reader) return true;
    const Now now = read_time();
    const std::string boot_id = read_boot_id();
    try {
        const std::vector<RunRow> owed = reader->open_obligations();
        const auto is_due = [&](const RunRow& run) { return is_stop_due(run, run.updated, now, boot_id); };
        if (std::ranges::any_of(owed, is_due)) return true;
        const auto is_of_this_boot = [&](const RunRow& run) { return run.boot_id == boot_id; };
        if (std::ranges::all_of(owed, is_of_this_boot)) return false;
        // In another boot the newest row of a run counts, which may be one of its calls.
        return std::ranges::any_of(reader->snapshot().live, [&](const RecoveredRun& live) {
            return is_stop_due(live.run, live.newest_row, now, boot_id);
        });
    } catch (const StoreError&) {
        return true;
    }
}

}  // namespace

bool OwedStopsReport::is_all_delivered() const { return problems.empty() && std::ranges::none_of(runs, owes); }

Result<OwedStopsReport, StoreRefusal> deliver_owed_stops(OwedStopsOptions options) {
    harden_process();
    const auto place = locate_store(options.store_path);
    if (!place) return unexpected{StoreRefusal{false, place.error()}};
    if (!place->is_there) {
        // Of all that can be wrong with a store, this alone may mean that no daemon has ever used it.
        OwedStopsReport nothing;
        nothing.no_store = true;
        if (options.due_only) return nothing;
        return unexpected{StoreRefusal{false, "there is no store " + options.store_path}};
    }
    options.store_path = place->path;
    if (options.due_only && !is_anything_due(options.store_path)) return OwedStopsReport{};
    auto store = Store::open({.path = options.store_path, .checks = false});
    if (!store) return unexpected{StoreRefusal{LockFile::holder(options.store_path).has_value(), store.error()}};
    try {
        return Session{std::move(options), std::move(*store)}.run();
    } catch (const StoreError& error) {
        return unexpected{StoreRefusal{false, error.what()}};
    }
}

}  // namespace taktd
