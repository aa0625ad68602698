// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/twin_signature.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <vector>

#include "providers/crypto.hpp"

namespace taktd::tencent_cfg_twin {
namespace {

constexpr std::string_view kAlgorithm = "TC3-HMAC-SHA256";
constexpr auto kWindow = std::chrono::minutes{5};

VendorError auth_failure(const std::string& kind, const std::string& message) {
    return {"AuthFailure." + kind, message};
}

std::string_view strip(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string to_lower(std::string_view text) {
    std::string lowered{text};
    std::ranges::transform(lowered, lowered.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return lowered;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.emplace_back(strip(text.substr(0, at)));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

/// The header `Authorization`, taken apart.
struct Authorization {
    std::string secret_id, day, service, signed_headers, signature;
};

std::optional<Authorization> parse_authorization(std::string_view header) {
    if (!header.starts_with(kAlgorithm)) return std::nullopt;
    Authorization auth;
    std::string credential;
    for (const auto& part : split(header.substr(kAlgorithm.size()), ',')) {
        const auto equals = part.find('=');
        if (equals == std::string::npos) return std::nullopt;
        const auto name = part.substr(0, equals);
        const auto value = part.substr(equals + 1);
        if (name == "Credential") credential = value;
        if (name == "SignedHeaders") auth.signed_headers = value;
        if (name == "Signature") auth.signature = value;
    }
    const auto scope = split(credential, '/');
    if (scope.size() != 4 || scope[3] != "tc3_request") return std::nullopt;
    auth.secret_id = scope[0];
    auth.day = scope[1];
    auth.service = scope[2];
    if (auth.signed_headers.empty() || auth.signature.empty()) return std::nullopt;
    return auth;
}

std::string day_of(std::int64_t unix_seconds) {
    using namespace std::chrono;
    const year_month_day date{floor<days>(sys_seconds{seconds{unix_seconds}})};
    const auto padded = [](unsigned number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
    return std::to_string(static_cast<int>(date.year())) + "-" + padded(static_cast<unsigned>(date.month())) + "-" +
           padded(static_cast<unsigned>(date.day()));
}

std::string without_port(const std::string& host) {
    const auto colon = host.rfind(':');
    const bool is_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
    return is_port ? host.substr(0, colon) : host;
}

std::optional<std::string> expected_signature(const HttpRequest& request, const Authorization& auth,
                                              const Secret& secret_key, const std::string& timestamp,
                                              const std::string& host) {
    const auto question = request.target.find('?');
    std::string canonical = request.method + "\n" + request.target.substr(0, question) + "\n";
    if (question != std::string::npos) canonical += request.target.substr(question + 1);
    canonical += "\n";
    for (const auto& name : split(auth.signed_headers, ';')) {
        const auto value = name == "host" ? std::optional{host} : find_header(request.headers, name);
        if (!value) return std::nullopt;
        canonical += name + ":" + to_lower(strip(*value)) + "\n";
    }
    canonical += "\n" + auth.signed_headers + "\n" + sha256_hex(request.body);

    const auto scope = auth.day + "/" + auth.service + "/tc3_request";
    const auto to_sign = std::string{kAlgorithm} + "\n" + timestamp + "\n" + scope + "\n" + sha256_hex(canonical);
    auto key = hmac_sha256("TC3" + secret_key.reveal(), auth.day);
    key = hmac_sha256(key, auth.service);
    key = hmac_sha256(key, "tc3_request");
    return hex(hmac_sha256(key, to_sign));
}

bool covers(const Authorization& auth, const std::string& name) {
    return std::ranges::count(split(auth.signed_headers, ';'), name) == 1;
}

}  // namespace

std::optional<VendorError> check_signature(const HttpRequest& request, const KeyPair& key, WallTime now) {
    const auto header = find_header(request.headers, "Authorization");
    if (!header) return auth_failure("InvalidAuthorization", "The request carries no Authorization header.");
    const auto auth = parse_authorization(strip(*header));
    if (!auth)
        return auth_failure("InvalidAuthorization", "The Authorization header does not comply with TC3-HMAC-SHA256.");

    const auto timestamp = find_header(request.headers, "X-TC-Timestamp");
    if (!timestamp) return VendorError{"MissingParameter", "The request is missing a required parameter `Timestamp`."};
    const auto digits = strip(*timestamp);
    std::int64_t signed_at = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), signed_at);
    if (error != std::errc{} || rest != digits.data() + digits.size()) {
        return VendorError{"InvalidParameterValue", "The parameter `Timestamp` is not an integer."};
    }
    // Seconds of any size: compared as plain numbers, so that no absurd timestamp overflows a clock's type.
    const auto server = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const auto window = std::chrono::seconds{kWindow}.count();
    if (signed_at < server - window || signed_at > server + window) {
        return auth_failure("SignatureExpire", "Signature expired: the timestamp is `" + std::to_string(signed_at) +
                                                   "`, the server time is `" + std::to_string(server) + "`.");
    }

    if (auth->secret_id != key.secret_id) {
        return auth_failure("SecretIdNotFound",
                            "The SecretId is not found, please ensure that your SecretId is correct.");
    }
    if (!key.token.empty() && find_header(request.headers, "X-TC-Token").value_or("") != key.token.reveal()) {
        return auth_failure("TokenFailure", "The token is incorrect.");
    }

    const auto mismatch = auth_failure("SignatureFailure",
                                       "The provided credentials could not be validated because of exceptions. "
                                       "Please check your signature is correct.");
    if (auth->day != day_of(signed_at) || !covers(*auth, "content-type") || !covers(*auth, "host")) return mismatch;
    const auto host = find_header(request.headers, "Host").value_or("");
    for (const auto& variant : {host, without_port(host)}) {
        const auto expected = expected_signature(request, *auth, key.secret_key, std::string{digits}, variant);
        if (expected && equal_in_constant_time(*expected, auth->signature)) return std::nullopt;
    }
    return mismatch;
}

}  // namespace taktd::tencent_cfg_twin
