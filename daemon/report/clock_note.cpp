// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/clock_note.hpp"

#include "daemon/report/time_text.hpp"

namespace taktd::report {

std::string clock_note(Queries& queries, const Context& context) {
    const WallTime newest = queries.newest();
    if (newest <= context.now + kAheadUntold) return "";
    return "nothing starts before " + local_text(newest, *context.zone) +
           ", the store's newest instant, which is ahead of the clock; if the clock was wrong then, take the "
           "time back: taktctl clock --db " +
           queries.path();
}

}  // namespace taktd::report
