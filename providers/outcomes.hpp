// SPDX-License-Identifier: Apache-2.0
// What holds for every vendor's answers. First the operator's word: what a provider's `outcomes` and `success_codes`
// make of a code, for every action alike. Then what an HTTP status is worth. Between the two stands each adapter's own
// table of codes, in its outcomes.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/model/call.hpp"
#include "daemon/core/model/job.hpp"

namespace taktd {

/// The class that the config gives to `code`: the whole code is looked up first, then the part before its first dot.
/// Nothing if the config does not speak of it; an empty code is never spoken of.
std::optional<Outcome> configured_outcome(const ProviderSpec& provider, std::string_view code);

/// Whether an answer of this status may come from the vendor's own checks, before it acted: 400 to 499, but none that
/// says that somebody gave up waiting or failed behind (408, 424, 444, 460, 499), or that another proxy speaks (407).
bool may_refuse(int http_status);

/// The class of an answer that may refuse and whose code no table knows. In the vendor's own words it refuses. In
/// anybody else's (a proxy's page, no body) it proves nothing: they may have taken the place of an answer that came
/// after the effect. Only where no effect is at stake are a strange 401 and 429 heeded, for a key that goes on failing
/// is locked.
Outcome outcome_of_refusal(int http_status, bool in_vendors_words, Action action);

}  // namespace taktd
