// SPDX-License-Identifier: Apache-2.0
// simcloud without its sockets: twins, faults, journal. Pure but for its own state; it is told the time.
#pragma once

#include <map>

#include "providers/simcloud/delivery.hpp"
#include "providers/simcloud/faults.hpp"
#include "providers/simcloud/journal.hpp"
#include "providers/simcloud/options.hpp"
#include "providers/simcloud/truth.hpp"

namespace taktd::simcloud {

class Cloud {
public:
    struct Provider {
        std::string type, name;
        std::string url;  ///< where it listens, once it does
        std::unique_ptr<Twin> twin;
        Journal journal;
        std::map<std::string, Duration> starts_apart;
    };

    explicit Cloud(std::uint64_t seed = 1) : faults_{seed} {}

    /// The error names what is wrong: a second provider of one name.
    Result<Provider*> add(ProviderOptions options);
    /// Nobody bears that name, or the id is none that the vendor would give, or the vendor has no templates.
    Result<void> define(const TaskOptions& task);
    Result<void> define(const TemplateOptions& definition);

    /// Answers as the twin does, or as the fault says that concerns the request.
    SimReply handle(Provider& provider, const HttpRequest& request, WallTime now);

    Faults& faults() { return faults_; }
    const std::vector<std::unique_ptr<Provider>>& providers() const { return providers_; }

private:
    Result<Provider*> named(const std::string& name) const;

    std::vector<std::unique_ptr<Provider>> providers_;
    Faults faults_;
};

}  // namespace taktd::simcloud
