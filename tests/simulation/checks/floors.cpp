// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checks/floors.hpp"

namespace taktd::sim {

std::vector<std::string> missed_floors(const Figures& figures) {
    std::vector<std::string> missed;
    for (std::size_t i = 0; i < kFaults; ++i) {
        if (figures.faults.at(i) == 0)
            missed.push_back("never injected: " + std::string{name_of(static_cast<Fault>(i))});
    }
    const auto ends = [&](const char* how) {
        const auto found = figures.ends.find(how);
        return found == figures.ends.end() ? 0L : found->second;
    };
    const auto hold = [&](const char* what, long found, long floor) {
        if (found < floor)
            missed.push_back(std::string{"too few "} + what + ": " + std::to_string(found) + ", and " +
                             std::to_string(floor) + " is the least");
    };
    // About a quarter of what such worlds do, so that a change of the lots does not matter and an idle engine does.
    const long worlds = figures.worlds;
    hold("starts that took effect", figures.effects, 4 * worlds);
    hold("stops by schedule", ends("stopped:schedule"), 2 * worlds);
    hold("runs that ended by themselves", ends("completed:"), worlds / 4);
    hold("tasks made from templates", figures.tasks_made, worlds / 2);
    hold("such tasks found again by their title", figures.tasks_found, worlds / 20);
    hold("starts of such tasks", figures.task_starts, worlds / 3);
    hold("guard rails that were set off", figures.heals, worlds / 4);
    hold("reloads that the engine refused", figures.objections, worlds / 20);
    return missed;
}

}  // namespace taktd::sim
