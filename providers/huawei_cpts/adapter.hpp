// SPDX-License-Identifier: Apache-2.0
// The adapter of Huawei Cloud CPTS (CodeArts PerfTest): calls to signed requests, answers to outcomes. Pure; what the
// config may say is in schema.cpp, how an answer is read in answer.cpp, what a vendor code means in outcomes.cpp, the
// signature in signature.cpp.
#pragma once

#include <memory>

#include "providers/provider.hpp"

namespace taktd {

std::unique_ptr<Adapter> create_huawei_cpts_adapter();

/// What the config may say of a `huawei-cpts` provider and its tasks.
const AdapterSchema& huawei_cpts_schema();

}  // namespace taktd
