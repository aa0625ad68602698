// SPDX-License-Identifier: Apache-2.0
// A window's length may depend on the day, so windows are compared as they come: the next ones after a fixed instant,
// because the loader has no clock.
#include "daemon/settings/sections/job_warnings.hpp"

#include <algorithm>

#include "daemon/settings/sections/schedules.hpp"

namespace taktd {
namespace {

std::string fate_of_overlapping(Overlap overlap) {
    switch (overlap) {
        case Overlap::queue: return "those that overlap wait, one at a time";
        case Overlap::stop_previous: return "each stops the one before it";
        case Overlap::skip: break;
    }
    return "those that overlap are skipped";
}

void warn_of_overlap(const Job& job, const std::vector<Window>& windows, const JobPlaces& places, Findings& findings) {
    std::optional<Duration> shortest, length;
    for (std::size_t i = 0; i + 1 < windows.size(); ++i) {
        const Window& window = windows[i];
        const Duration period = windows[i + 1].start_due - window.start_due;
        const Duration lasts = std::min(window.stop_due, window.max_end) - window.start_due;
        // A stop takes a moment: a start at the instant of the stop before it overlaps, which nobody minds who lets it
        // wait.
        const bool is_free = job.overlap == Overlap::skip ? period > lasts : period >= lasts;
        if (is_free || (shortest && *shortest <= period)) continue;
        shortest = period;
        length = lasts;
    }
    if (!shortest) return;
    const std::string lasts = *length == *shortest ? " and a run lasts as long, and its stop takes a moment: "
                                                   : " but a run lasts " + to_text(*length) + ": ";
    findings.warning(places.start,
                     "starts follow each other after " + to_text(*shortest) + lasts + fate_of_overlapping(job.overlap));
}

void warn_of_waiting(const Job& job, const std::vector<Window>& windows, const JobPlaces& places, Findings& findings) {
    if (job.overlap == Overlap::skip || job.misfire == Misfire::run_late || !places.overlap) return;
    const std::string word = job.overlap == Overlap::queue ? "queue" : "stop_previous";
    const std::string grace = windows.empty() ? std::string{} : " (" + to_text(windows.front().start_grace) + ")";
    findings.warning(*places.overlap, "with 'overlap: " + word +
                                          "' a run waits for the one before it, but under "
                                          "'misfire: skip' at most start_grace" +
                                          grace + "; write 'misfire: run_late' to let it wait longer");
}

}  // namespace

void warn_about(const Job& job, const AdapterSchema& schema, const JobPlaces& places, Findings& findings) {
    const bool is_fixed = !job.task.is_from_template() && !places.is_rerun;
    if (is_fixed && is_recurring(job.schedule) && !schema.recurring_task_warning.empty()) {
        findings.warning(places.start, schema.recurring_task_warning + "; write 'rerun: true' under 'task' if it does");
    }
    const std::vector<Window> windows = sample_windows(job);
    warn_of_waiting(job, windows, places, findings);
    if (windows.empty()) {
        if (!job.schedule.rules.empty()) findings.warning(places.start, "this schedule never fires");
        return;
    }
    const Window& first = windows.front();
    const Duration length = std::min(first.stop_due, first.max_end) - first.start_due;
    if (places.min_window && job.min_window > length && length > Duration::zero()) {
        findings.warning(*places.min_window, "'min_window' (" + to_text(job.min_window) +
                                                 ") is longer than the window (" + to_text(length) +
                                                 "): nothing would start");
    }
    warn_of_overlap(job, windows, places, findings);
}

}  // namespace taktd
