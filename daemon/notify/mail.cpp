// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/mail.hpp"

#include <algorithm>
#include <ctime>

#include "providers/crypto.hpp"

namespace taktd::notify {
namespace {

/// RFC 5322, section 3.3, in UTC.
std::string date_of(WallTime t) {
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(t));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char rest[32] = {};
    std::strftime(rest, sizeof rest, "%Y %H:%M:%S +0000", &parts);
    return std::string{kDays[parts.tm_wday]} + ", " + std::to_string(parts.tm_mday) + " " + kMonths[parts.tm_mon] +
           " " + rest;
}

/// RFC 2047: what is not ASCII is written as base64, in words of at most 75 characters that hold whole characters.
std::string header_text(const std::string& text) {
    if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) return text;
    constexpr std::size_t kBytesMax = 42;
    std::string written;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = std::min(begin + kBytesMax, text.size());
        const auto is_inside = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
        while (end < text.size() && end > begin + 1 && is_inside(end)) --end;
        if (!written.empty()) written += "\r\n ";
        written += "=?UTF-8?B?" + base64(std::string_view{text}.substr(begin, end - begin)) + "?=";
        begin = end;
    }
    return written;
}

/// RFC 2045, section 6.8: lines of at most 76 characters.
std::string body_text(const std::string& text) {
    constexpr std::size_t kLine = 76;
    const std::string encoded = base64(text);
    std::string lines;
    for (std::size_t begin = 0; begin < encoded.size(); begin += kLine) lines += encoded.substr(begin, kLine) + "\r\n";
    return lines;
}

}  // namespace

std::string mail_of(const Told& told, NoticeId id, const std::vector<std::string>& to, const std::string& host,
                    WallTime now) {
    std::string recipients;
    for (const std::string& address : to) recipients += (recipients.empty() ? "" : ",\r\n ") + address;
    std::string body = told.text + "\n";
    if (!told.link.empty()) body += "\n" + told.link + "\n";
    if (!told.command.empty()) body += "\n" + told.command + "\n";
    return "From: taktd@" + host + "\r\nTo: " + recipients + "\r\nSubject: " + header_text("[taktd] " + told.title) +
           "\r\nDate: " + date_of(now) + "\r\nMessage-ID: <" + id.text() + "@" + host +
           ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           body_text(body);
}

}  // namespace taktd::notify
