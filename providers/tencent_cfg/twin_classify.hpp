// SPDX-License-Identifier: Apache-2.0
// What a request to CFG asks for, read from the vendor's pages and not with the adapter's functions.
#pragma once

#include "providers/provider.hpp"

namespace taktd::tencent_cfg_twin {

TwinCall classify(const HttpRequest& request);

}  // namespace taktd::tencent_cfg_twin
