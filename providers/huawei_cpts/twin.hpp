// SPDX-License-Identifier: Apache-2.0
// A stand-in of Huawei Cloud CPTS, written from the vendor's pages and the SDKs' models, never with the adapter's
// functions: one misreading cannot hide in both. The gateway before the service (signature, lock, throttling) is in
// twin_gate.cpp.
#pragma once

#include <memory>
#include <string>

#include "providers/provider.hpp"

namespace taktd {

std::unique_ptr<Twin> create_huawei_cpts_twin(TwinOptions options);

/// A fault: an answer to ShowTask of a task that runs, waits or stops, as it is when the task is called ended before
/// its cases are. Any other text comes back as it is.
std::string huawei_cpts_ended_early(const std::string& body);

}  // namespace taktd
