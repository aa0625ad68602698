// SPDX-License-Identifier: Apache-2.0
// Reads a zone from the system's tzdata. The date library gives the changes that the zone's file lists, which mostly
// end in 2037; the rule on the file's last line (zone_rule.hpp) carries the table on to the last year that schedules
// know.
#include "daemon/zones/zone_loader.hpp"

#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

#include <date/tz.h>

#include "daemon/core/calendar/cron.hpp"
#include "daemon/zones/zone_rule.hpp"

namespace taktd {

using std::chrono::sys_seconds;

namespace {

constexpr const char* kZoneFolder = "/usr/share/zoneinfo/";
constexpr std::streamoff kFileBytesMax = 1 << 20;

/// Names that mean another zone on another machine; a config must not depend on that.
bool is_machine_dependent(const std::string& name) { return name == "localtime" || name == "posixrules"; }

/// The rule on the last line of the zone's file; nothing if it has none (then the last offset stays).
std::optional<ZoneRule> read_rule(const std::string& name) {
    std::ifstream file{kZoneFolder + name, std::ios::binary | std::ios::ate};
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : 0;
    if (size <= 0 || size > kFileBytesMax) return std::nullopt;
    file.seekg(0);
    std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    if (!bytes.starts_with("TZif") || !bytes.ends_with('\n')) return std::nullopt;
    bytes.pop_back();
    const auto start = bytes.rfind('\n');
    if (start == std::string::npos) return std::nullopt;
    return ZoneRule::parse(std::string_view{bytes}.substr(start + 1));
}

ZonePtr read_zone(const std::string& name) {
    const auto* zone = date::locate_zone(name);
    // WallTime begins in 1677, before the first change of any zone.
    const auto first = std::chrono::ceil<std::chrono::seconds>(WallTime::min());
    constexpr sys_seconds kEnd = std::chrono::sys_days{std::chrono::year{Cron::kLastYear + 2} / 1 / 1};

    auto info = zone->get_info(first);
    const auto initial = info.offset;
    auto offset = initial;
    std::vector<Zone::Change> changes;
    const auto add = [&](WallTime at, std::chrono::seconds to) {
        if (to == offset) return;  // a change of name or of the law only
        changes.push_back({.at = at, .offset = to});
        offset = to;
    };
    auto listed_until = first;
    while (info.end < kEnd) {
        listed_until = info.end;
        info = zone->get_info(info.end);
        add(listed_until, info.offset);
    }
    if (const auto rule = read_rule(name); rule && rule->has_changes()) {
        const auto from = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(listed_until)}.year();
        for (auto year = from; year <= std::chrono::year{Cron::kLastYear + 1}; ++year) {
            for (const auto& change : rule->changes_of(year)) {
                if (change.at > listed_until) add(change.at, change.offset);
            }
        }
    }
    return std::make_shared<const Zone>(name, initial, std::move(changes));
}

}  // namespace

ZonePtr load_zone(const std::string& name) {
    static std::mutex mutex;
    static std::map<std::string, ZonePtr> zones;
    if (name == "UTC") return Zone::utc();
    if (is_machine_dependent(name)) return nullptr;
    const std::lock_guard lock{mutex};
    const auto [entry, is_new] = zones.try_emplace(name);
    if (is_new) {
        try {
            entry->second = read_zone(name);
        } catch (const std::exception&) {
            zones.erase(entry);  // the library throws for unknown names and where tzdata is missing
            return nullptr;
        }
    }
    return entry->second;
}

std::vector<std::string> zone_names() {
    std::vector<std::string> names;
    try {
        for (const auto& zone : date::get_tzdb().zones) {
            if (!is_machine_dependent(zone.name())) names.push_back(zone.name());
        }
    } catch (const std::exception&) {
        names = {"UTC"};
    }
    return names;
}

}  // namespace taktd
