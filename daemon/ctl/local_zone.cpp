// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/local_zone.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>

#include <unistd.h>

#include "daemon/zones/zone_loader.hpp"

namespace taktd::ctl {
namespace {

/// `Asia/Shanghai` of `/usr/share/zoneinfo/Asia/Shanghai`; else empty.
std::string name_in(const std::string& path) {
    constexpr std::string_view kFolder = "zoneinfo/";
    const std::size_t at = path.find(kFolder);
    return at == std::string::npos ? std::string{} : path.substr(at + kFolder.size());
}

std::string link_target(const char* path) {
    std::array<char, 4096> target{};
    const ssize_t length = ::readlink(path, target.data(), target.size());
    return length < 0 ? std::string{} : std::string{target.data(), static_cast<std::size_t>(length)};
}

std::string zone_name() {
    const char* tz = std::getenv("TZ");
    if (tz == nullptr) return name_in(link_target("/etc/localtime"));
    const std::string text{*tz == ':' ? tz + 1 : tz};
    if (text.empty()) return "UTC";
    return text.front() == '/' ? name_in(text) : text;
}

std::chrono::seconds c_offset_at(std::time_t t) {
    std::tm local{};
    ::localtime_r(&t, &local);
    return std::chrono::seconds{local.tm_gmtoff};
}

}  // namespace

ZonePtr local_zone() {
    const std::string name = zone_name();
    if (!name.empty()) {
        if (auto zone = load_zone(name)) return zone;
    }
    return zone_of_c_library();
}

ZonePtr zone_of_c_library() {
    constexpr std::time_t kStep = 7 * 86400;  // no summer time is shorter
    constexpr std::time_t kEnd = 4102444800;  // the year 2100: far enough for an operator's display
    ::tzset();
    std::vector<Zone::Change> changes;
    for (std::time_t t = 0; t < kEnd; t += kStep) {
        const auto before = c_offset_at(t), after = c_offset_at(t + kStep);
        if (before == after) continue;
        std::time_t low = t, high = t + kStep;
        while (high - low > 1) {
            const std::time_t middle = low + (high - low) / 2;
            (c_offset_at(middle) == before ? low : high) = middle;
        }
        changes.push_back({WallTime{std::chrono::seconds{high}}, after});
    }
    return std::make_shared<const Zone>("local time", c_offset_at(0), std::move(changes));
}

}  // namespace taktd::ctl
