// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/row_writer.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/json/detail_json.hpp"
#include "daemon/store/json/stop_plan_json.hpp"
#include "daemon/store/json/text.hpp"
#include "daemon/store/sqlite/clock_correction_sql.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/sql_text.hpp"

namespace taktd {
namespace {

/// Binds a statement's parameters from left to right. What is bound must live until the statement has run.
class Binder {
public:
    explicit Binder(SQLite::Statement& statement) : statement_{statement} { statement_.reset(); }

    /// Never cut, and made by this program: bound as it is.
    Binder& own(const std::string& text) {
        statement_.bindNoCopy(next_++, text);
        return *this;
    }
    template <class Tag>
    Binder& id(const Id<Tag>& id) {
        Uuid::Text& text = ids_.at(ids_bound_++);
        text = id.chars();
        statement_.bindNoCopy(next_++, text.data());
        return *this;
    }
    template <class Tag>
    Binder& id_or_null(const std::optional<Id<Tag>>& value) {
        return value ? id(*value) : null();
    }
    Binder& text(const std::string& text, std::size_t bytes_max = kUncut) {
        if (text.size() <= bytes_max && is_storable_text(text)) {
            statement_.bindNoCopy(next_++, text);
        } else {
            statement_.bind(next_++, storable_text(text, bytes_max));
        }
        return *this;
    }
    Binder& text_or_null(const std::string& value, std::size_t bytes_max = kUncut) {
        return value.empty() ? null() : text(value, bytes_max);
    }
    Binder& text_or_null(const std::optional<std::string>& value) { return value ? text(*value) : null(); }
    template <class Enum>
    Binder& word(Enum value) {
        const std::string_view spelling = name_of(value);
        if (spelling.empty()) return null();
        statement_.bindNoCopy(next_++, spelling.data());  // the names are literals: they end in NUL
        return *this;
    }
    Binder& number(std::int64_t value) {
        statement_.bind(next_++, value);
        return *this;
    }
    Binder& time(WallTime value) { return number(to_ns(value)); }
    template <class Time>
    Binder& time(const std::optional<Time>& value) {
        return value ? number(to_ns(*value)) : null();
    }
    Binder& null() {
        statement_.bind(next_++);
        return *this;
    }
    /// Runs it; the number of rows it has changed.
    int run() { return statement_.exec(); }

private:
    SQLite::Statement& statement_;
    int next_ = 1;
    std::array<Uuid::Text, 2> ids_;  // no statement has more
    std::size_t ids_bound_ = 0;
};

constexpr const char* kUpsertRun =
    "INSERT INTO runs (" TAKTD_RUN_COLUMNS
    ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
    "ON CONFLICT (id) DO UPDATE SET provider = excluded.provider, task_key = excluded.task_key, state = "
    "excluded.state, "
    "reason = excluded.reason, task = excluded.task, stop_plan = excluded.stop_plan, baseline = excluded.baseline, "
    "stop_due_ns = excluded.stop_due_ns, max_end_ns = excluded.max_end_ns, "
    "stop_due_boot_ns = excluded.stop_due_boot_ns, max_end_boot_ns = excluded.max_end_boot_ns, "
    "boot_id = excluded.boot_id, vendor_run_id = excluded.vendor_run_id, vendor_task_id = excluded.vendor_task_id, "
    "remote_state = excluded.remote_state, seen_active = excluded.seen_active, obligation = excluded.obligation, "
    "residue = excluded.residue, waits_for = excluded.waits_for, waits_since_ns = excluded.waits_since_ns, "
    "updated_ns = excluded.updated_ns "
    // Leaving the identity out of SET spares its indexes; a change of it is a program's error, found by run() == 0.
    // (A correction of the clock takes the occurrence from a run that was skipped.)
    "WHERE job = excluded.job AND (occurrence_ns IS excluded.occurrence_ns OR occurrence_ns IS NULL AND state = "
    "'skipped') AND request_key IS excluded.request_key "
    "AND origin = excluded.origin AND start_due_ns = excluded.start_due_ns AND created_ns = excluded.created_ns";

constexpr const char* kInsertTransition = "INSERT INTO transitions (" TAKTD_TRANSITION_COLUMNS
                                          ") VALUES (?,?,?,?,?,?,?,?) "
                                          "ON CONFLICT (run_id, seq) DO NOTHING";

constexpr const char* kSameTransition =
    "SELECT 1 FROM transitions WHERE run_id = ? AND seq = ? AND from_state IS ? AND to_state = ? AND at_ns = ?";

// What an intent has recorded stays when the result brings nothing for it.
constexpr const char* kUpsertCall =
    "INSERT INTO calls (" TAKTD_CALL_COLUMNS
    ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
    "ON CONFLICT (id) DO UPDATE SET method = coalesce(excluded.method, method), "
    "target = coalesce(excluded.target, target), request_body = coalesce(excluded.request_body, request_body), "
    "response_body = coalesce(excluded.response_body, response_body), "
    "sent_ns = coalesce(excluded.sent_ns, sent_ns), sent_boot_ns = coalesce(excluded.sent_boot_ns, sent_boot_ns), "
    "boot_id = excluded.boot_id, bytes_sent = excluded.bytes_sent, done_ns = excluded.done_ns, "
    "done_boot_ns = excluded.done_boot_ns, outcome = excluded.outcome, http_status = excluded.http_status, "
    "vendor_code = excluded.vendor_code, vendor_message = excluded.vendor_message, "
    "vendor_extend = excluded.vendor_extend, vendor_run_id = excluded.vendor_run_id, "
    "request_id = excluded.request_id, retry_after_ns = excluded.retry_after_ns";

constexpr const char* kLinkCall = "INSERT INTO call_runs (run_id, call_id) VALUES (?,?) ON CONFLICT DO NOTHING";

constexpr const char* kUpsertJobState =
    "INSERT INTO job_state (job, schedule, watermark_ns, disabled, until_ns, reason, actor) VALUES (?,?,?,?,?,?,?) "
    "ON CONFLICT (job) DO UPDATE SET schedule = excluded.schedule, watermark_ns = excluded.watermark_ns, "
    "disabled = excluded.disabled, until_ns = excluded.until_ns, reason = excluded.reason, actor = excluded.actor";

constexpr const char* kUpsertGap =
    "INSERT INTO gaps (job, first_ns, last_ns, count, reason, recorded_ns) VALUES (?,?,?,?,?,?) "
    "ON CONFLICT (job, first_ns) DO UPDATE SET last_ns = excluded.last_ns, count = excluded.count, "
    "reason = excluded.reason, recorded_ns = excluded.recorded_ns";

constexpr const char* kUpsertLimiter =
    "INSERT INTO limiters (account, debt_ns, interval_ns, boot_ns, at_ns, boot_id) VALUES (?,?,?,?,?,?) "
    "ON CONFLICT (account) DO UPDATE SET debt_ns = excluded.debt_ns, interval_ns = excluded.interval_ns, boot_ns = "
    "excluded.boot_ns, "
    "at_ns = excluded.at_ns, boot_id = excluded.boot_id";

constexpr const char* kUpsertLimit =
    "INSERT INTO limits (account, interval_ns, burst, told_ns) VALUES (?,?,?,?) "
    "ON CONFLICT (account) DO UPDATE SET interval_ns = excluded.interval_ns, burst = excluded.burst, "
    "told_ns = excluded.told_ns";

constexpr const char* kUpsertHold =
    "INSERT INTO holds (scope, reason, actor, since_ns, until_ns) VALUES (?,?,?,?,?) "
    "ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, actor = excluded.actor, "
    "since_ns = excluded.since_ns, until_ns = excluded.until_ns";

constexpr const char* kUpsertForeign =
    "INSERT INTO foreign_runs (task_key, provider, job, first_seen_ns, last_seen_ns, remote_state, token, ended) "
    "VALUES (?,?,?,?,?,?,?,?) "
    "ON CONFLICT (task_key, first_seen_ns) DO UPDATE SET provider = excluded.provider, job = excluded.job, "
    "last_seen_ns = excluded.last_seen_ns, remote_state = excluded.remote_state, token = excluded.token, "
    "ended = excluded.ended";

constexpr const char* kUpsertLastLook =
    "INSERT INTO last_looks (run_id, due_ns) VALUES (?,?) ON CONFLICT (run_id) DO UPDATE SET due_ns = excluded.due_ns";

constexpr const char* kInsertAction =
    "INSERT INTO actions (at_ns, command, actor, via, action, target, reason, detail, ok) VALUES (?,?,?,?,?,?,?,?,?) "
    "ON CONFLICT (at_ns, command) DO NOTHING";

constexpr const char* kUpsertOutbox =
    "INSERT INTO outbox (event_id, target, kind, job, run_id, body, created_ns, attempts, next_ns) "
    "VALUES (?,?,?,?,?,?,?,?,?) "
    "ON CONFLICT (event_id, target) DO UPDATE SET attempts = excluded.attempts, next_ns = excluded.next_ns";

constexpr const char* kNewest =
    "INSERT INTO meta (key, value) VALUES ('newest_ns', ?) "
    "ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)";

// What an error calls a row.
std::string words_for(const RunRow& r) { return "run " + r.id.text(); }
std::string words_for(const TransitionRow& t) {
    return "transition " + std::to_string(t.seq) + " of run " + t.run.text();
}
std::string words_for(const CallRow& c) { return "call " + c.id.text(); }
std::string words_for(const JobStateRow& j) { return "state of job " + j.job; }
std::string words_for(const GapRow& g) { return "gap of job " + g.job; }
std::string words_for(const LimiterRow& l) { return "limiter " + l.account; }
std::string words_for(const LimitRow& l) { return "limit of " + l.account; }
std::string words_for(const ForeignRow& f) { return "foreign run of " + f.task_key; }
std::string words_for(const LastLookRow& l) { return "last look at run " + l.run.text(); }
std::string words_for(const ClockRow&) { return "correction of the clock"; }
std::string words_for(const ActionRow& a) { return "action " + a.action + " of " + a.actor; }
std::string words_for(const OutboxRow& o) { return "notification " + o.event.text() + " to " + o.target; }
std::string words_for(const HoldRow& h) { return "hold '" + h.scope + "'"; }

}  // namespace

struct RowWriter::Statements {
    explicit Statements(SQLite::Database& db)
        : database{db},
          run{db, kUpsertRun},
          transition{db, kInsertTransition},
          same_transition{db, kSameTransition},
          call{db, kUpsertCall},
          link{db, kLinkCall},
          job_state{db, kUpsertJobState},
          gap{db, kUpsertGap},
          limiter{db, kUpsertLimiter},
          limit{db, kUpsertLimit},
          hold{db, kUpsertHold},
          foreign{db, kUpsertForeign},
          release{db, "DELETE FROM holds WHERE scope = ?"},
          last_look{db, kUpsertLastLook},
          looked{db, "DELETE FROM last_looks WHERE run_id = ?"},
          replace{db, "DELETE FROM calls WHERE id = ? AND action = 'query'"},
          action{db, kInsertAction},
          outbox{db, kUpsertOutbox},
          told{db, "DELETE FROM outbox WHERE event_id = ? AND target = ?"},
          newest{db, kNewest} {}

