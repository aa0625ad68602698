// SPDX-License-Identifier: Apache-2.0
// Who may come in over TCP, and as what: tokens of the config, login codes, the sessions that they begin, and who has
// shown too many wrong ones. Pure: time and chance are given, nothing is logged. No secret is kept, only its digest.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/control/asker.hpp"
#include "daemon/control/problem.hpp"
#include "daemon/core/base/secret.hpp"
#include "daemon/core/base/time.hpp"

namespace taktd::control {

class Access {
public:
    static constexpr Duration kCodeFor = std::chrono::seconds{60};
    static constexpr Duration kSessionFor = std::chrono::hours{12};
    static constexpr std::size_t kCodesMax = 256;  ///< unused, or of a session that goes on; who ends next goes first
    static constexpr std::size_t kSessionsMax = 256;  ///< likewise
    static constexpr std::size_t kWrongMax = 10;      ///< from one peer, within kWrongWindow
    static constexpr Duration kWrongWindow = std::chrono::minutes{1};
    static constexpr std::size_t kPeersMax = 1024;

    /// What the config says.
    struct Rules {
        std::string host;  ///< of `listen`, as a Host header says it: "127.0.0.1", "[::1]"
        std::string port;
        bool is_secured = false;
        std::vector<std::string> hosts{};                ///< a reverse proxy's names for us
        std::string operator_digest{}, viewer_digest{};  ///< digest_of() the tokens; empty: there is none
        bool operator==(const Rules&) const = default;
    };
    static std::string digest_of(const Secret& token);

    /// `draw`: 128 random bits as text, another one each time, that nobody can guess.
    explicit Access(std::function<std::string()> draw) : draw_{std::move(draw)} {}

    /// Sessions outlive it: they are people's, and no matter of the config.
    void take(Rules rules) { rules_ = std::move(rules); }
    const Rules& rules() const { return rules_; }

    /// A forged Host (DNS rebinding), or a page of another origin.
    std::optional<Problem> objection_to(const HttpRequest& request) const;

    /// A right token is let in whatever else its peer has shown: all users of a host are one peer, and none of them may
    /// keep an operator from stopping a run.
    Answered<Asker> admit(const HttpRequest& request, Need need, Now now);

    struct Code {
        std::string code;
        WallTime until;
    };
    /// Good once. The session acts under the name of whoever asked for it.
    Code issue(Role role, std::string actor, Now now);

    struct Session {
        std::string token, actor;
        Role role = Role::viewer;
        WallTime until;
    };
    struct Entry {
        Answered<Session> session;
        std::optional<std::string> ended{};  ///< whose session was ended: its code has been used twice
    };
    Entry enter(const std::string& code, const std::string& peer, Now now);

    /// The session whose token the request bears. False: it bears another one.
    bool leave(const HttpRequest& request);

private:
    struct IssuedCode {
        Role role;
        std::string actor;
        BootTime good_until, kept_until;
        std::string session{};  ///< digest of its token, once it has been used
    };
    struct OpenSession {
        Role role;
        std::string actor;
        BootTime until;
    };
    void forget_old(BootTime now);
    /// What is said of a wrong one.
    Problem wrong(const std::string& peer, std::string what, BootTime now);
    bool is_ours(std::string_view host) const;

    std::function<std::string()> draw_;
    Rules rules_;
    std::map<std::string, IssuedCode> codes_;            // by digest
    std::map<std::string, OpenSession> sessions_;        // likewise
    std::map<std::string, std::deque<BootTime>> wrong_;  // by peer
};

}  // namespace taktd::control
