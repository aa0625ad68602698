// SPDX-License-Identifier: Apache-2.0
// Facts as families of gauges, ready to be written out.
#pragma once

#include <vector>

#include "daemon/metrics/facts.hpp"

namespace prometheus {
struct MetricFamily;
}

namespace taktd::metrics {

/// Reads the store's files and /proc/self besides: off the loop.
std::vector<prometheus::MetricFamily> families_of(const Facts& facts);

}  // namespace taktd::metrics
