// SPDX-License-Identifier: Apache-2.0
// `taktctl why`: finds the occurrence that is meant and what the store says of it; why_text.cpp tells it.
#include <filesystem>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/commands/source.hpp"
#include "daemon/report/clock_note.hpp"
#include "daemon/report/inquiry.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

/// The config is of use, not needed; what is wrong with it, if it was named, is said.
std::optional<Settings> config_if_any(const Options& options, std::string& warning) {
    std::error_code unknown;
    if (options.config.empty() && !std::filesystem::exists(options.config_path(), unknown) && !unknown)
        return std::nullopt;
    LoadResult loaded = load_config(options.config_path());
    if (loaded.settings) return std::move(loaded.settings);
    warning = "taktctl: answered without the config " + options.config_path() + ", which has errors (taktctl check)\n";
    return std::nullopt;
}

/// As a living daemon tells it, in the words of the same function. Nothing: none answers, or --db names a store.
std::optional<Answer> from_daemon(const Options& options, const std::string& job, const std::optional<Asked>& asked,
                                  const Context& context) {
    if (!options.db.empty()) return std::nullopt;
    std::string path = "/api/v1/jobs/" + escaped(job) + "/why?colour=" + (context.colour ? "true" : "false");
    if (asked) {
        // A minute is asked for as one: without seconds.
        const std::string instant = to_rfc3339(asked->from);
        constexpr std::size_t kToMinute = sizeof("2026-12-01T02:00") - 1;
        const bool is_minute = asked->until - asked->from == std::chrono::minutes{1};
        path += "&at=" + escaped(is_minute ? instant.substr(0, kToMinute) + "Z" : instant);
    }
    if (load_zone(context.zone->name()) != nullptr) path += "&time_zone=" + escaped(context.zone->name());
    if (!options.json) {
        auto reached = reach_daemon_for_text(options, {.path = path});
        if (!reached.is_there) return std::nullopt;
        if (!reached.said) return reached.said.error();
        return Answer{.exit_code = kDone, .out = std::move(*reached.said), .err = {}};
    }
    auto reached = reach_daemon(options, {.path = path});
    if (!reached.is_there) return std::nullopt;
    if (!reached.said) return reached.said.error();
    return Answer{.exit_code = kDone, .out = json::serialize(*reached.said) + "\n", .err = {}};
}

}  // namespace

Answer why(const Options& options, const WhyOptions& command, const Context& context) {
    std::string job = command.job, time = command.time;
    if (const std::size_t at = job.rfind('@'); at != std::string::npos && time.empty()) {
        time = job.substr(at + 1);
        job.resize(at);
    }
    std::optional<Asked> asked;
    if (!time.empty()) {
        const auto parsed = parse_asked(time, context);
        if (!parsed) return failure(parsed.error(), kUsage);
        asked = *parsed;
    }
    if (auto answer = from_daemon(options, job, asked, context)) return std::move(*answer);
    auto queries = open_queries(options);
    if (!queries) return queries.error();
    Answer answer;
    if (options.db.empty()) answer.err = store_note(**queries, context);
    const auto settings = config_if_any(options, answer.err);
    KnownConfig known;
    if (settings) known = {settings->config, settings->retention};
    Inquiry inquiry{**queries, std::move(known), job, context, load_zone};
    const auto found = inquiry.answer(asked);
    if (!found) return failure(inquiry.unknown_job());
    answer.err += note_line(clock_note(**queries, context));
    answer.out = options.json ? why_json(*found, *Zone::utc()) : why_text(*found, context);
    return answer;
}

}  // namespace taktd::ctl
