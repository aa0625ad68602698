// SPDX-License-Identifier: Apache-2.0
// What the API asks of the daemon beside its engine and its store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/rules/config_change.hpp"
#include "daemon/net/async.hpp"
#include "daemon/settings/settings.hpp"

namespace taktd::control {

/// What came of reading the config anew.
struct Reload {
    std::vector<std::string> errors, warnings;  ///< as printed, with their source lines
    std::vector<std::string> objections;        ///< why a good one must not take over now (R11)
    ConfigChange change;
    bool is_applied = false;
};

/// What a target of `notify` said of a test.
struct NotifyAnswer {
    std::string target;
    bool is_delivered = false;
    std::string detail{};
    Duration took{};
};

class Host {
public:
    virtual ~Host() = default;
    virtual const Settings& settings() const = 0;
    virtual std::string config_file() const = 0;
    /// Of the config in force; 0: none has been accepted.
    virtual std::uint64_t generation() const = 0;
    virtual std::optional<WallTime> loaded() const = 0;
    virtual WallTime started() const = 0;
    /// What came of the config that was read last; nothing: none has been.
    struct Reading {
        WallTime at;
        std::size_t errors = 0;  ///< in it, or against its taking over
        bool is_applied = false;
    };
    virtual std::optional<Reading> last_reading() const = 0;
    /// It is going down: nothing is started any more.
    virtual bool is_ending() const = 0;
    /// Only owed stops are delivered, since the config was refused.
    virtual bool is_stops_only() const = 0;
    /// They are read anew when they are needed next.
    virtual void forget_credentials(const ProviderSpec& provider) = 0;
    /// Reads the config; `is_rehearsal`: and leaves the one in force as it is.
    virtual Async<Reload> reload(bool is_rehearsal) = 0;
    virtual bool has_notify_target(const std::string& name) const = 0;
    /// Tells one target, or all (empty), that it can be reached.
    virtual Async<std::vector<NotifyAnswer>> test_notify(std::string target) = 0;
    /// What writes the metrics as they are now; to be run off the loop.
    virtual std::function<std::string()> scrape() = 0;
    /// A request was answered. `pattern` is its route's; empty: it has none.
    virtual void note_request(std::string_view method, std::string_view pattern, int status, Duration took) = 0;
};

}  // namespace taktd::control
