// SPDX-License-Identifier: Apache-2.0
// The adapter of Tencent Cloud CFG (Chaotic Fault Generator), API version 2021-08-20: calls to signed requests, answers
// to outcomes. Pure; what the config may say is in schema.cpp, how an answer is read in answer.cpp, what a vendor code
// means in outcomes.cpp, the signature in signature.cpp.
#pragma once

#include <memory>

#include "providers/provider.hpp"

namespace taktd {

std::unique_ptr<Adapter> create_tencent_cfg_adapter();

/// What the config may say of a `tencent-cfg` provider and its tasks.
const AdapterSchema& tencent_cfg_schema();

}  // namespace taktd
