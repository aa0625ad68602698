// SPDX-License-Identifier: Apache-2.0
// Each form of a start rule has its reader. A cron error is shown at its column inside the string; times are resolved
// in the job's zone here, so that the core sees instants only.
#include "daemon/settings/sections/schedules.hpp"

#include <algorithm>

#include "daemon/core/calendar/cron_dialects.hpp"
#include "daemon/settings/sections/duration_limits.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

constexpr std::size_t kStartRulesMax = 100;
constexpr std::size_t kCronBytesMax = 1000;
constexpr Duration kPeriodMin = std::chrono::milliseconds{100};
constexpr int kWindowsCompared = 16;
constexpr WallTime kComparedFrom = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
constexpr const char* kStartHelp =
    "write start: \"0 2 * * *\", {cron: \"0 2 * * *\", time_zone: Asia/Shanghai}, {at: \"2026-12-05 03:00\"}, "
    "{every: 14d} or manual";
constexpr const char* kStopHelp = "write 'after: 30m', 'at', 'cron' or 'when_done: true'";

/// Nothing after a report, or if the zone is missing, which is reported already.
std::optional<WallTime> read_instant(const Field& field, const ZonePtr& zone, Findings& findings) {
    const auto text = read_text(field, findings);
    if (!text) return std::nullopt;
    const auto written = parse_time(*text);
    if (!written) {
        findings.error(field.at(), "'" + field.name() + "' must be a time, not " + findings.quoted(field.at(), *text) +
                                       "; " + written.error());
        return std::nullopt;
    }
    if (!zone) return std::nullopt;
    const auto instant = instant_of(*written, *zone);
    if (instant) return *instant;
    findings.error(field.at(), "'" + field.name() + "': " + instant.error());
    return std::nullopt;
}

/// A start rule may be proposed only where one may be written.
enum class CronUse { start, stop };

