// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world/stage.hpp"

#include <cstdio>
#include <numeric>

namespace taktd::sim {

Stage::Stage(std::uint64_t seed, bool traced)
    : chance{seed * 7919 + 11}, trace{traced, [this] {
                                          char head[64];
                                          std::snprintf(head, sizeof head, "%11.3f ",
                                                        std::chrono::duration<double>(clocks.t).count());
                                          const auto wall =
                                              std::chrono::floor<std::chrono::milliseconds>(clocks.now().wall);
                                          return head + to_rfc3339(wall).substr(5);
                                      }} {}

void Stage::fail(const std::string& why) {
    if (!failure.empty()) return;
    failure = why;
    say([&] { return "!!! " + why; });
}

void Figures::add(const Figures& other) {
    lived += other.lived;
    run_time += other.run_time;
    worlds += other.worlds;
    steps += other.steps;
    sends += other.sends;
    starts += other.starts;
    stops += other.stops;
    runs += other.runs;
    effects += other.effects;
    tasks_made += other.tasks_made;
    tasks_found += other.tasks_found;
    task_starts += other.task_starts;
    objections += other.objections;
    heals += other.heals;
    for (std::size_t i = 0; i < kFaults; ++i) faults.at(i) += other.faults.at(i);
    for (const auto& [end, n] : other.ends) ends[end] += n;
    states.insert(other.states.begin(), other.states.end());
}

std::string Figures::text() const {
    char line[400];
    const auto hours = [](Duration d) { return std::chrono::duration<double, std::ratio<3600>>(d).count(); };
    std::snprintf(line, sizeof line,
                  "%ld worlds, %.0f simulated hours, %.0f run-hours, %ld steps\n"
                  "%ld requests (%ld starts, %ld stops), %ld starts took effect, %ld runs ended, %zu states\n",
                  worlds, hours(lived), hours(run_time), steps, sends, starts, stops, effects, runs, states.size());
    std::string text = line;
    std::snprintf(line, sizeof line,
                  "%ld tasks made from templates (%ld found again by title), %ld of their starts took effect; "
                  "%ld reloads refused; %ld guard rails set off\n",
                  tasks_made, tasks_found, task_starts, objections, heals);
    text += line;
    text += std::to_string(std::accumulate(faults.begin(), faults.end(), 0L)) + " faults injected:";
    for (std::size_t i = 0; i < kFaults; ++i)
        text += "\n  " + std::to_string(faults.at(i)) + " " + std::string{name_of(static_cast<Fault>(i))};
    text += "\nruns ended:";
    for (const auto& [end, n] : ends) text += "\n  " + std::to_string(n) + " " + end;
    return text + "\n";
}

}  // namespace taktd::sim
