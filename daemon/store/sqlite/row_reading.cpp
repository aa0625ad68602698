// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/row_reading.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/json/detail_json.hpp"

namespace taktd {
namespace {

std::string first_text(SQLite::Statement& row) { return row.getColumn(0).getString(); }

}  // namespace

std::optional<std::string> ColumnReader::optional_text() {
    const SQLite::Column column = row_.getColumn(next_++);
    if (column.isNull()) return std::nullopt;
    return column.getString();
}

bool ColumnReader::is_null() {
    if (!row_.getColumn(next_).isNull()) return false;
    ++next_;
    return true;
}

std::string ColumnReader::text() { return optional_text().value_or(std::string{}); }

std::optional<std::int64_t> ColumnReader::optional_number() {
    const SQLite::Column column = row_.getColumn(next_++);
    if (column.isNull()) return std::nullopt;
    return column.getInt64();
}

std::int64_t ColumnReader::number() { return optional_number().value_or(0); }

std::optional<WallTime> ColumnReader::optional_wall() {
    const auto ns = optional_number();
    return ns ? std::optional{wall_from_ns(*ns)} : std::nullopt;
}

std::optional<BootTime> ColumnReader::optional_boot() {
    const auto ns = optional_number();
    return ns ? std::optional{boot_from_ns(*ns)} : std::nullopt;
}

void ColumnReader::fail(const std::string& why) const {
    throw StoreError{"the store is damaged: " + what_ + ", column '" + row_.getColumnName(next_ > 0 ? next_ - 1 : 0) +
                     "': " + why};
}

RunRow read_run(SQLite::Statement& row, StopPlanReader& plans) {
    ColumnReader columns{row, "run " + first_text(row)};
    RunRow run;
    run.id = columns.id<RunId>();
    run.job = columns.text();
    run.provider = columns.text();
    run.task_key = columns.text();
    run.occurrence = columns.optional_wall();
    run.request_key = columns.optional_text();
    run.origin = columns.word<Origin>();
    run.state = columns.word<RunState>();
    run.reason = columns.word<Reason>();
    std::string start_json = columns.text();
    auto plan = plans.read(columns.text(), std::move(start_json));
    if (!plan) columns.fail(plan.error());
    run.plan = std::move(*plan);
    if (const auto baseline = columns.optional_text()) {
        auto value = baseline_from_json(*baseline);
        if (!value) columns.fail(value.error());
        run.baseline = std::move(*value);
    }
    run.start_due = columns.wall();
    run.stop_due = columns.wall();
    run.max_end = columns.wall();
    run.stop_due_boot = columns.optional_boot();
    run.max_end_boot = columns.optional_boot();
    run.boot_id = columns.text();
    run.vendor_run_id = columns.text();
    run.vendor_task_id = columns.text();
    run.remote_state = columns.word<RemoteState>();
    run.seen_active = columns.number() != 0;
    run.obligation = columns.word<Obligation>();
    run.created = columns.wall();
    run.updated = columns.wall();
    run.residue = columns.text();
    run.waits_for = columns.text();
    run.waits_since = columns.optional_wall();
    return run;
}

TransitionRow read_transition(SQLite::Statement& row) {
    ColumnReader columns{row, "a transition of run " + first_text(row)};
    TransitionRow transition;
    transition.run = columns.id<RunId>();
    transition.seq = static_cast<int>(columns.number());
    if (const auto from = columns.optional_text()) {
        transition.from = parse_name<RunState>(*from);
        if (!transition.from) columns.fail("unknown word '" + *from + "'");
    }
    transition.to = columns.word<RunState>();
    transition.at = columns.wall();
    transition.reason = columns.word<Reason>();
    transition.actor = columns.text();
    detail_from_json(columns.text(), transition);
    return transition;
}

CallRow read_call(SQLite::Statement& row) {
    ColumnReader columns{row, "call " + first_text(row)};
    CallRow call;
    call.id = columns.id<CallId>();
    call.run = columns.optional_id<RunId>();
    call.provider = columns.text();
    call.account = columns.text();
    call.action = columns.word<Action>();
    call.attempt = static_cast<int>(columns.number());
    call.record.method = columns.text();
    call.record.target = columns.text();
    call.record.request_body = columns.text();
    call.record.response_body = columns.text();
    call.intent = columns.wall();
    call.record.sent = columns.optional_wall();
    call.record.sent_boot = columns.optional_boot();
    call.boot_id = columns.text();
    call.record.bytes_sent = static_cast<std::size_t>(columns.number());
    CallResult result;
    result.ended = columns.wall();
    result.ended_boot = columns.optional_boot().value_or(BootTime{});
    const auto outcome = columns.optional_text();
    if (!outcome) return call;
    const auto parsed = parse_name<Outcome>(*outcome);
    if (!parsed) columns.fail("unknown word '" + *outcome + "'");
    result.outcome = *parsed;
    result.http_status = static_cast<int>(columns.number());
    result.vendor_code = columns.text();
    result.vendor_message = columns.text();
    result.vendor_extend = columns.text();
    result.vendor_run_id = columns.text();
    result.request_id = columns.text();
    if (const auto wait = columns.optional_number()) result.retry_after = Duration{*wait};
    call.result = std::move(result);
    return call;
}

}  // namespace taktd
