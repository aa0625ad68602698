// SPDX-License-Identifier: Apache-2.0
// First what the name means (a table, an offset), then its last part alone ("Shanghai"), then likeness to a whole name.
#include "daemon/settings/values/zone_advice.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/core/base/odd_characters.hpp"
#include "daemon/settings/source/suggest.hpp"

namespace taktd {
namespace {

using Meaning = std::pair<std::string_view, std::string_view>;
constexpr std::array kWrongZones{
    Meaning{"z", "UTC"},
    Meaning{"utc", "UTC"},
    Meaning{"gmt", "UTC"},
    Meaning{"zulu", "UTC"},
    Meaning{"coordinated universal time", "UTC"},
    // Abbreviations. Several of them mean more than one place.
    Meaning{"cst", "Asia/Shanghai America/Chicago"},
    Meaning{"cdt", "America/Chicago"},
    Meaning{"est", "America/New_York"},
    Meaning{"edt", "America/New_York"},
    Meaning{"mst", "America/Denver America/Phoenix"},
    Meaning{"mdt", "America/Denver"},
    Meaning{"pst", "America/Los_Angeles"},
    Meaning{"pdt", "America/Los_Angeles"},
    Meaning{"bst", "Europe/London"},
    Meaning{"ist", "Asia/Kolkata Europe/Dublin Asia/Jerusalem"},
    Meaning{"cest", "Europe/Berlin"},
    Meaning{"mez", "Europe/Berlin"},
    Meaning{"mesz", "Europe/Berlin"},
    Meaning{"eest", "Europe/Helsinki"},
    Meaning{"west", "Europe/Lisbon"},
    Meaning{"msk", "Europe/Moscow"},
    Meaning{"jst", "Asia/Tokyo"},
    Meaning{"kst", "Asia/Seoul"},
    Meaning{"hkt", "Asia/Hong_Kong"},
    Meaning{"sgt", "Asia/Singapore"},
    Meaning{"aest", "Australia/Brisbane Australia/Sydney"},
    Meaning{"aedt", "Australia/Sydney"},
    Meaning{"nzst", "Pacific/Auckland"},
    Meaning{"nzdt", "Pacific/Auckland"},
    // Cities without a zone of their own.
    Meaning{"beijing", "Asia/Shanghai"},
    Meaning{"peking", "Asia/Shanghai"},
    Meaning{"shenzhen", "Asia/Shanghai"},
    Meaning{"guangzhou", "Asia/Shanghai"},
    Meaning{"hangzhou", "Asia/Shanghai"},
    Meaning{"chengdu", "Asia/Shanghai"},
    Meaning{"china", "Asia/Shanghai"},
    Meaning{"mumbai", "Asia/Kolkata"},
    Meaning{"bombay", "Asia/Kolkata"},
    Meaning{"delhi", "Asia/Kolkata"},
    Meaning{"new_delhi", "Asia/Kolkata"},
    Meaning{"bangalore", "Asia/Kolkata"},
    Meaning{"chennai", "Asia/Kolkata"},
    Meaning{"hyderabad", "Asia/Kolkata"},
    Meaning{"india", "Asia/Kolkata"},
    Meaning{"osaka", "Asia/Tokyo"},
    Meaning{"hanoi", "Asia/Ho_Chi_Minh"},
    Meaning{"islamabad", "Asia/Karachi"},
    Meaning{"abu_dhabi", "Asia/Dubai"},
    Meaning{"munich", "Europe/Berlin"},
    Meaning{"frankfurt", "Europe/Berlin"},
    Meaning{"hamburg", "Europe/Berlin"},
    Meaning{"cologne", "Europe/Berlin"},
    Meaning{"germany", "Europe/Berlin"},
    Meaning{"geneva", "Europe/Zurich"},
    Meaning{"basel", "Europe/Zurich"},
    Meaning{"bern", "Europe/Zurich"},
    Meaning{"milan", "Europe/Rome"},
    Meaning{"barcelona", "Europe/Madrid"},
    Meaning{"lyon", "Europe/Paris"},
    Meaning{"edinburgh", "Europe/London"},
    Meaning{"manchester", "Europe/London"},
    Meaning{"england", "Europe/London"},
    Meaning{"st_petersburg", "Europe/Moscow"},
    Meaning{"san_francisco", "America/Los_Angeles"},
    Meaning{"seattle", "America/Los_Angeles"},
    Meaning{"california", "America/Los_Angeles"},
    Meaning{"washington", "America/New_York"},
    Meaning{"boston", "America/New_York"},
    Meaning{"miami", "America/New_York"},
    Meaning{"atlanta", "America/New_York"},
    Meaning{"dallas", "America/Chicago"},
    Meaning{"houston", "America/Chicago"},
    Meaning{"austin", "America/Chicago"},
    Meaning{"montreal", "America/Toronto"},
    Meaning{"ottawa", "America/Toronto"},
    Meaning{"rio_de_janeiro", "America/Sao_Paulo"},
    Meaning{"brasilia", "America/Sao_Paulo"},
    Meaning{"canberra", "Australia/Sydney"},
    Meaning{"wellington", "Pacific/Auckland"},
    // Windows' names.
    Meaning{"china standard time", "Asia/Shanghai"},
    Meaning{"tokyo standard time", "Asia/Tokyo"},
    Meaning{"india standard time", "Asia/Kolkata"},
    Meaning{"singapore standard time", "Asia/Singapore"},
    Meaning{"w. europe standard time", "Europe/Berlin"},
    Meaning{"gmt standard time", "Europe/London"},
    Meaning{"eastern standard time", "America/New_York"},
    Meaning{"central standard time", "America/Chicago"},
    Meaning{"pacific standard time", "America/Los_Angeles"},
};

constexpr std::size_t kAbbreviationMax = 5;
/// Offsets that are no whole hours, and a place that has each all year.
constexpr std::array<std::pair<int, std::string_view>, 5> kHalfHours{{{5 * 60 + 30, "Asia/Kolkata"},
                                                                      {5 * 60 + 45, "Asia/Kathmandu"},
                                                                      {4 * 60 + 30, "Asia/Kabul"},
                                                                      {6 * 60 + 30, "Asia/Yangon"},
                                                                      {9 * 60 + 30, "Australia/Darwin"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string plain_lower(std::string_view name) {
    std::string text = without_odd_characters(name);
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
    return first == std::string::npos ? std::string{} : text.substr(first, last - first + 1);
}

/// Minutes east of Greenwich of "gmt+8", "utc+05:30", "+0800"; nothing if it is no offset.
std::optional<int> offset_of(std::string_view text) {
    for (const std::string_view prefix : {"utc", "gmt", "etc/gmt", "etc/utc"}) {
        if (text.starts_with(prefix) && text.size() > prefix.size() && !is_digit(text[prefix.size()])) {
            text.remove_prefix(prefix.size());
            break;
        }
    }
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const bool west = text.front() == '-';
    std::string digits;
    for (const char c : text.substr(1)) {
        if (is_digit(c)) digits += c;
        if (!is_digit(c) && c != ':') return std::nullopt;
    }
    if (digits.empty() || digits.size() > 4) return std::nullopt;
    const int number = std::stoi(digits);
    const int minutes = digits.size() <= 2 ? number * 60 : number / 100 * 60 + number % 100;
    if (minutes > 14 * 60 || (digits.size() > 2 && number % 100 > 59)) return std::nullopt;
    return west ? -minutes : minutes;
}

std::string offset_text(int minutes) {
    const int size = minutes < 0 ? -minutes : minutes;
    std::string text = std::string{minutes < 0 ? "UTC-" : "UTC+"} + std::to_string(size / 60);
    return size % 60 == 0 ? text : text + ":" + std::to_string(size % 60);
}

/// The zone that has this offset all year; Etc/GMT-8 is eight hours EAST of Greenwich, by POSIX's sign.
std::string zone_of_offset(int minutes) {
    if (minutes == 0) return "UTC";
    for (const auto& [half, place] : kHalfHours) {
        if (half == minutes) return std::string{place};
    }
    if (minutes % 60 != 0) return {};
    const int hours = minutes / 60;
    if (hours == 8) return "Asia/Shanghai";
    if (hours == 9) return "Asia/Tokyo";
    return hours > 0 ? "Etc/GMT-" + std::to_string(hours) : "Etc/GMT+" + std::to_string(-hours);
}

bool is_known(std::string_view zone, const std::vector<std::string>& known) {
    return zone == "UTC" || std::find(known.begin(), known.end(), zone) != known.end();
}

std::string meant(const std::string& zones) { return "; did you mean " + zones + "?"; }

std::string quoted_zones(std::string_view zones, const std::vector<std::string>& known) {
    std::vector<std::string> names;
    while (!zones.empty()) {
        const auto blank = std::min(zones.find(' '), zones.size());
        if (is_known(zones.substr(0, blank), known)) names.push_back("'" + std::string{zones.substr(0, blank)} + "'");
        zones.remove_prefix(std::min(blank + 1, zones.size()));
    }
    return one_of_text(names);
}

}  // namespace

std::span<const Meaning> common_wrong_zones() { return kWrongZones; }

std::string zone_advice(std::string_view name, const std::vector<std::string>& known) {
    const std::string form = "; write an IANA name such as Asia/Shanghai or UTC";
    if (name.size() > 64) return form;
    const auto odd = odd_character_note(name);
    const std::string text = plain_lower(name);
    if (const auto offset = offset_of(text)) {
        const std::string zone = zone_of_offset(*offset);
        if (zone.empty() || !is_known(zone, known)) return odd + "; an offset is no zone" + form;
        if (*offset == 0) return odd + meant("'UTC'");
        const bool turned = zone.starts_with("Etc/");
        return odd + "; an offset is no zone: write that of a city, or '" + zone + "', which is " +
               offset_text(*offset) + " all year" + (turned ? " (its sign is turned round)" : "");
    }
    const std::string last_part = text.substr(text.rfind('/') + 1);
    for (const auto& [wrong, zones] : kWrongZones) {
        // "Asia/Beijing" and "Beijing" are one mistake; "Africa/CST" is none of these.
        const bool is_it = wrong == text || (wrong == last_part && text.size() > last_part.size() &&
                                             wrong.size() > kAbbreviationMax - 1);
        if (!is_it) continue;
        const std::string found = quoted_zones(zones, known);
        if (!found.empty()) return odd + meant(found);
    }
    for (const std::string& candidate : known) {
        const std::size_t slash = candidate.rfind('/');
        const std::string_view city = std::string_view{candidate}.substr(slash == std::string::npos ? 0 : slash + 1);
        if (edit_distance(text, candidate, 0) == 0 || (slash != std::string::npos && edit_distance(text, city, 0) == 0))
            return odd + meant("'" + candidate + "'");
    }
    const bool may_be_likened = text.size() > kAbbreviationMax && std::none_of(text.begin(), text.end(), is_digit) &&
                                text.find('+') == std::string::npos;
    std::vector<std::string> places;
    if (may_be_likened) {
        std::copy_if(known.begin(), known.end(), std::back_inserter(places),
                     [](const std::string& zone) { return !zone.starts_with("Etc/"); });
    }
    const std::string near = nearest(text, places);
    return odd + (near.empty() ? form : meant("'" + near + "'"));
}

}  // namespace taktd