std::string lower_case(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

std::string cron_error_text(const CronError& error, CronUse use, Zones& zones) {
    auto text = "bad cron string: " + printable(error.message, 400);
    if (error.rule.empty() || use == CronUse::stop) return text;
    // A zone that does not exist is told what else it is; the rule would only be refused again.
    const auto advice = error.zone.empty() ? std::string{} : zones.advice_on_unknown(error.zone);
    if (!advice.empty()) return text + ": time_zone; '" + printable(error.zone, 80) + "' is no zone" + advice;
    return text + "; write start: " + printable(error.rule, 400);
}

std::optional<Cron> read_cron_string(const Field& field, CronUse use, Zones& zones, Findings& findings) {
    if (!field.value->is_scalar()) {
        findings.error(field.at(), "'" + field.name() + "' must be a cron string, e.g. \"0 2 * * *\", not " +
                                       kind_text(*field.value));
        return std::nullopt;
    }
    const std::string& text = field.value->text;
    if (const std::string macro = "@" + lower_case(text); Cron::parse(macro)) {
        findings.error(field.at(), "a schedule by name begins with '@'; write \"" + macro + "\"");
        return std::nullopt;
    }
    if (field.name() == "start" && parse_time(text)) {
        findings.error(field.at(), "one time is no cron string; write 'start: {at: \"" + text + "\"}'");
        return std::nullopt;
    }
    if (field.name() == "start" && parse_duration(text)) {
        findings.error(field.at(), "a duration is no cron string; write 'start: {every: " + text + "}'");
        return std::nullopt;
    }
    if (text.size() > kCronBytesMax) {
        findings.error(field.at(), "this cron string is longer than " + std::to_string(kCronBytesMax) + " characters");
        return std::nullopt;
    }
    auto cron = Cron::parse(text);
    if (!cron && use == CronUse::start && !nearest(text, {"manual"}).empty()) {
        findings.error(field.at(),
                       "'start' must say when, not " + findings.quoted(field.at(), text) + "; did you mean 'manual'?");
        return std::nullopt;
    }
    if (!cron) {
        findings.error(position_in(*field.value, cron.error().column, findings),
                       cron_error_text(cron.error(), use, zones));
        return std::nullopt;
    }
    if (!field.value->quoted) {
        findings.error(field.at(), "a cron string must be in quotes: \"" + printable(text, 80) +
                                       "\" (without them YAML drops what follows ' #')");
        return std::nullopt;
    }
    if (cron->restricts_both_days()) {
        findings.warning(field.at(), "both day-of-month and day-of-week are set: it fires when either matches");
    }
    if (cron->fires_every_second()) {
        findings.warning(field.at(), "six fields with '*' seconds: it fires every second of the minutes that match");
    }
    if (!cron->uneven_step().empty()) {
        const auto every = use == CronUse::start ? every_instead_of(text) : std::string{};
        findings.warning(field.at(),
                         cron->uneven_step() + (every.empty() ? "" : "; for equal distances write start: " + every));
    }
    return std::move(*cron);
}

class StartReader {
public:
    StartReader(ZonePtr zone, Zones& zones, Completion completion, Findings& findings)
        : zone_{std::move(zone)}, zones_{zones}, completion_{completion}, findings_{findings} {}

    std::optional<StartRule> read(const Field& field) {
        if (field.value->is_scalar()) return read_cron(field, zone_);
        if (field.value->is_mapping()) return read_mapping(field);
        findings_.error(field.at(), "'start' must say when, not " + kind_text(*field.value) + "; " + kStartHelp);
        return std::nullopt;
    }

private:
    std::optional<StartRule> read_cron(const Field& field, const ZonePtr& zone) {
        auto cron = read_cron_string(field, CronUse::start, zones_, findings_);
        if (!cron || !zone) return std::nullopt;
        return CronRule{.cron = std::move(*cron), .zone = zone, .text = field.value->text};
    }

    std::optional<StartRule> read_mapping(const Field& field) {
        Section section{*field.value, "'start'", findings_};
        const Field cron = section.take("cron");
        const Field at = section.take("at");
        const Field every = section.take("every");
        const Field from = section.take("from");
        const Field zone_field = section.take("time_zone");
        section.refuse_rest();
        const ZonePtr zone = zone_field ? zones_.read(zone_field) : zone_;
        std::vector<Field> forms;
        for (const Field& form : {cron, at, every}) {
            if (form) forms.push_back(form);
        }
        const bool is_part = completion_ == Completion::part;
        if (from && !every && !(is_part && forms.empty()))
            findings_.error(from.key->at, "'from' goes with 'every' only; remove it");
        if (forms.empty() && is_part) return std::nullopt;
        if (forms.size() != 1) {
            // Two of them are wrong where they stand; none at all is wrong of the whole.
            findings_.error(forms.empty() ? field.at() : forms[1].key->at,
                            std::string{"'start' takes one of cron, at and every; "} + kStartHelp);
            return std::nullopt;
        }
        if (cron) return read_cron(cron, zone);
        if (at) return read_at(at, zone);
        return read_every(every, from, zone);
    }

    std::optional<StartRule> read_at(const Field& field, const ZonePtr& zone) {
        const auto at = read_instant(field, zone, findings_);
        if (!at) return std::nullopt;
        return OnceRule{*at};
    }

    std::optional<StartRule> read_every(const Field& every, const Field& from, const ZonePtr& zone) {
        const auto period = read_duration(every, kPeriodMin, findings_);
        WrittenTime start{.local = LocalTime{}, .fraction = {}, .offset = std::nullopt};
        WallTime instant;
        if (from) {
            const auto known = read_instant(from, zone, findings_);
            if (!known) return std::nullopt;
            start = *parse_time(from.value->text);
            instant = *known;
            if (start.offset) start.local = zone->to_local(instant);
        } else if (zone) {
            instant = zone->meaning_of(start.local).first;
        }
        if (!period || !zone) return std::nullopt;
        return EveryRule{.period = *period, .from = start.local, .from_instant = instant, .zone = zone};
    }

    ZonePtr zone_;
    Zones& zones_;
    Completion completion_;
    Findings& findings_;
};

}  // namespace

bool is_manual_start(const YamlNode& node) { return node.is_scalar() && node.text == "manual"; }

std::optional<Schedule> read_start(const Field& field, const ZonePtr& zone, Zones& zones, Completion completion,
                                   Findings& findings) {
    StartReader reader{zone, zones, completion, findings};
    Schedule schedule;
    bool all_good = true;
    const auto add = [&](const Field& rule_field) {
        if (is_manual_start(*rule_field.value)) return;
        auto rule = reader.read(rule_field);
        all_good = all_good && rule.has_value();
        if (rule) schedule.rules.push_back(std::move(*rule));
    };
    if (!field.value->is_sequence()) {
        add(field);
    } else {
        const std::size_t count = field.value->children.size();
        if (count == 0 || count > kStartRulesMax) {
            findings.error(field.at(), "'start' must list 1 to " + std::to_string(kStartRulesMax) + " rules");
            return std::nullopt;
        }
        for (const YamlNode* item : field.value->children) add({.key = field.key, .value = item});
    }
    if (!all_good) return std::nullopt;
    return schedule;
}

