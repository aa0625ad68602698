// SPDX-License-Identifier: Apache-2.0
// simcloud's sockets: a server per provider and one for the admin port, until SIGINT or SIGTERM.
#pragma once

#include <iosfwd>

#include "providers/simcloud/cloud.hpp"

namespace taktd::simcloud {

struct ServeOptions {
    std::vector<ProviderOptions> providers;
    std::vector<TaskOptions> tasks;
    std::vector<TemplateOptions> templates;
    std::vector<std::string> faults;
    Listen admin;
    std::string certificate_file, key_file;  ///< of the providers; the admin port is plain
    std::uint64_t seed = 1;
    bool verbose = false;  ///< each request is a line on `notes`
};

/// Writes one line per endpoint and then `simcloud: ready` to `out`, each flushed. The error says why nothing was
/// served.
Result<void> serve(const ServeOptions& options, std::ostream& out, std::ostream& notes);

}  // namespace taktd::simcloud
