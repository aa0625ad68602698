// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/model/model.hpp"

#include <array>

namespace taktd {
namespace {

template <class T>
struct Names;  // the spellings of T, in the order of its values

#define TAKTD_NAMES(type, ...)                                                         \
    template <>                                                                        \
    struct Names<type> {                                                               \
        static constexpr auto kTable = std::to_array<std::string_view>({__VA_ARGS__}); \
    }

TAKTD_NAMES(RunState, "due", "starting", "unconfirmed", "running", "paused", "stopping", "completed", "stopped",
            "failed", "skipped", "cancelled");
TAKTD_NAMES(Obligation, "none", "open", "discharged");
TAKTD_NAMES(Origin, "schedule", "manual", "catch_up", "revived");
TAKTD_NAMES(Action, "start", "stop", "pause", "resume", "query", "prepare", "heal");
TAKTD_NAMES(Outcome, "accepted", "throttled", "refused_retryable", "refused_final", "conflict", "clock_skew",
            "unauthorized", "uncertain", "not_sent");
TAKTD_NAMES(Reason, "", "misfire", "overlap", "task_busy", "no_baseline", "hold", "disabled", "removed",
            "provider_unauthorized", "window_too_short", "wrong_task", "refused", "retries_over", "start_unconfirmed",
            "no_effect", "remote_failed", "discharged", "schedule", "max_duration", "operator", "superseded", "remote",
            "revived");
TAKTD_NAMES(RemoteState, "unknown", "waiting", "running", "paused", "stopping", "idle", "ended", "failed", "stopped");
TAKTD_NAMES(Foreign, "ignore", "report", "stop");
TAKTD_NAMES(CallClass, "stop", "pause_resume", "settle", "start", "poll");

#undef TAKTD_NAMES

template <class T>
std::string_view spelling(T value) {
    return Names<T>::kTable.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view name_of(RunState v) { return spelling(v); }
std::string_view name_of(Obligation v) { return spelling(v); }
std::string_view name_of(Origin v) { return spelling(v); }
std::string_view name_of(Action v) { return spelling(v); }
std::string_view name_of(Outcome v) { return spelling(v); }
std::string_view name_of(Reason v) { return spelling(v); }
std::string_view name_of(Foreign v) { return spelling(v); }
std::string_view name_of(RemoteState v) { return spelling(v); }
std::string_view name_of(CallClass v) { return spelling(v); }

template <class T>
std::optional<T> parse_name(std::string_view text) {
    const auto& table = Names<T>::kTable;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i] == text) return static_cast<T>(i);
    }
    return std::nullopt;
}

template std::optional<RunState> parse_name(std::string_view);
template std::optional<Obligation> parse_name(std::string_view);
template std::optional<Origin> parse_name(std::string_view);
template std::optional<Action> parse_name(std::string_view);
template std::optional<Outcome> parse_name(std::string_view);
template std::optional<Reason> parse_name(std::string_view);
template std::optional<Foreign> parse_name(std::string_view);
template std::optional<RemoteState> parse_name(std::string_view);
template std::optional<CallClass> parse_name(std::string_view);

}  // namespace taktd
