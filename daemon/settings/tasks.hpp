// A job's `task` and `stop` as the JSON texts of a TaskSpec: what the start sends, what the scheduled stop sends, and
// what every other end sends.
#pragma once

#include "daemon/core/adapter_schema.hpp"
#include "daemon/settings/fields.hpp"

namespace taktd {

/// The fields are empty where the job lacks them (reported by the caller). `stop` is the section whose after and at are
/// taken already; everything else in it is read, or refused, here. Check Findings::error_count() before using the
/// result.
TaskSpec read_task(const Field& task, Section* stop, const AdapterSchema& schema, Findings& findings);

}  // namespace taktd
