// SPDX-License-Identifier: Apache-2.0
// The `providers` section: each entry checked against its adapter's schema and made into a ProviderSpec.
#pragma once

#include <map>
#include <string>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {

/// A name that jobs may use. The parts are null where the entry was wrong, so that a job is not blamed for its
/// provider.
struct NamedProvider {
    const AdapterSchema* schema = nullptr;
    ProviderPtr spec;
};
using NamedProviders = std::map<std::string, NamedProvider>;

/// `entries`: what stands under `providers`, in whatever file.
NamedProviders read_providers(const std::vector<Field>& entries, const LoadContext& context, Findings& findings);

}  // namespace taktd
