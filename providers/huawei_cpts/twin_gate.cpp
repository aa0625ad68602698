// SPDX-License-Identifier: Apache-2.0
#include "providers/huawei_cpts/twin_gate.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "providers/crypto.hpp"

namespace taktd::huawei_cpts {
namespace {

using namespace std::chrono_literals;

constexpr Duration kDateWindow = 15min;
constexpr int kBadSignaturesMax = 5;  // one more locks the key
constexpr Duration kLock = 5min;

const std::string kWrong = "Incorrect IAM authentication information: ";

GateRefusal not_authenticated(const std::string& why) { return {401, "APIG.0301", kWrong + why}; }

std::string stripped(const std::string& text) {
    std::size_t from = 0;
    std::size_t to = text.size();
    while (from < to && std::isspace(static_cast<unsigned char>(text[from])) != 0) ++from;
    while (to > from && std::isspace(static_cast<unsigned char>(text[to - 1])) != 0) --to;
    return text.substr(from, to - from);
}

/// `Access=A, SignedHeaders=B, Signature=C` behind the algorithm's name.
std::map<std::string, std::string> fields_of(const std::string& authorization) {
    std::map<std::string, std::string> fields;
    std::istringstream rest{authorization.substr(std::min(authorization.find(' '), authorization.size()))};
    for (std::string item; std::getline(rest, item, ',');) {
        const auto equals = item.find('=');
        if (equals != std::string::npos) fields[stripped(item.substr(0, equals))] = stripped(item.substr(equals + 1));
    }
    return fields;
}

int nibble(char c) {
    const auto at =
        std::string_view{"0123456789abcdef"}.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && nibble(text[i + 1]) >= 0 && nibble(text[i + 2]) >= 0) {
            out.push_back(static_cast<char>(nibble(text[i + 1]) * 16 + nibble(text[i + 2])));
            i += 2;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

/// As the signing guide encodes: letters, digits and -_.~ stay, all else is escaped byte by byte.
std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 128 && (std::isalnum(byte) != 0 || std::string_view{"-_.~"}.find(c) != std::string_view::npos)) {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back("0123456789ABCDEF"[byte / 16]);
            out.push_back("0123456789ABCDEF"[byte % 16]);
        }
    }
    return out;
}

/// The guide's CanonicalURI: every segment escaped, always with a slash at the end.
std::string guide_uri(const std::string& path) {
    std::string out;
    std::istringstream segments{path};
    for (std::string segment; std::getline(segments, segment, '/');) out += escaped(decoded(segment)) + "/";
    return out.empty() ? "/" : out;
}

/// The guide's CanonicalQueryString: sorted by the names as they are, repeats by their values, `name=` for an empty
/// value.
std::string guide_query(const std::string& query) {
    std::multimap<std::string, std::string> pairs;
    std::istringstream items{query};
    for (std::string item; std::getline(items, item, '&');) {
        if (item.empty()) continue;
        const auto equals = item.find('=');
        pairs.emplace(decoded(item.substr(0, equals)),
                      equals == std::string::npos ? "" : decoded(item.substr(equals + 1)));
    }
    std::string out;
    for (auto name = pairs.begin(); name != pairs.end();) {
        const auto end = pairs.upper_bound(name->first);
        std::vector<std::string> values;
        for (auto pair = name; pair != end; ++pair) values.push_back(pair->second);
        std::sort(values.begin(), values.end());
        for (const auto& value : values) out += (out.empty() ? "" : "&") + escaped(name->first) + "=" + escaped(value);
        name = end;
    }
    return out;
}

/// The signature that the owner of `secret` would have made over exactly the headers that SignedHeaders names.
std::string expected_signature(const HttpRequest& request, const std::string& signed_headers, const std::string& date,
                               const std::string& secret) {
    const auto question = request.target.find('?');
    const auto path = request.target.substr(0, question);
    const auto query = question == std::string::npos ? std::string{} : request.target.substr(question + 1);
    std::ostringstream canonical;
    canonical << request.method << "\n" << guide_uri(path) << "\n" << guide_query(query) << "\n";
    std::istringstream names{signed_headers};
    for (std::string name; std::getline(names, name, ';');) {
        canonical << name << ":" << stripped(find_header(request.headers, name).value_or("")) << "\n";
    }
    const auto content = find_header(request.headers, "X-Sdk-Content-Sha256");
    const bool unsigned_payload = content && *content == "UNSIGNED-PAYLOAD";
    canonical << "\n" << signed_headers << "\n" << (unsigned_payload ? *content : sha256_hex(request.body));
    const std::string to_sign = "SDK-HMAC-SHA256\n" + date + "\n" + sha256_hex(canonical.str());
    return hex(hmac_sha256(secret, to_sign));
}

