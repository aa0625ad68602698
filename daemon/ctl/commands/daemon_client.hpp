// SPDX-License-Identifier: Apache-2.0
// A living daemon, asked through its socket.
#pragma once

#include <string>

#include <boost/json.hpp>

#include "daemon/core/base/result.hpp"
#include "daemon/core/base/time.hpp"
#include "daemon/ctl/answer.hpp"
#include "daemon/ctl/options.hpp"
#include "daemon/report/context.hpp"

namespace taktd::ctl {

namespace json = boost::json;
using report::Context;

struct Question {
    std::string method = "GET", path;
    json::object body = {};
    std::string idempotency_key = {};
    Duration timeout = std::chrono::seconds{20};
    std::string accept = "application/json";
};

/// What the daemon says; what it refuses becomes the Answer that tells so.
Result<json::object, Answer> ask_daemon(const Options& options, const Question& question);

/// The same, but nothing where no daemon listens: then its store may be asked.
struct Reached {
    bool is_there = true;
    Result<json::object, Answer> said = json::object{};
};
Reached reach_daemon(const Options& options, const Question& question);

/// The same of an answer in words (text/plain).
struct ReachedText {
    bool is_there = true;
    Result<std::string, Answer> said = std::string{};
};
ReachedText reach_daemon_for_text(const Options& options, Question question);

/// The run that RUN names, as the API answers it. JOB@TIME is read here, where the operator's zone is known.
Result<json::object, Answer> ask_of_run(const Options& options, const std::string& run, const Context& context);
/// RUN as a path's segment.
Result<std::string, Answer> segment_of_run(const std::string& run, const Context& context);
/// Where a daemon is to be found.
std::string control_socket(const Options& options);

/// A path's segment.
std::string escaped(const std::string& segment);

/// `2026-12-01T02:00:00Z` of an answer; nothing for null or another form.
std::optional<WallTime> instant_in(const json::object& object, std::string_view member);
std::string text_in(const json::object& object, std::string_view member);
/// Of a run's object, as tables show it.
std::string short_id_in(const json::object& run);

}  // namespace taktd::ctl
