// SPDX-License-Identifier: Apache-2.0
// What the recorded calls show: each belongs to a run that meant it, was sent after it was meant, and at the pace that
// its account allows.
#include <algorithm>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/salvage/mend_runs.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/verify/verify_parts.hpp"

namespace taktd {
namespace {

/// Intent and sending are told by the wall clock; where that was set in between, they tell nothing.
constexpr Duration kSteadyClock = std::chrono::milliseconds{100};

/// R2: at most one start of a run may have had an effect. R3: and then its obligation was opened.
void check_starts(SQLite::Database& db, Violations& findings) {
    SQLite::Statement row{
        db,
        "SELECT r.id, r.job, r.obligation, count(*) FROM calls AS c JOIN runs AS r ON r.id = c.run_id "
        "WHERE c.action = 'start' AND (c.outcome IS NULL OR c.outcome IN ('accepted', 'uncertain')) "
        "GROUP BY r.id ORDER BY r.id"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a start call"};
        const RunId run = columns.id<RunId>();
        const std::string job = columns.text();
        const auto obligation = columns.word<Obligation>();
        const std::int64_t starts = columns.number();
        if (starts > 1) {
            findings.add("R2", run, job, std::to_string(starts) + " start calls of the run may have taken effect");
        }
        if (obligation == Obligation::none) {
            findings.add("R3", run, job, "a start of the run may have taken effect, but it carries no obligation");
        }
    }
}

/// R1: each start call was meant in a commit that opened the obligation, each stop call while the run was stopping. A
/// story that salvage had to mend tells nothing.
void check_intents(SQLite::Database& db, Violations& findings) {
    SQLite::Statement row{
        db, std::string{"SELECT c.run_id, r.job, sum(c.action = 'start'), sum(c.action <> 'start'), "
                        "(SELECT count(*) FROM transitions WHERE run_id = c.run_id AND to_state = 'starting'), "
                        "(SELECT count(*) FROM transitions WHERE run_id = c.run_id AND to_state = 'stopping') "
                        "FROM calls AS c JOIN runs AS r ON r.id = c.run_id "
                        "WHERE c.action IN ('start', 'stop', 'heal') AND NOT EXISTS "
                        "(SELECT 1 FROM transitions WHERE run_id = c.run_id AND actor = '"} +
                kSalvageActor + "') GROUP BY c.run_id ORDER BY c.run_id"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a run's calls"};
        const RunId run = columns.id<RunId>();
        const std::string job = columns.text();
        const std::int64_t starts = columns.number(), stops = columns.number();
        const std::int64_t meant_starts = columns.number(), meant_stops = columns.number();
        if (starts > meant_starts)
            findings.add("R1", run, job,
                         std::to_string(starts) + " start calls, but the run was 'starting' " +
                             std::to_string(meant_starts) + " times");
        if (stops > 0 && meant_stops == 0)
            findings.add("R1", run, job, "a stop call, but the run was never 'stopping'");
    }
}

/// R3: a call with an effect belongs to a run. The runs of old calls may have been pruned; but a start that may have
/// worked and is owed by nobody must not stand here.
void check_owners(SQLite::Database& db, Violations& findings) {
    SQLite::Statement row{db,
                          "SELECT id, run_id, action FROM calls WHERE (run_id IS NULL AND action IN "
                          "('start', 'pause', 'resume', 'heal')) OR (run_id IS NULL AND action = 'stop' AND "
                          // Only a foreign run is stopped without a run of ours.
                          "NOT EXISTS (SELECT 1 FROM foreign_runs WHERE foreign_runs.provider = calls.provider AND "
                          "first_seen_ns <= calls.intent_ns)) OR (action = 'start' AND run_id IS NOT NULL AND "
                          "(outcome IS NULL OR outcome IN ('accepted', 'uncertain')) AND "
                          "NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = calls.run_id)) ORDER BY id"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a call"};
        const std::string call = columns.text();
        const auto run = columns.optional_id<RunId>();
        findings.add("R3", run, {},
                     "the " + columns.text() + " call " + call +
                         (run ? " may have taken effect, and its run is not in the store" : " belongs to no run"));
    }
}

/// R1: written ahead. Only in boots whose wall clock was not set.
void check_order(SQLite::Database& db, Violations& findings) {
    SQLite::Statement row{
        db,
        "SELECT c.id, c.run_id, c.action, c.intent_ns - c.sent_ns FROM calls AS c WHERE c.action <> 'query' "
        "AND c.intent_ns - c.sent_ns > ?1 AND c.boot_id IN (SELECT boot_id FROM calls "
        "WHERE done_boot_ns > 0 GROUP BY boot_id "
        "HAVING max(done_ns - done_boot_ns) - min(done_ns - done_boot_ns) <= ?1) ORDER BY c.id"};
    row.bind(1, kSteadyClock.count());
    while (row.executeStep()) {
        ColumnReader columns{row, "a call"};
        const std::string call = columns.text();
        const auto run = columns.optional_id<RunId>();
        const std::string action = columns.text();
        findings.add("R1", run, {},
                     "the " + action + " call " + call + " was sent " + to_text(Duration{columns.number()}) +
                         " before its intent was written");
    }
}

/// The limits under which an account was called; of several (a reload changed them) the most generous.
std::map<std::string, RateLimit> limits_by_account(SQLite::Database& db) {
    std::map<std::string, RateLimit> limits;
    SQLite::Statement row{
        db,
        "SELECT stop_plan ->> '$.provider.account', min(stop_plan ->> '$.provider.rate_limit.interval_ns'), "
        "max(stop_plan ->> '$.provider.rate_limit.burst') FROM runs WHERE json_valid(stop_plan) GROUP BY 1"};
    while (row.executeStep()) {
        if (row.getColumn(0).isNull() || row.getColumn(1).isNull() || row.getColumn(2).isNull()) continue;
        RateLimit& limit = limits[row.getColumn(0).getString()];
        limit.interval = Duration{row.getColumn(1).getInt64()};
        limit.burst = row.getColumn(2).getInt();
    }
    return limits;
}

void check_limits(SQLite::Database& db, Violations& findings) {
    const auto limits = limits_by_account(db);
    SQLite::Statement row{db,
                          "SELECT account, boot_id, sent_boot_ns, id FROM calls WHERE sent_boot_ns IS NOT NULL "
                          "ORDER BY account, boot_id, sent_boot_ns"};
    std::string account, boot_id;
    Duration full_at{};  // GCRA's theoretical arrival time
    bool told = false;
    while (row.executeStep()) {
        ColumnReader columns{row, "a call"};
        std::string this_account = columns.text();
        std::string this_boot = columns.text();
        const Duration sent{columns.number()};
        const auto limit = limits.find(this_account);
        if (limit == limits.end()) continue;
        if (this_account != account || this_boot != boot_id) {
            account = std::move(this_account);
            boot_id = std::move(this_boot);
            full_at = sent;
            told = false;
        }
        const Duration tolerance = limit->second.interval * (limit->second.burst - 1) + kReleaseToSentMax;
        if (sent < full_at - tolerance && !told) {
            told = true;  // once per account and boot: what follows is the same crowd
            findings.add("R6", std::nullopt, {},
                         "account " + in_quotes(account) + " got more than its limit allows (one per " +
                             to_text(limit->second.interval) + ", burst " + std::to_string(limit->second.burst) +
                             "), first with call " + columns.text());
        }
        full_at = std::max(full_at, sent) + limit->second.interval;
    }
}

}  // namespace

void check_calls(SQLite::Database& db, Violations& findings) {
    check_starts(db, findings);
    check_intents(db, findings);
    check_owners(db, findings);
    check_order(db, findings);
    check_limits(db, findings);
}

}  // namespace taktd
