// `credentials` of a provider: which of the adapter's sets is given, each value one whole reference.
#pragma once

#include <map>
#include <string>

#include "daemon/settings/fields.hpp"

namespace taktd {

/// Reports literal secrets without showing them.
std::map<std::string, std::string> read_credential_references(const Field& field, const AdapterSchema& schema,
                                                              Findings& findings);

/// `credentials: {access_key: "${credential:NAME}", ...}`, for messages.
std::string credentials_example(const AdapterSchema& schema);

/// Every credential parameter of the adapters, without the `?` of optional ones.
std::vector<std::string> credential_names(const std::vector<AdapterSchema>& adapters);

}  // namespace taktd
