// SPDX-License-Identifier: Apache-2.0
#include "providers/answer_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "providers/json_values.hpp"

namespace taktd {
namespace {

constexpr Duration kWaitMax = std::chrono::hours{24};
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::size_t kEncodingMax = 40;
constexpr std::string_view kShape = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr auto kMonths = std::to_array<std::string_view>(
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<unsigned> digits(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
    namespace chrono = std::chrono;
    text = trimmed(text);
    if (text.size() != kShape.size() || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return std::nullopt;
    const auto* month = std::ranges::find(kMonths, text.substr(8, 3));
    const auto day = digits(text.substr(5, 2));
    const auto year = digits(text.substr(12, 4));
    const auto hour = digits(text.substr(17, 2));
    const auto minute = digits(text.substr(20, 2));
    const auto second = digits(text.substr(23, 2));
    if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    const chrono::year_month_day date{chrono::year{static_cast<int>(*year)},
                                      chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
                                      chrono::day{*day}};
    // Nanoseconds since 1970 reach 2262; a server that claims another century is not to be believed anyway.
    if (!date.ok() || *year < 1970 || *year > 2200 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return WallTime{chrono::sys_days{date} + chrono::hours{*hour} + chrono::minutes{*minute} +
                    chrono::seconds{*second}};
}

std::optional<WallTime> server_time_of(const HttpHeaders& headers) {
    const auto date = find_header(headers, "Date");
    if (!date) return std::nullopt;
    return parse_http_date(*date);
}

std::optional<Duration> retry_after_of(const HttpHeaders& headers) {
    const auto header = find_header(headers, "Retry-After");
    if (!header) return std::nullopt;
    const auto text = trimmed(*header);
    if (const auto seconds = digits(text)) {
        return std::min<Duration>(std::chrono::seconds{*seconds}, kWaitMax);
    }
    const auto until = parse_http_date(text);
    const auto now = server_time_of(headers);
    if (!until || !now) return std::nullopt;
    return std::clamp<Duration>(*until - *now, Duration::zero(), kWaitMax);
}

std::optional<std::string> compressed_note(const HttpResponse& response) {
    auto encoding = find_header(response.headers, "Content-Encoding").value_or("");
    encoding = clean_text(trimmed(encoding), kEncodingMax);
    if (encoding == "identity") encoding.clear();
    if (encoding.empty() && response.body.starts_with(kGzipMagic)) encoding = "gzip, which no header says";
    if (encoding.empty() || response.body.empty()) return std::nullopt;
    return "the answer is compressed (" + encoding + "), which taktd did not ask for: it cannot be read";
}

}  // namespace taktd
