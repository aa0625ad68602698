// The smallest shell that the engine can live in: what it appends is written, what it would send is not sent.
#include "daemon/app/discharge.hpp"

#include <future>

#include "daemon/app/process.hpp"
#include "daemon/core/engine.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/store/lock_file.hpp"
#include "daemon/store/row_reading.hpp"
#include "daemon/store/store.hpp"

namespace taktd {
namespace {

constexpr Duration kDurableMax = std::chrono::seconds{10};

/// Writes the steps; false if they are not durable in time.
bool write(Store& store, std::vector<Append> steps) {
    const std::uint64_t last = steps.back().step;
    // Shared with the writer's thread, which may outlive the wait.
    const auto written = std::make_shared<std::promise<void>>();
    auto done = written->get_future();
    StoreEvents events;
    events.durable = [written, last](std::uint64_t step) {
        if (step == last) written->set_value();
    };
    store.start(std::move(events));
    for (auto& step : steps) store.append(step.step, std::move(step.rows));
    return done.wait_for(kDurableMax) == std::future_status::ready;
}

const RunRow* find(const std::vector<Append>& steps, const RunId& id) {
    const RunRow* found = nullptr;
    for (const auto& step : steps) {
        for (const auto& row : step.rows) {
            const auto* run = std::get_if<RunRow>(&row);
            if (run != nullptr && run->id == id) found = run;
        }
    }
    return found;
}

Result<RunRow> discharge(Store& store, Snapshot snapshot, const DischargeOptions& options) {
    // The engine is told of this run alone: all others stay as they are.
    std::erase_if(snapshot.live, [&](const RecoveredRun& live) { return live.run.id != options.run; });
    snapshot.cut_calls.clear();
    if (snapshot.live.empty() || !owes_stop(snapshot.live.front().run.state))
        return unexpected{"run " + options.run + " owes no stop"};

    const Now now = read_time();
    Engine engine{draw_seed()};
    std::vector<Append> steps;
    const auto step = [&](const Event& event) {
        Effects effects = engine.step(event, now);
        if (effects.append) steps.push_back(std::move(*effects.append));
        return effects;
    };
    step(Recovered{std::move(snapshot), read_boot_id()});
    const Effects effects = step(Command{1, options.actor, DischargeRun{options.run, options.reason}});
    for (const auto& reply : effects.replies) {
        if (!reply.ok) return unexpected{reply.text};
    }
    const RunRow* run = find(steps, options.run);
    if (run == nullptr || owes_stop(run->state)) return unexpected{"run " + options.run + " was not discharged"};
    RunRow left = *run;
    if (!write(store, std::move(steps))) return unexpected{"it could not be written to " + options.store_path};
    return left;
}

}  // namespace

Result<RunRow, DischargeRefusal> discharge_run(const DischargeOptions& options) {
    auto store = Store::open({.path = options.store_path});
    if (!store) return unexpected{DischargeRefusal{LockFile::holder(options.store_path).has_value(), store.error()}};
    try {
        const Snapshot snapshot = (*store)->load();
        auto run = discharge(**store, snapshot, options);
        // Nothing was sent, so what a clean stop has left of the buckets is as true as before.
        if (snapshot.clean_stop) (*store)->close_clean(snapshot.limiters, kDurableMax);
        if (!run) return unexpected{DischargeRefusal{false, run.error()}};
        return std::move(*run);
    } catch (const StoreError& error) {
        return unexpected{DischargeRefusal{false, error.what()}};
    }
}

}  // namespace taktd
