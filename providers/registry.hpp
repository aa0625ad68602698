// SPDX-License-Identifier: Apache-2.0
// The one table of adapters. Seen by app, ctl, simcloud and tests only.
#pragma once

#include <span>

#include "providers/provider.hpp"

namespace taktd {

std::span<const ProviderEntry> providers();
/// Nothing if there is no adapter of that type.
const ProviderEntry* find_provider(std::string_view type);
/// The schemas of all adapters, for the settings loader.
std::vector<AdapterSchema> adapter_schemas();

}  // namespace taktd
