// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/zones.hpp"

#include <map>

namespace taktd::fuzz {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::Sunday;
using std::chrono::sys_days;
using std::chrono::year;

constexpr int kFirstYear = 1996, kLastYear = 2199;  // the years that tables of today's rules are carried through

ZonePtr berlin() {
    std::vector<Zone::Change> changes;
    for (int y = kFirstYear; y <= kLastYear; ++y) {
        changes.push_back({sys_days{year{y} / 3 / Sunday[std::chrono::last]} + hours{1}, hours{2}});
        changes.push_back({sys_days{year{y} / 10 / Sunday[std::chrono::last]} + hours{1}, hours{1}});
    }
    return std::make_shared<const Zone>("Europe/Berlin", hours{1}, std::move(changes));
}

ZonePtr lord_howe() {
    std::vector<Zone::Change> changes;
    for (int y = kFirstYear; y <= kLastYear; ++y) {
        changes.push_back({sys_days{year{y} / 4 / Sunday[1]} - hours{9}, minutes{630}});
        changes.push_back({sys_days{year{y} / 10 / Sunday[1]} - minutes{510}, minutes{660}});
    }
    return std::make_shared<const Zone>("Australia/Lord_Howe", minutes{630}, std::move(changes));
}

ZonePtr apia() {
    const sys_days day_left_out = year{2011} / 12 / 30;
    return std::make_shared<const Zone>("Pacific/Apia", hours{-11},
                                        std::vector<Zone::Change>{{day_left_out + hours{10}, hours{13}}});
}

const std::map<std::string, ZonePtr>& table() {
    static const std::map<std::string, ZonePtr> zones{
        {"UTC", Zone::utc()},
        {"Asia/Shanghai", std::make_shared<const Zone>("Asia/Shanghai", hours{8}, std::vector<Zone::Change>{})},
        {"Europe/Berlin", berlin()},
        {"Australia/Lord_Howe", lord_howe()},
        {"Pacific/Apia", apia()},
    };
    return zones;
}

}  // namespace

ZonePtr find_zone(const std::string& name) {
    const auto found = table().find(name);
    return found == table().end() ? nullptr : found->second;
}

std::vector<std::string> zone_names() {
    std::vector<std::string> names;
    for (const auto& [name, zone] : table()) names.push_back(name);
    return names;
}

}  // namespace taktd::fuzz
