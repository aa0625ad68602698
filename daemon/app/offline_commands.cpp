// SPDX-License-Identifier: Apache-2.0
// The smallest shell that the engine can live in: what it appends is written, what it would send is not sent.
#include "daemon/app/offline_commands.hpp"

#include <algorithm>
#include <future>
#include <ranges>

#include "daemon/app/owed_stops.hpp"
#include "daemon/app/process.hpp"
#include "daemon/core/engine/engine.hpp"
#include "daemon/core/rules/clock_correction.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/store/sqlite/lock_file.hpp"
#include "daemon/store/sqlite/reader.hpp"
#include "daemon/store/sqlite/store_place.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/store_error.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd {
namespace {

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

/// What the engine appends for the command, written.
Result<std::vector<Row>> carry_out(Store& store, const std::string& path, Snapshot snapshot, Command command) {
    const Now now = read_time();
    Engine engine{draw_seed()};
    std::vector<Append> steps;
    const auto step = [&](const Event& event) {
        Effects effects = engine.step(event, now);
        if (effects.append) steps.push_back(std::move(*effects.append));
        return effects;
    };
    step(Recovered{past_of(std::move(snapshot), load_zone), read_boot_id()});
    const Effects effects = step(std::move(command));
    for (const auto& reply : effects.replies) {
        if (!reply.is_ok()) return unexpected{reply.text};
    }
    std::vector<Row> rows;
    for (const auto& appended : steps) rows.insert(rows.end(), appended.rows.begin(), appended.rows.end());
    if (!steps.empty() && !write(store, std::move(steps))) return unexpected{"it could not be written to " + path};
    return rows;
}

/// The engine is told of `run` alone, or of none: all others stay as they are.
Result<std::vector<Row>, StoreRefusal> perform(const OfflineStore& place, const std::optional<RunId>& run,
                                               Command command) {
    command.id = 1;
    command.actor = place.actor;
    command.via = "offline";
    const auto located = locate_store(place.path);
    if (!located) return unexpected{StoreRefusal{false, located.error()}};
    auto store = Store::open({.path = located->path, .checks = false});
    if (!store) return unexpected{StoreRefusal{LockFile::holder(located->path).has_value(), store.error()}};
    try {
        const Snapshot found = (*store)->load();
        Snapshot snapshot = found;
        std::erase_if(snapshot.live, [&](const RecoveredRun& live) { return live.run.id != run; });
        snapshot.cut_calls.clear();
        auto rows = carry_out(**store, place.path, std::move(snapshot), std::move(command));
        // Nothing was sent, so what a clean stop has left of the buckets is as true as before.
        if (found.clean_stop) (*store)->close_clean(found.limiters, kDurableMax);
        if (!rows) return unexpected{StoreRefusal{false, rows.error()}};
        return std::move(*rows);
    } catch (const StoreError& error) {
        return unexpected{StoreRefusal{false, error.what()}};
    }
}

}  // namespace

Result<RunRow, StoreRefusal> discharge_offline(const OfflineStore& store, const DischargeRun& command) {
    const auto rows = perform(store, command.run, {0, "", command});
    if (!rows) return unexpected{rows.error()};
    for (const Row& row : *rows | std::views::reverse) {
        const auto* run = std::get_if<RunRow>(&row);
        if (run != nullptr && run->id == command.run && !owes_stop(run->state)) return *run;
    }
    return unexpected{StoreRefusal{false, "run " + command.run.text() + " was not discharged"}};
}

Result<WallTime, StoreRefusal> correct_clock_offline(const OfflineStore& place, const std::string& reason) {
    try {
        auto reader = Reader::open(place.path);
        if (!reader) return unexpected{StoreRefusal{false, reader.error()}};
        const auto gaps = reader->gaps();
        auto store = Store::open({.path = place.path, .checks = false});
        if (!store) return unexpected{StoreRefusal{LockFile::holder(place.path).has_value(), store.error()}};
        const WallTime now = read_time().wall;
        Past past = past_of((*store)->load(), load_zone);
        const Snapshot& found = past.snapshot;
        if (!found.damage.empty())
            return unexpected{StoreRefusal{false, "the store is damaged: " + found.damage.front()}};
        auto rows = correct_clock(past, gaps, {.now = now, .actor = place.actor, .reason = reason});
        std::vector<Append> steps;
        steps.push_back({1, std::move(rows)});
        const bool is_written = write(**store, std::move(steps));
        for (LimiterRow& debt : past.snapshot.limiters) debt.at = std::min(debt.at, now);
        if (found.clean_stop) (*store)->close_clean(found.limiters, kDurableMax);
        if (!is_written) return unexpected{StoreRefusal{false, "it could not be written to " + place.path}};
        return now;
    } catch (const StoreError& error) {
        return unexpected{StoreRefusal{false, error.what()}};
    }
}

Result<std::vector<HoldRow>, StoreRefusal> set_hold_offline(const OfflineStore& store, const SetHold& command) {
    const auto rows = perform(store, std::nullopt, {0, "", command});
    if (!rows) return unexpected{rows.error()};
    auto reader = Reader::open(store.path);
    if (!reader) return unexpected{StoreRefusal{false, reader.error()}};
    return reader->holds();
}

}  // namespace taktd
