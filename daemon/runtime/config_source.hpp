// SPDX-License-Identifier: Apache-2.0
// Reads the config as the daemon runs it: parsed, checked, accounts resolved. At start and at each reload alike;
// nothing changes anywhere until the caller takes the result, so any thread may do it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/runtime/accounts.hpp"
#include "daemon/runtime/http_front.hpp"
#include "daemon/runtime/notify_front.hpp"
#include "daemon/settings/settings.hpp"

namespace taktd {

/// What the settings loader asks of the outside: zones of this system and the process's environment.
LoadContext load_context(std::vector<AdapterSchema> schemas);

struct ConfigReading {
    std::optional<Settings> settings;     ///< none if there is an error
    std::string store_path;               ///< also where the rest is wrong
    std::vector<std::string> errors;      ///< as printed: diagnostics with their source lines, account conflicts
    std::vector<std::string> warnings;    ///< likewise
    std::vector<std::string> unreadable;  ///< secrets that cannot be read now; no reason to refuse the config
    std::optional<HttpFront> http{};      ///< none: TCP is not to be served, or http_problem says why it cannot be
    std::string http_problem{};
    std::vector<NotifyEndpoint> notify{};  ///< of each target, in the config's order
    ZonePtr zone = Zone::utc();            ///< the config's own: of times that people are told
    CredentialCache credentials{};         ///< those that were read for it
};

/// `on_secret` hears of every secret before anything else does.
ConfigReading read_config(const std::string& path, const LoadContext& context, const AdapterTable& adapters,
                          const std::function<void(const Secret&)>& on_secret);

}  // namespace taktd
