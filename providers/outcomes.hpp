// What a provider's `outcomes` and `success_codes` make of a vendor's code: the operator's word over the adapter's own
// table, for every action alike. Each adapter asks here first and in its outcomes.cpp then.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/job.hpp"

namespace taktd {

/// The class that the config gives to `code`: the whole code is looked up first, then the part before its first dot.
/// Nothing if the config does not speak of it; an empty code is never spoken of.
std::optional<Outcome> configured_outcome(const ProviderSpec& provider, std::string_view code);

}  // namespace taktd