    SQLite::Database& database;
    SQLite::Statement run, transition, same_transition, call, link, job_state, gap, limiter, limit, hold, foreign,
        release, last_look, looked, replace, action, outbox, told, newest;
    StopPlanWriter plans;
    WallTime newest_seen{};

    void seen(WallTime at) { newest_seen = std::max(newest_seen, at); }

    void write(const RunRow& r) {
        const std::string plan = plans.write(r.plan);
        const std::string baseline = r.baseline ? baseline_to_json(*r.baseline) : std::string{};
        Binder bind{run};
        bind.id(r.id).text(r.job).text(r.provider).text(r.task_key).time(r.occurrence).text_or_null(r.request_key);
        bind.word(r.origin).word(r.state).word(r.reason).text(r.plan.task.start_json).own(plan);
        if (r.baseline)
            bind.own(baseline);
        else
            bind.null();
        bind.time(r.start_due).time(r.stop_due).time(r.max_end).time(r.stop_due_boot).time(r.max_end_boot);
        bind.text_or_null(r.boot_id).text_or_null(r.vendor_run_id).text_or_null(r.vendor_task_id);
        bind.word(r.remote_state).number(r.seen_active ? 1 : 0).word(r.obligation).time(r.created).time(r.updated);
        bind.text_or_null(r.residue, kNoteBytesMax).text_or_null(r.waits_for, kNoteBytesMax).time(r.waits_since);
        if (bind.run() == 0) throw StoreError{"run " + r.id.text() + ": its identity differs from what is stored"};
        seen(r.updated);
    }

