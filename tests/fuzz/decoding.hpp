// SPDX-License-Identifier: Apache-2.0
// What holds of every adapter's reading of any answer at all; the vendor's own rules are in the targets.
#pragma once

#include <string>
#include <string_view>

#include "providers/registry.hpp"
#include "tests/fuzz/message_text.hpp"

namespace taktd::fuzz {

/// An answer and the question before it: `200 query 1698 1699`, headers, body. Actions as name_of() has them, `list`
/// for a batched query; without ids it is about task 1.
struct Exchange {
    CallSpec call;
    HttpResponse response;
};
Exchange read_exchange(std::string_view input, const AdapterSchema& schema);

/// Decodes, holds the result to what every provider promises, and returns it.
CallResult decode_and_check(const Adapter& adapter, const Exchange& exchange);

/// A provider of that adapter with a made-up scope, and credentials of the first set.
ProviderPtr make_provider(const AdapterSchema& schema, const std::string& scope);
Credentials make_credentials(const AdapterSchema& schema);

}  // namespace taktd::fuzz
