// SPDX-License-Identifier: Apache-2.0
// The keys of the config that do not depend on a provider's type, as plain values: name, kind, default, a sentence. The
// JSON Schema and the tables of the documentation are made from them and from the adapters' schemas; a test feeds the
// schema and the loader the same files and holds that they agree. Next: daemon/ctl/schema_document.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace taktd {

/// Of a policy that tries again.
inline constexpr std::int64_t kAttemptsMax = 1000;

struct ConfigKey {
    enum class Kind : std::uint8_t {
        text,
        path,
        zone,
        name,  ///< of a provider, a template
        duration,
        rate,
        integer,
        boolean,
        choice,
        time,
        cron,
        composed  ///< a mapping or list of its own
    };

    std::string_view name;
    Kind kind = Kind::text;
    std::string_view help{};           ///< one sentence
    std::string_view default_json{};   ///< as JSON text; empty: there is none, or it is no constant
    std::string_view default_words{};  ///< where it is no constant: "min(60s, half the window)"
    bool required = false;
    std::optional<std::int64_t> min{}, max{};  ///< of an integer; of a duration milliseconds; of a text characters
    std::vector<std::string_view> one_of{};    ///< of a choice
};

/// By the mapping in which they stand, in the order in which a person reads them.
struct ConfigKeys {
    std::vector<ConfigKey> top;
    std::vector<ConfigKey> store, control, http, tokens, tls;
    std::vector<ConfigKey> notify, notify_defaults, notify_target;
    std::vector<ConfigKey> provider, rate_limit;
    std::vector<ConfigKey> job;  ///< of defaults and templates, too, but for `use`
    std::vector<ConfigKey> retry;
    std::vector<ConfigKey> start;    ///< of one rule
    std::vector<ConfigKey> stop;     ///< beside the adapter's own
    std::vector<ConfigKey> healing;  ///< likewise, for adapters that can heal
    std::vector<ConfigKey> task;     ///< beside the adapter's own
};

const ConfigKeys& config_keys();

}  // namespace taktd
