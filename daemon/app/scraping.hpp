// What the metrics are made with.
#pragma once

#include <memory>

#include "daemon/metrics/metrics.hpp"

namespace taktd {

std::shared_ptr<metrics::Metrics> create_metrics();

}  // namespace taktd
