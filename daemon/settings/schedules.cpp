// Each form of a start rule has its reader. A cron error is shown at its column inside the string; times are resolved
// in the job's zone here, so that the core sees instants only.
#include "daemon/settings/schedules.hpp"

#include <algorithm>

#include "daemon/settings/values.hpp"

namespace taktd {
namespace {

constexpr std::size_t kStartRulesMax = 100;
constexpr std::size_t kCronBytesMax = 1000;
constexpr Duration kPeriodMin = std::chrono::milliseconds{100};
constexpr int kPeriodsCompared = 16;
constexpr WallTime kComparedFrom = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
constexpr const char* kStartHelp =
    "write start: \"0 2 * * *\", {cron: \"0 2 * * *\", time_zone: Asia/Shanghai}, {at: \"2026-12-05 03:00\"} or "
    "{every: 14d}";

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

class StartReader {
public:
    StartReader(ZonePtr zone, Zones& zones, Findings& findings)
        : zone_{std::move(zone)}, zones_{zones}, findings_{findings} {}

    std::optional<StartRule> read(const Field& field) {
        if (field.value->is_scalar()) return read_string(field);
        if (field.value->is_mapping()) return read_mapping(field);
        findings_.error(field.at(), "'start' must say when, not " + kind_text(*field.value) + "; " + kStartHelp);
        return std::nullopt;
    }

private:
    std::optional<StartRule> read_string(const Field& field) {
        if (field.value->text == "manual") {
            findings_.error(field.at(), std::string{"'manual' is not supported yet; "} + kStartHelp);
            return std::nullopt;
        }
        return read_cron(field, zone_);
    }

    std::optional<StartRule> read_cron(const Field& field, const ZonePtr& zone) {
        if (!field.value->is_scalar()) {
            findings_.error(field.at(), "'" + field.name() + "' must be a cron string, e.g. \"0 2 * * *\", not " +
                                            kind_text(*field.value));
            return std::nullopt;
        }
        const std::string& text = field.value->text;
        if (!field.value->quoted) {
            findings_.error(field.at(), "a cron string must stand in quotes: \"" + printable(text, 80) +
                                            "\" (without them YAML drops what follows ' #')");
            return std::nullopt;
        }
        if (text.size() > kCronBytesMax) {
            findings_.error(field.at(),
                            "this cron string is longer than " + std::to_string(kCronBytesMax) + " characters");
            return std::nullopt;
        }
        auto cron = Cron::parse(text);
        if (!cron) {
            findings_.error(position_in(*field.value, cron.error().column, findings_.source()),
                            "bad cron string: " + printable(cron.error().message, 400));
            return std::nullopt;
        }
        if (cron->restricts_both_days()) {
            findings_.warning(field.at(), "both day-of-month and day-of-week are set: it fires when either matches");
        }
        if (cron->fires_every_second()) {
            findings_.warning(field.at(),
                              "six fields with '*' seconds: it fires every second of the minutes that match");
        }
        if (!zone) return std::nullopt;
        return CronRule{.cron = std::move(*cron), .zone = zone, .text = text};
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
        const int forms = (cron ? 1 : 0) + (at ? 1 : 0) + (every ? 1 : 0);
        if (forms != 1) {
            findings_.error(field.at(), std::string{"'start' takes one of cron, at and every; "} + kStartHelp);
            return std::nullopt;
        }
        if (from && !every) findings_.error(from.key->at, "'from' goes with 'every' only; remove it");
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
    Findings& findings_;
};

}  // namespace

std::optional<Schedule> read_start(const Field& field, const ZonePtr& zone, Zones& zones, Findings& findings) {
    StartReader reader{zone, zones, findings};
    Schedule schedule;
    bool all_good = true;
    const auto add = [&](const Field& rule_field) {
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

std::optional<StopRule> read_stop_rule(Section& stop, const Field& field, const ZonePtr& zone, Findings& findings) {
    const Field after = stop.take("after");
    const Field at = stop.take("at");
    stop.refuse_later({{"cron", "write 'after: 30m'"}, {"when_done", "write 'after: 30m'"}});
    if (after && at) {
        findings.error(at.key->at, "'stop' takes either 'after' or 'at'; remove one");
        return std::nullopt;
    }
    if (after) {
        const auto duration = read_duration(after, std::chrono::milliseconds{1}, findings);
        if (!duration) return std::nullopt;
        return StopAfter{*duration};
    }
    if (at) {
        const auto instant = read_instant(at, zone, findings);
        if (!instant) return std::nullopt;
        return StopAt{*instant};
    }
    findings.error(field.at(), "'stop' needs an end; write 'after: 30m'");
    return std::nullopt;
}

void check_stop_against_start(const Schedule& schedule, const StopRule& stop, Position at, Findings& findings) {
    const auto* stop_at = std::get_if<StopAt>(&stop);
    if (stop_at == nullptr) return;
    for (const StartRule& rule : schedule.rules) {
        const auto* once = std::get_if<OnceRule>(&rule);
        if (once == nullptr) {
            findings.error(at, "'stop.at' goes with 'start.at' only; write 'after: 30m'");
            return;
        }
        if (stop_at->at <= once->at) {
            findings.error(at, "this stop (" + to_rfc3339(stop_at->at) + ") never comes after its start (" +
                                   to_rfc3339(once->at) + "); write a later time");
            return;
        }
    }
}

bool is_recurring(const Schedule& schedule) {
    const bool repeats = std::any_of(schedule.rules.begin(), schedule.rules.end(),
                                     [](const StartRule& rule) { return !std::holds_alternative<OnceRule>(rule); });
    return repeats || schedule.rules.size() > 1;
}

std::optional<Duration> shortest_period(const Schedule& schedule) {
    if (!is_recurring(schedule)) return std::nullopt;
    std::optional<Duration> shortest;
    auto due = next_due(schedule, kComparedFrom);
    for (int i = 0; i < kPeriodsCompared && due; ++i) {
        const auto next = next_due(schedule, *due);
        if (!next) break;
        shortest = std::min(shortest.value_or(*next - *due), *next - *due);
        due = next;
    }
    return shortest;
}

}  // namespace taktd
