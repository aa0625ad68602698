// SPDX-License-Identifier: Apache-2.0
// One request to a provider: what to ask (CallSpec) and what came of it (CallResult). Made by the engine, encoded by an
// adapter, performed by the shell.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"
#include "daemon/core/model/model.hpp"

namespace taktd {

/// Values of the placeholders in a text: run job provider task_id started elapsed cause actor reason.
using Placeholders = std::map<std::string, std::string>;

/// What an operator says with a stop of how a drill came out. It goes before what the config says.
struct Conclusion {
    std::optional<bool> is_expected{};
    std::string summary{};  ///< empty: as the config says
    bool says_nothing() const { return !is_expected && summary.empty(); }
    bool operator==(const Conclusion&) const = default;
};

struct CallSpec {
    Action action = Action::query;
    ProviderPtr provider;
    std::vector<std::string> task_ids;   ///< exactly one, but for a batched query
    std::string parameters_json = "{}";  ///< TaskSpec's start_json or stop_json (with on_abort_json merged in)
    Placeholders placeholders;
    std::optional<RunId> run{};   ///< that it is about; nothing: about none, or about several
    std::string vendor_run_id{};  ///< the vendor's id of that run, as far as it is known
    bool batched = false;         ///< a routine poll by the cheap list call, even of one task
    Conclusion conclusion{};      ///< of a stop
    bool finds = false;           ///< a `prepare` that looks for the task which an earlier one may have made
};
using CallSpecPtr = std::shared_ptr<const CallSpec>;

/// What was sent and what came back, as the `calls` row keeps it. Bodies are cut to 4 KiB; never headers, never
/// secrets.
struct CallRecord {
    std::string method, target, request_body, response_body;
    std::optional<WallTime> sent;
    std::optional<BootTime> sent_boot;
    std::size_t bytes_sent = 0;
};

struct CallResult {
    Outcome outcome = Outcome::uncertain;
    int http_status = 0;  ///< 0: no answer
    std::string vendor_code, vendor_message, vendor_extend, vendor_run_id, request_id;
    std::string vendor_task_id;                       ///< of the task that a `prepare` made or found; empty: none
    bool lacks_credentials = false;                   ///< not sent, because its secrets cannot be read
    bool secrets_changed = false;                     ///< unauthorized, and where the secrets come from are others now
    std::optional<Duration> retry_after;              ///< the vendor's own wait
    std::optional<WallTime> server_time;              ///< its Date header, with a clock-skew refusal
    std::map<std::string, Observation> observations;  ///< by task id; a task that is missing was not shown
    WallTime ended;
    BootTime ended_boot;
};

/// `{name}` replaced by its value, `{{` by a brace; a placeholder without a value becomes empty.
std::string expand(const std::string& text, const Placeholders& placeholders);
/// What may stand in a text; before its run has a task, fewer are known.
const std::vector<std::string>& placeholder_names(bool before_start = false);
/// The first placeholder of `text` that is not among these, or nothing.
std::optional<std::string> unknown_placeholder(const std::string& text, bool before_start = false);

}  // namespace taktd
