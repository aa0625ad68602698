// SPDX-License-Identifier: Apache-2.0
// What a text for people depends on beside its subject: when it is read, where, and on what.
#pragma once

#include <cstddef>
#include <optional>

#include "daemon/core/base/time.hpp"
#include "daemon/core/calendar/zone.hpp"

namespace taktd::report {

struct Context {
    WallTime now;
    ZonePtr zone;  ///< the reader's
    bool colour = false;
    std::optional<std::size_t> width = {};  ///< of the terminal; none: it is none
};

}  // namespace taktd::report
