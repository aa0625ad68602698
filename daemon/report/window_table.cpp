// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/window_table.hpp"

#include "daemon/report/time_text.hpp"

namespace taktd::report {

Table window_table() {
    return Table{{{.header = "JOB", .may_be_cut = true},
                  {"START"},
                  {.header = "STOP", .rank = 2},
                  {.header = "ZONE", .rank = 4},
                  {.header = "START (UTC)", .rank = 5},
                  {.header = "STOP (UTC)", .rank = 6},
                  {.header = "SKIP", .may_vanish = true, .rank = 1},
                  {.header = "NOTES", .may_vanish = true, .rank = 3}}};
}

void add_window(Table& table, const PlannedWindow& planned) {
    const Window& w = planned.window;
    const bool skipped = planned.skip != Reason::none;
    const Colour colour = skipped ? Colour::dim : Colour::none;
    std::string notes;
    for (const auto& note : planned.notes) notes += (notes.empty() ? "" : "; ") + note;
    table.add({{planned.job->name, skipped ? Colour::dim : Colour::bold},
               {local_text_with_day(w.start_due, *planned.zone), colour},
               {local_text(w.stop_due, *planned.zone), colour},
               {planned.zone->name(), colour},
               {to_rfc3339(w.start_due), colour},
               {to_rfc3339(w.stop_due), colour},
               {std::string{name_of(planned.skip)}, Colour::yellow},
               {notes, Colour::yellow}});
}

}  // namespace taktd::report
