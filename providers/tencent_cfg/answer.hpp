// SPDX-License-Identifier: Apache-2.0
// Reads the answers of CFG: class of the outcome, the vendor's words and ids, and what a query showed. Never throws,
// whatever the bytes; what cannot be read proves nothing.
#pragma once

#include "daemon/core/model/call.hpp"
#include "daemon/net/http.hpp"

namespace taktd::tencent_cfg {

CallResult read_answer(const CallSpec& call, const HttpResponse& response);

}  // namespace taktd::tencent_cfg
