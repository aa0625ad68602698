// A stand-in of Huawei Cloud CPTS, written from the vendor's pages and the SDKs' models, never with the adapter's
// functions: one misreading cannot hide in both. The gateway before the service (signature, lock, throttling) is in
// twin_gate.cpp.
#pragma once

#include <memory>

#include "providers/provider.hpp"

namespace taktd {

std::unique_ptr<Twin> create_huawei_cpts_twin(TwinOptions options);

}  // namespace taktd
