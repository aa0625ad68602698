// SPDX-License-Identifier: Apache-2.0
// `credentials` of a provider: which of the adapter's sets is given, each value one whole reference.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/values/fields.hpp"
#include "daemon/settings/values/references.hpp"

namespace taktd {

/// Reports literal secrets without showing them.
std::map<std::string, std::string> read_credential_references(const Field& field, const AdapterSchema& schema,
                                                              Findings& findings);

/// One value that must be a reference; anything else is reported and not shown.
std::optional<Reference> read_secret_reference(const Field& field, Findings& findings);
/// A key that `what` does not take. It may be a secret itself, so it is named only when it resembles one of `names`.
void refuse_secret_key(const Field& unknown, const std::vector<std::string>& names, const std::string& what,
                       Findings& findings);
/// Whatever stands below is not for showing, unless it is a reference.
void hide_values(const YamlNode& node, Findings& findings);

/// `credentials: {access_key: "${credential:NAME}", ...}`, for messages.
std::string credentials_example(const AdapterSchema& schema);

/// Every credential parameter of the adapters, without the `?` of optional ones.
std::vector<std::string> credential_names(const std::vector<AdapterSchema>& adapters);

}  // namespace taktd
