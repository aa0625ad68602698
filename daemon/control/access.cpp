// SPDX-License-Identifier: Apache-2.0
// Digests are compared instead of secrets, so that neither length nor place of a difference can be measured.
#include "daemon/control/access.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "providers/crypto.hpp"

namespace taktd::control {
namespace {

std::string lower_case(std::string_view text) {
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

std::size_t count_of(const HttpHeaders& headers, std::string_view name) {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [name](const auto& header) { return lower_case(header.first) == name; }));
}

/// `taktd.example.com:8443` -> its name and its port; no port: empty.
std::pair<std::string, std::string> parts_of(std::string_view host) {
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return {lower_case(host), {}};
    return {lower_case(host.substr(0, colon)), std::string{host.substr(colon + 1)}};
}

/// The one that the Authorization header bears; nothing: there is none, or more than one.
std::optional<std::string> bearer_of(const HttpHeaders& headers) {
    constexpr std::string_view kScheme = "bearer ";
    const auto value = find_header(headers, "Authorization");
    if (!value || count_of(headers, "authorization") != 1) return std::nullopt;
    if (lower_case(std::string_view{*value}.substr(0, kScheme.size())) != kScheme) return std::nullopt;
    return value->substr(kScheme.size());
}

template <class Entries>
void drop_oldest_beyond(std::size_t limit, Entries& entries, BootTime (*age)(const typename Entries::mapped_type&)) {
    while (entries.size() >= limit) {
        entries.erase(std::ranges::min_element(
            entries, [age](const auto& a, const auto& b) { return age(a.second) < age(b.second); }));
    }
}

}  // namespace

std::string Access::digest_of(const Secret& token) { return sha256_hex(token.reveal()); }

bool Access::is_ours(std::string_view text) const {
    const auto [name, port] = parts_of(text);
    for (const std::string& each : rules_.hosts) {
        const auto [known_name, known_port] = parts_of(each);
        if (name == known_name && (known_port.empty() || known_port == port)) return true;
    }
    const std::string usual_port = rules_.is_secured ? "443" : "80";
    if (port != rules_.port && !(port.empty() && rules_.port == usual_port)) return false;
    return name == rules_.host || name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

std::optional<Problem> Access::objection_to(const HttpRequest& request) const {
    const auto host = find_header(request.headers, "Host");
    if (!host || count_of(request.headers, "host") != 1 || !is_ours(*host))
        return Problem{
            403, "host",
            "this Host is not one of taktd's: use the address that control.http.listen names, or add what you "
            "call it to control.http.hosts"};
    const auto origin = find_header(request.headers, "Origin");
    if (!origin) return std::nullopt;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (count_of(request.headers, "origin") == 1 && origin->starts_with(scheme) &&
            is_ours(std::string_view{*origin}.substr(scheme.size())))
            return std::nullopt;
    }
    return Problem{403, "origin",
                   "a page of another origin may not ask taktd; a proxy's name belongs in control.http.hosts"};
}

Answered<Asker> Access::admit(const HttpRequest& request, Need need, Now now) {
    if (need == Need::socket)
        return unexpected{Problem{403, "role", "this is served on the Unix socket alone: ask with taktctl"}};
    if (need == Need::nobody) return Asker{.via = Via::token};
    const auto token = bearer_of(request.headers);
    if (!token)
        return unexpected{Problem{401, "token",
                                  "send 'Authorization: Bearer TOKEN' with a token of control.http.tokens; for the "
                                  "dashboard run taktctl dashboard"}};
    forget_old(now.boot);
    const std::string digest = sha256_hex(*token);
    const bool is_operator = equal_in_constant_time(digest, rules_.operator_digest);
    const bool is_viewer = equal_in_constant_time(digest, rules_.viewer_digest);
    const auto session = sessions_.find(digest);
    Asker asker;
    if (is_operator || is_viewer) {
        asker.role = is_operator ? Role::operator_ : Role::viewer;
        asker.actor = "token:" + std::string{name_of(*asker.role)};
        asker.via = Via::token;
    } else if (session != sessions_.end()) {
        asker = {.actor = session->second.actor, .via = Via::page, .role = session->second.role};
    } else {
        return unexpected{
            wrong(request.peer_address,
                  "this token is unknown or no longer valid: a session ends after 12 hours, and when taktd ends; for a "
                  "new one run taktctl dashboard",
                  now.boot)};
    }
    if (need == Need::operator_ && asker.role != Role::operator_)
        return unexpected{Problem{403, "role",
                                  "a viewer may look and not act; ask with the operator's token, or as yourself by "
                                  "taktctl dashboard"}};
    return asker;
}

Access::Code Access::issue(Role role, std::string actor, Now now) {
    forget_old(now.boot);
    drop_oldest_beyond(
        kCodesMax, codes_, +[](const IssuedCode& code) { return code.kept_until; });
    const std::string code = draw_();
    const BootTime until = now.boot + kCodeFor;
    codes_.insert_or_assign(sha256_hex(code), IssuedCode{role, std::move(actor), until, until});
    return {code, now.wall + kCodeFor};
}

Access::Entry Access::enter(const std::string& code, const std::string& peer, Now now) {
    forget_old(now.boot);
    const auto issued = codes_.find(sha256_hex(code));
    if (issued == codes_.end())
        return {unexpected{wrong(peer,
                                 "this login code is unknown or too old: one is good for 60 seconds; for a new one run "
                                 "taktctl dashboard",
                                 now.boot)}};
    IssuedCode& used = issued->second;
    if (!used.session.empty()) {
        Entry entry{unexpected{wrong(peer,
                                     "this login code has been used before: somebody else may have read it, so the "
                                     "session that it began is ended; for a new one run taktctl dashboard",
                                     now.boot)}};
        if (sessions_.erase(used.session) > 0) entry.ended = used.actor;
        return entry;
    }
    drop_oldest_beyond(
        kSessionsMax, sessions_, +[](const OpenSession& session) { return session.until; });
    Session session{draw_(), used.actor, used.role, now.wall + kSessionFor};
    used.session = sha256_hex(session.token);
    used.kept_until = now.boot + kSessionFor;
    sessions_.insert_or_assign(used.session, OpenSession{used.role, used.actor, used.kept_until});
    return {std::move(session)};
}

bool Access::leave(const HttpRequest& request) {
    const auto token = bearer_of(request.headers);
    return token && sessions_.erase(sha256_hex(*token)) > 0;
}

void Access::forget_old(BootTime now) {
    std::erase_if(codes_, [now](const auto& code) { return code.second.kept_until <= now; });
    std::erase_if(sessions_, [now](const auto& session) { return session.second.until <= now; });
}

Problem Access::wrong(const std::string& peer, std::string what, BootTime now) {
    if (!wrong_.contains(peer) && wrong_.size() >= kPeersMax) {
        std::erase_if(wrong_, [now](const auto& each) { return each.second.back() + kWrongWindow <= now; });
        if (wrong_.size() >= kPeersMax) wrong_.erase(wrong_.begin());
    }
    auto& times = wrong_[peer];
    while (!times.empty() && times.front() + kWrongWindow <= now) times.pop_front();
    if (times.size() >= kWrongMax) {
        Problem problem{429, "tokens", "too many wrong tokens have come from your address; wait a minute"};
        return problem;
    }
    times.push_back(now);
    return {401, "token", std::move(what)};
}

}  // namespace taktd::control
