// SPDX-License-Identifier: Apache-2.0
// A stand-in of Tencent Cloud CFG, written from the vendor's pages and SDK models and never with the adapter's
// functions: the gateway of API 3.0 (this file's .cpp), its signature check (twin_signature), and the tasks behind it
// (twin_tasks).
#pragma once

#include <memory>

#include "providers/provider.hpp"

namespace taktd {

/// `limits.rate` is the rate of ModifyTaskRunStatus and ExecuteTask, counted over any second; DescribeTask may be asked
/// twice and DescribeTaskList ten times as often, as the vendor's list has it. An interval of 0 means no limit.
std::unique_ptr<Twin> create_tencent_cfg_twin(TwinOptions options);

}  // namespace taktd
