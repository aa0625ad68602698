// SPDX-License-Identifier: Apache-2.0
// `taktctl schema`: the JSON Schema of the config, for editors and for tests of a config in a repository.
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/schema/schema_document.hpp"
#include "providers/registry.hpp"

namespace taktd::ctl {

Answer schema(const Options& /*options*/, const SchemaOptions& /*command*/, const Context& /*context*/) {
    return {.exit_code = kDone, .out = schema_document(adapter_schemas()), .err = {}};
}

}  // namespace taktd::ctl
