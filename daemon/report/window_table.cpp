#include "daemon/report/window_table.hpp"

#include "daemon/report/time_text.hpp"

namespace taktd::report {

Table window_table() {
    return Table{{{"JOB"},
                  {"START"},
                  {"STOP"},
                  {"ZONE"},
                  {"START (UTC)"},
                  {"STOP (UTC)"},
                  {.header = "SKIP", .may_vanish = true},
                  {.header = "NOTES", .may_vanish = true}}};
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
