// SPDX-License-Identifier: Apache-2.0
// What the config says of jobs, as values that the engine and the shell share. Nothing here is a secret.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/calendar/schedule.hpp"
#include "daemon/core/model/model.hpp"
#include "daemon/core/model/provider.hpp"

namespace taktd {

/// The vendor's task and what to send to it. The JSON texts are objects of the adapter's parameters, already checked
/// against its schema, all values in their final types; the core never looks inside.
struct TaskSpec {
    std::string task_id;               ///< empty until a task made from a template has its own
    std::string start_json = "{}";     ///< e.g. {"test_suite_id":1,"task_id":1,"cluster_id":0,...}
    std::string stop_json = "{}";      ///< the same with `stop.task` and the stop's own parameters merged in
    std::string on_abort_json = "{}";  ///< parameters of every end but the scheduled one, over stop_json
    std::string prepare_json{};        ///< not empty: each run makes a task of its own from a template first
    std::string expect_name{};         ///< the name that the task must bear to be started; empty: any
    bool is_from_template() const { return !prepare_json.empty(); }
    bool operator==(const TaskSpec&) const = default;
};

enum class Misfire : std::uint8_t { skip, run_late };
enum class Overlap : std::uint8_t { skip, queue, stop_previous };
enum class OnRemoval : std::uint8_t { stop, finish };

struct RetryPolicy {
    int attempts = 5;
    Duration initial = std::chrono::seconds{1};
    Duration max = std::chrono::minutes{1};
    bool operator==(const RetryPolicy&) const = default;
};

struct Job {
    std::string name;
    ProviderPtr provider;
    std::string task_key;
    TaskSpec task;
    Schedule schedule;
    ZonePtr zone = Zone::utc();  ///< the default of its schedule, and of times that people read
    StopRule stop = StopAfter{};
    std::optional<Duration> heal_within{};  ///< how long undoing its faults may hold a stop up; none: not at all
    Duration max_duration{};                ///< 0: the window
    Duration start_grace{};                 ///< 0: min(60 s, window/2); the window ends at the stop or the ceiling
    Duration min_window{};                  ///< 0: min(1 m, window/2)
    Misfire misfire = Misfire::skip;
    Overlap overlap = Overlap::skip;
    RetryPolicy retry;
    bool enabled = true;
    OnRemoval on_removal = OnRemoval::stop;
    // For people only.
    std::string description, owner, runbook;
    std::map<std::string, std::string> labels;
    /// `label`: "name=value".
    bool bears(std::string_view label) const;
};
using JobPtr = std::shared_ptr<const Job>;

/// One whole config, immutable; a reload makes another. Maps are ordered: the engine's decisions must not depend on
/// hashing.
struct Config {
    std::map<std::string, ProviderPtr> providers;
    std::map<std::string, JobPtr> jobs;
};
using ConfigPtr = std::shared_ptr<const Config>;

/// The instants of one occurrence under a job's policies.
struct Window {
    WallTime start_due, stop_due, max_end;
    Duration start_grace, min_window;
    bool operator==(const Window&) const = default;
};
Window window_of(const Job& job, WallTime start_due);

}  // namespace taktd