namespace {

/// `true` is all there is to say: an end is named by leaving the others out.
std::optional<StopRule> read_when_done(const Field& field, Findings& findings) {
    const auto when_done = read_bool(field, findings);
    if (!when_done) return std::nullopt;
    if (*when_done) return StopWhenDone{};
    findings.error(field.at(), std::string{"'when_done: false' names no end; "} + kStopHelp);
    return std::nullopt;
}

}  // namespace

std::optional<StopRule> read_stop_rule(Section& stop, const Field& field, const ZonePtr& zone, Zones& zones,
                                       Completion completion, Findings& findings) {
    std::vector<Field> given;
    for (const char* form : {"after", "at", "cron", "when_done"}) {
        if (const Field f = stop.take(form)) given.push_back(f);
    }
    if (given.empty()) {
        if (completion == Completion::part) return std::nullopt;
        findings.error(field.at(), std::string{"'stop' needs an end; "} + kStopHelp);
        return std::nullopt;
    }
    if (given.size() > 1) {
        findings.error(given[1].key->at, "'stop' takes one of after, at, cron and when_done; remove '" +
                                             given[0].name() + "' or '" + given[1].name() + "'");
        return std::nullopt;
    }
    const Field& end = given.front();
    if (end.name() == "after") {
        const auto duration = read_duration(end, limits::kStopAfter, findings);
        if (!duration) return std::nullopt;
        return StopAfter{*duration};
    }
    if (end.name() == "at") {
        const auto instant = read_instant(end, zone, findings);
        if (!instant) return std::nullopt;
        return StopAt{*instant};
    }
    if (end.name() == "when_done") return read_when_done(end, findings);
    auto cron = read_cron_string(end, CronUse::stop, zones, findings);
    if (!cron) return std::nullopt;
    return StopCron{.cron = std::move(*cron), .text = end.value->text};
}

namespace {

void check_stop_at(const Schedule& schedule, const StopAt& stop, Position at, Findings& findings) {
    if (schedule.rules.empty()) findings.error(at, "'stop.at' goes with 'start.at' only; write 'after: 30m'");
    for (const StartRule& rule : schedule.rules) {
        const auto* once = std::get_if<OnceRule>(&rule);
        if (once == nullptr) {
            findings.error(at, "'stop.at' goes with 'start.at' only; write 'after: 30m'");
            return;
        }
        if (stop.at <= once->at) {
            findings.error(at, "this stop (" + to_rfc3339(stop.at) + ") never comes after its start (" +
                                   to_rfc3339(once->at) + "); write a later time");
            return;
        }
    }
}

/// The first start that the sampling looks at; a schedule that never fires, or is only started manually, gives none.
std::optional<WallTime> first_sample(const Schedule& schedule) {
    const auto due = next_due(schedule, kComparedFrom);
    return due ? due : next_due(schedule, WallTime{});
}

}  // namespace

void check_stop_against_start(const Schedule& schedule, const StopRule& stop, const ZonePtr& zone, Position at,
                              Findings& findings) {
    if (const auto* stop_at = std::get_if<StopAt>(&stop)) check_stop_at(schedule, *stop_at, at, findings);
    const auto* cron = std::get_if<StopCron>(&stop);
    if (cron == nullptr || !zone) return;
    const WallTime due = first_sample(schedule).value_or(kComparedFrom);
    if (stop_due(*cron, due, nominal_time(schedule, due, zone))) return;
    findings.error(
        at, "this stop never comes after its start (" + to_rfc3339(due) + "); write a cron string that fires again");
}

bool is_recurring(const Schedule& schedule) {
    const bool repeats = std::any_of(schedule.rules.begin(), schedule.rules.end(),
                                     [](const StartRule& rule) { return !std::holds_alternative<OnceRule>(rule); });
    return repeats || schedule.rules.size() > 1;
}

std::vector<Window> sample_windows(const Job& job) {
    std::vector<Window> windows;
    auto due = first_sample(job.schedule);
    for (int i = 0; i <= kWindowsCompared && due; ++i) {
        windows.push_back(window_of(job, *due));
        due = next_due(job.schedule, *due);
    }
    return windows;
}

}  // namespace taktd
