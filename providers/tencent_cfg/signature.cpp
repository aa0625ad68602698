// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/signature.hpp"

#include <chrono>
#include <cstdio>

#include "providers/crypto.hpp"

namespace taktd::tencent_cfg {
namespace {

constexpr auto kAlgorithm = "TC3-HMAC-SHA256";
constexpr auto kTerminator = "tc3_request";

/// `YYYY-MM-DD` of the signed timestamp, never of a second look at the clock: the two may lie on either side of
/// midnight.
std::string utc_day(std::int64_t timestamp) {
    const auto day = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{timestamp}});
    const std::chrono::year_month_day date{day};
    char text[48];
    const int length = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return {text, static_cast<std::size_t>(length)};
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

}  // namespace

Tc3Signature sign_tc3(const Tc3Input& input) {
    std::string headers = "content-type:" + lower(input.content_type) + "\nhost:" + lower(input.host) + "\n";
    std::string signed_headers = "content-type;host";
    if (!input.action.empty()) {
        headers += "x-tc-action:" + lower(input.action) + "\n";
        signed_headers += ";x-tc-action";
    }

    Tc3Signature result;
    result.canonical_request = "POST\n/\n\n" + headers + "\n" + signed_headers + "\n" + sha256_hex(input.body);

    const std::string day = utc_day(input.timestamp);
    const std::string scope = day + "/" + input.service + "/" + kTerminator;
    result.string_to_sign = std::string{kAlgorithm} + "\n" + std::to_string(input.timestamp) + "\n" + scope + "\n" +
                            sha256_hex(result.canonical_request);

    // Derived keys sign just as well as the secret itself, so they are kept in the type that wipes itself.
    const Secret seed{"TC3" + input.secret_key.reveal()};
    const Secret day_key{hmac_sha256(seed.reveal(), day)};
    const Secret service_key{hmac_sha256(day_key.reveal(), input.service)};
    const Secret signing_key{hmac_sha256(service_key.reveal(), kTerminator)};
    result.signature = hex(hmac_sha256(signing_key.reveal(), result.string_to_sign));
    result.authorization = std::string{kAlgorithm} + " Credential=" + input.secret_id + "/" + scope +
                           ", SignedHeaders=" + signed_headers + ", Signature=" + result.signature;
    return result;
}

}  // namespace taktd::tencent_cfg
