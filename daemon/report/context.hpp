// What a text for people depends on beside its subject: when it is read, where, and on what.
#pragma once

#include "daemon/core/base/time.hpp"
#include "daemon/core/calendar/zone.hpp"

namespace taktd::report {

struct Context {
    WallTime now;
    ZonePtr zone;  ///< the reader's
    bool colour = false;
};

}  // namespace taktd::report