    void write(const TransitionRow& t) {
        const std::string detail = detail_to_json(t);
        Binder bind{transition};
        bind.id(t.run).number(t.seq);
        if (t.from)
            bind.word(*t.from);
        else
            bind.null();
        bind.word(t.to).time(t.at).word(t.reason).text(t.actor, kNoteBytesMax);
        if (detail.empty())
            bind.null();
        else
            bind.own(detail);
        if (bind.run() == 0) require_same(t);
        seen(t.at);
    }

    void require_same(const TransitionRow& t) {
        Binder bind{same_transition};
        bind.id(t.run).number(t.seq);
        if (t.from)
            bind.word(*t.from);
        else
            bind.null();
        bind.word(t.to).time(t.at);
        const bool same = same_transition.executeStep();
        same_transition.reset();
        if (!same) {
            throw StoreError{"run " + t.run.text() + ": transition " + std::to_string(t.seq) +
                             " is stored already and differs"};
        }
    }

    void write(const CallRow& c) {
        static const CallResult kNone;
        const CallResult& result = c.result ? *c.result : kNone;
        const CallRecord& record = c.record;
        Binder bind{call};
        bind.id(c.id).id_or_null(c.run).text(c.provider).text(c.account).word(c.action).number(c.attempt);
        bind.text_or_null(record.method, kVendorNameBytesMax);
        bind.text_or_null(record.target, kTargetBytesMax);
        bind.text_or_null(record.request_body, kBodyBytesMax);
        bind.text_or_null(record.response_body, kBodyBytesMax);
        bind.time(c.intent).time(record.sent);
        bind.time(record.sent_boot).text_or_null(c.boot_id);
        bind.number(static_cast<std::int64_t>(record.bytes_sent));
        if (c.result) {
            bind.time(result.ended).number(to_ns(result.ended_boot)).word(result.outcome);
            if (result.http_status != 0)
                bind.number(result.http_status);
            else
                bind.null();
        } else {
            bind.null().null().null().null();
        }
        bind.text_or_null(result.vendor_code, kVendorNameBytesMax);
        bind.text_or_null(result.vendor_message, kVendorTextBytesMax);
        bind.text_or_null(result.vendor_extend, kVendorTextBytesMax);
        bind.text_or_null(result.vendor_run_id).text_or_null(result.request_id, kVendorNameBytesMax);
        if (result.retry_after)
            bind.number(result.retry_after->count());
        else
            bind.null();
        bind.run();
        for (const RunId& id : c.linked) Binder{link}.id(id).id(c.id).run();
        for (const CallId& id : c.replaces) Binder{replace}.id(id).run();  // takes its call_runs along
        // An intent from a time when the clock was ahead does not become new by being answered.
        seen(c.result ? result.ended : c.intent);
    }

