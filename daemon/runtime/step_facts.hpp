// SPDX-License-Identifier: Apache-2.0
// Which crash points a step's rows pass when they become durable: the points are defined by what is on the disk, so
// they are read from the rows and need no marks in the engine.
#pragma once

#include <vector>

#include "daemon/core/model/rows.hpp"
#include "daemon/runtime/crash_points.hpp"

namespace taktd {

/// In the order of the rows; always empty in a build without crash points.
std::vector<CrashPoint> crash_points_of(const std::vector<Row>& rows);

}  // namespace taktd
