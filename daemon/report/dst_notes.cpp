// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/dst_notes.hpp"

#include "daemon/report/time_text.hpp"

namespace taktd::report {
namespace {

using std::chrono::seconds;

/// A local time as if it were UTC, to ask a pattern about the calendar alone.
WallTime as_if_utc(LocalTime local) { return WallTime{local.time_since_epoch()}; }

/// The first local time at or after `from` that the rule names, whatever the zone's clocks do.
std::optional<LocalTime> nominal_from(const CronRule& rule, LocalTime from) {
    const auto found = rule.cron.next(as_if_utc(from) - Duration{1}, *Zone::utc());
    if (!found) return std::nullopt;
    return LocalTime{std::chrono::floor<seconds>(*found).time_since_epoch()};
}

std::optional<LocalTime> nominal_from(const EveryRule& rule, LocalTime from) {
    const auto period = std::chrono::floor<seconds>(rule.period);
    if (rule.period % std::chrono::hours{24} != Duration::zero()) return from;  // elapsed time names no local times
    if (from <= rule.from) return rule.from;
    return rule.from + (from - rule.from + period - seconds{1}) / period * period;
}

std::optional<LocalTime> nominal_from(const OnceRule&, LocalTime from) { return from; }

}  // namespace

ZonePtr zone_of(const StartRule& rule) {
    if (const auto* cron = std::get_if<CronRule>(&rule)) return cron->zone;
    if (const auto* every = std::get_if<EveryRule>(&rule)) return every->zone;
    return nullptr;
}

std::vector<std::string> notes_on_start(const StartRule& rule, WallTime instant) {
    const ZonePtr zone = zone_of(rule);
    if (zone == nullptr) return {};
    const LocalTime local = zone->to_local(instant);
    const LocalMeaning meaning = zone->meaning_of(local);
    if (meaning.kind == LocalMeaning::Kind::fold) {
        return {clock_text(local) + " comes twice on this day; this is the " +
                (instant < meaning.second ? "first" : "second") + " one"};
    }
    const auto span = zone->span_at(instant);
    if (span.begin != instant || instant == WallTime::min()) return {};
    const LocalTime gap_begin{std::chrono::floor<seconds>(instant).time_since_epoch() +
                              zone->offset_at(instant - Duration{1})};
    if (gap_begin >= local) return {};
    const auto nominal = std::visit([&](const auto& r) { return nominal_from(r, gap_begin); }, rule);
    const auto here = std::visit([&](const auto& r) { return nominal_from(r, local); }, rule);
    if (here == local || !nominal || *nominal >= local) return {};
    return {clock_text(*nominal) + " does not exist on this day; it starts at " + clock_text(local) +
            ", when the clocks have gone forward"};
}

std::vector<std::string> notes_between(WallTime start, WallTime stop, const Zone& zone) {
    std::vector<std::string> notes;
    for (const auto& change : zone.changes_between(start, stop)) {
        const auto before = zone.offset_at(change.at - Duration{1});
        if (before == change.offset) continue;
        const LocalTime from{std::chrono::floor<seconds>(change.at).time_since_epoch() + before};
        notes.push_back("the clocks go " + std::string{change.offset > before ? "forward" : "back"} + " from " +
                        clock_text(from) + " to " + clock_text(zone.to_local(change.at)) + " meanwhile");
    }
    return notes;
}

}  // namespace taktd::report
