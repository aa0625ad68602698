// SPDX-License-Identifier: Apache-2.0
#include "providers/huawei_cpts/signature.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "providers/crypto.hpp"
#include "providers/uri.hpp"

namespace taktd::huawei_cpts {
namespace {

constexpr std::string_view kAlgorithm = "SDK-HMAC-SHA256";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string encoded_anew(std::string_view text) { return percent_encode(percent_decode(text)); }

/// Only the signed form ends in a slash; the path on the wire stays as it is.
std::string canonical_path(std::string_view path) {
    std::string canonical;
    for (const auto segment : split(path, '/')) canonical += encoded_anew(segment) + '/';
    if (canonical.ends_with("//")) canonical.pop_back();
    return canonical;
}

std::string canonical_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto part : split(query, '&')) {
        if (part.empty()) continue;
        const auto equals = part.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
        pairs.emplace_back(encoded_anew(part.substr(0, equals)), encoded_anew(value));
    }
    std::ranges::sort(pairs);
    std::string canonical;
    for (const auto& [name, value] : pairs) {
        if (!canonical.empty()) canonical += '&';
        canonical += name + '=' + value;
    }
    return canonical;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::ranges::sort(names);
    return names;
}

std::string joined(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) {
        if (!list.empty()) list += ';';
        list += name;
    }
    return list;
}

}  // namespace

std::string sdk_date(WallTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

std::string canonical_request(const HttpRequest& request, const std::vector<std::string>& signed_headers) {
    const std::string_view target = request.target;
    const auto question = target.find('?');
    const auto query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    const auto names = sorted(signed_headers);
    std::string text =
        request.method + '\n' + canonical_path(target.substr(0, question)) + '\n' + canonical_query(query) + '\n';
    for (const auto& name : names) {
        const auto value = find_header(request.headers, name).value_or("");
        text += name + ':' + std::string{trimmed(value)} + '\n';
    }
    text += '\n' + joined(names) + '\n' + sha256_hex(request.body);
    return text;
}

std::string authorization(const HttpRequest& request, const std::vector<std::string>& signed_headers,
                          const std::string& access_key, const Secret& secret_key) {
    const auto date = find_header(request.headers, "X-Sdk-Date").value_or("");
    const auto to_sign =
        std::string{kAlgorithm} + '\n' + date + '\n' + sha256_hex(canonical_request(request, signed_headers));
    return std::string{kAlgorithm} + " Access=" + access_key + ", SignedHeaders=" + joined(sorted(signed_headers)) +
           ", Signature=" + hex(hmac_sha256(secret_key.reveal(), to_sign));
}

}  // namespace taktd::huawei_cpts