    void write(const JobStateRow& j) {
        Binder bind{job_state};
        bind.text(j.job).text(j.schedule).time(j.watermark).number(j.disabled ? 1 : 0).time(j.until);
        bind.text_or_null(j.reason, kNoteBytesMax).text_or_null(j.actor, kNoteBytesMax).run();
        seen(j.watermark);
    }

    void write(const GapRow& g) {
        Binder{gap}.text(g.job).time(g.first).time(g.last).number(g.count).word(g.reason).time(g.recorded).run();
        seen(g.recorded);
    }

    void write(const LimiterRow& l) {
        Binder{limiter}
            .text(l.account)
            .number(l.debt.count())
            .number(l.interval.count())
            .number(to_ns(l.at_boot))
            .time(l.at)
            .text(l.boot_id)
            .run();
        seen(l.at);
    }

    void write(const LimitRow& l) {
        Binder{limit}.text(l.account).number(l.limit.interval.count()).number(l.limit.burst).time(l.at).run();
        seen(l.at);
    }

    void write(const ForeignRow& f) {
        Binder bind{foreign};
        bind.text(f.task_key).text(f.provider).text(f.job).time(f.first_seen).time(f.last_seen).word(f.remote);
        bind.text_or_null(f.token).number(f.ended ? 1 : 0).run();
        seen(f.last_seen);
    }