/// 20250102T030405Z
std::optional<WallTime> parse_sdk_date(const std::string& text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
    const auto digits = text.substr(0, 8) + text.substr(9, 6);
    if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t length) { return std::stoi(digits.substr(at, length)); };
    const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                           std::chrono::month{static_cast<unsigned>(number(4, 2))},
                                           std::chrono::day{static_cast<unsigned>(number(6, 2))}};
    if (!date.ok() || number(0, 4) < 1970 || number(0, 4) > 2200) return std::nullopt;
    return WallTime{std::chrono::sys_days{date} + std::chrono::hours{number(8, 2)} +
                    std::chrono::minutes{number(10, 2)} + std::chrono::seconds{number(12, 2)}};
}

std::string sdk_text(WallTime time) {
    std::string text;
    for (const char c : to_rfc3339(std::chrono::floor<std::chrono::seconds>(time))) {
        if (c != '-' && c != ':') text.push_back(c);
    }
    return text;
}

bool names_header(const std::string& signed_headers, const std::string& name) {
    return (";" + signed_headers + ";").find(";" + name + ";") != std::string::npos;
}

}  // namespace

TwinGate::TwinGate(TwinOptions options) : options_{std::move(options)} {}

std::optional<GateRefusal> TwinGate::check(const HttpRequest& request, WallTime now) {
    if (options_.limits.check_signature) {
        if (auto refusal = authenticate(request, now)) return refusal;
    }
    return throttle(now);
}

const Secret* TwinGate::credential(const std::string& name) const {
    const auto found = options_.credentials.find(name);
    return found == options_.credentials.end() || found->second.empty() ? nullptr : &found->second;
}

std::optional<GateRefusal> TwinGate::authenticate(const HttpRequest& request, WallTime now) {
    if (const auto token = find_header(request.headers, "X-Auth-Token")) {
        const auto* known = credential("token");
        if (known != nullptr && equal_in_constant_time(known->reveal(), *token)) return std::nullopt;
        return not_authenticated("decrypt token fail");
    }
    const auto authorization = find_header(request.headers, "Authorization");
    if (!authorization) return not_authenticated("x-auth-token not found");
    return check_signature(request, *authorization, now);
}

std::optional<GateRefusal> TwinGate::check_signature(const HttpRequest& request, const std::string& header,
                                                     WallTime now) {
    auto fields = fields_of(header);
    if (!header.starts_with("SDK-HMAC-SHA256 ")) return not_authenticated("unsupported signature algorithm");
    const auto* access_key = credential("access_key");
    const auto* secret_key = credential("secret_key");
    if (access_key == nullptr || secret_key == nullptr || fields["Access"] != access_key->reveal()) {
        return not_authenticated("Get secretKey failed,ak:" + fields["Access"] + ",err:ak not exist");
    }
    if (locked_until_ && now < *locked_until_)
        return not_authenticated("AK access failed to reach the limit,forbidden");
    if (locked_until_) {
        locked_until_.reset();
        bad_in_a_row_ = 0;
    }
    const auto date = find_header(request.headers, "X-Sdk-Date").value_or("");
    const auto signed_at = parse_sdk_date(date);
    if (!signed_at || !names_header(fields["SignedHeaders"], "x-sdk-date")) {
        return not_authenticated("header X-Sdk-Date is missing, malformed or not signed");
    }
    if (*signed_at > now + kDateWindow || *signed_at < now - kDateWindow) {
        return not_authenticated("signature expired, signature time:" + date + ",server time:" + sdk_text(now));
    }
    const auto expected = expected_signature(request, fields["SignedHeaders"], date, secret_key->reveal());
    if (!equal_in_constant_time(expected, fields["Signature"])) return bad_signature(now);
    bad_in_a_row_ = 0;
    if (const auto* token = credential("security_token")) {
        const auto sent = find_header(request.headers, "X-Security-Token").value_or("");
        if (!equal_in_constant_time(token->reveal(), sent)) return not_authenticated("decrypt token fail");
    }
    return std::nullopt;
}

std::optional<GateRefusal> TwinGate::bad_signature(WallTime now) {
    if (++bad_in_a_row_ <= kBadSignaturesMax) return not_authenticated("verify aksk signature fail");
    locked_until_ = now + kLock;
    return not_authenticated("AK access failed to reach the limit,forbidden");
}

std::optional<GateRefusal> TwinGate::throttle(WallTime now) {
    const auto& rate = options_.limits.rate;
    if (rate.interval <= Duration::zero()) return std::nullopt;
    const auto start = std::max(next_free_, now);
    if (start + rate.interval > now + rate.interval * std::max(rate.burst, 1)) {
        const auto window = rate.interval <= Duration{1s} ? Duration{1s} : Duration{1min};
        const auto limit = std::max<std::int64_t>(1, (window + rate.interval / 2) / rate.interval);
        return GateRefusal{429, "APIG.0308",
                           "The throttling threshold has been reached: policy api over ratelimit,limit:" +
                               std::to_string(limit) + ",time:1 " + (window == Duration{1s} ? "second" : "minute")};
    }
    next_free_ = start + rate.interval;
    return std::nullopt;
}

}  // namespace taktd::huawei_cpts
