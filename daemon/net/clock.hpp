// SPDX-License-Identifier: Apache-2.0
// Reads both clocks. The network layer stamps when a request's first byte left; everything else in this layer measures
// durations on Asio's steady clock.
#pragma once

#include "daemon/core/base/time.hpp"

namespace taktd {

Now read_clocks();

}  // namespace taktd