    void write(const LastLookRow& l) {
        if (l.done) {
            Binder{looked}.id(l.run).run();
        } else {
            Binder{last_look}.id(l.run).time(l.due).run();
        }
    }

    void write(const ClockRow& c) {
        apply_clock_row(database, c);
        newest_seen = std::min(newest_seen, c.at);  // of this batch, too
    }

    void write(const ActionRow& a) {
        const std::string detail = detail_to_json(a);
        Binder bind{action};
        bind.time(a.at).number(static_cast<std::int64_t>(a.command)).text(a.actor, kNoteBytesMax).text(a.via);
        bind.text(a.action).text_or_null(a.target, kNoteBytesMax).text_or_null(a.reason, kNoteBytesMax);
        if (detail.empty())
            bind.null();
        else
            bind.own(detail);
        bind.number(a.is_ok ? 1 : 0).run();
        seen(a.at);
    }

    /// Of a clock that is wrong it is no witness: what it tells of is, in the same transaction.
    void write(const OutboxRow& o) {
        if (o.done) {
            Binder{told}.id(o.event).text(o.target).run();
            return;
        }
        Binder bind{outbox};
        bind.id(o.event).text(o.target).word(o.type).text_or_null(o.job).id_or_null(o.run).text(o.body);
        bind.time(o.created).number(o.attempts).time(o.next).run();
    }

    void write(const HoldRow& h) {
        if (!h.engaged) {
            Binder{release}.text(h.scope).run();
            return;
        }
        Binder bind{hold};
        bind.text(h.scope).text_or_null(h.reason, kNoteBytesMax).text_or_null(h.actor, kNoteBytesMax);
        bind.time(h.since).time(h.until).run();
        seen(h.since);
    }
};

RowWriter::RowWriter(SQLite::Database& database) : statements_{std::make_unique<Statements>(database)} {}
RowWriter::~RowWriter() = default;

void RowWriter::write(std::span<const std::span<const Row>> steps) {
    std::unordered_map<RunId, const RunRow*> last;  // only looked up, never iterated
    for (const auto& rows : steps) {
        for (const Row& row : rows) {
            if (const auto* run = std::get_if<RunRow>(&row)) last[run->id] = run;
        }
    }
    statements_->newest_seen = {};
    for (const auto& rows : steps) {
        for (const Row& row : rows) {
            const auto* run = std::get_if<RunRow>(&row);
            if (run != nullptr && last[run->id] != run) continue;
            try {
                std::visit([&](const auto& value) { statements_->write(value); }, row);
            } catch (const SQLite::Exception& error) {
                throw SQLite::Exception{
                    std::visit([](const auto& value) { return words_for(value); }, row) + ": " + error.what(),
                    error.getErrorCode()};
            }
        }
    }
    Binder{statements_->newest}.time(statements_->newest_seen).run();
}

}  // namespace taktd
