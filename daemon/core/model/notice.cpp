// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/model/notice.hpp"

#include <algorithm>
#include <utility>

namespace taktd {
namespace {

using enum NoticeType;

struct Kind {
    std::string_view name;
    Severity severity;
    std::string_view group;  ///< beside `all`; empty: only asked for by its name, or with everything
};

/// In the order of the enumeration.
constexpr std::array<Kind, kNoticeTypes> kKinds{{
    {"run.overdue", Severity::critical, "overdue"},
    {"run.recovered", Severity::info, "overdue"},
    {"run.failed", Severity::warning, "failed"},
    {"run.skipped", Severity::warning, "missed"},
    {"run.unconfirmed", Severity::warning, "failed"},
    {"run.started", Severity::info, ""},
    {"run.stopped", Severity::info, ""},
    {"run.completed", Severity::info, ""},
    {"occurrences.missed", Severity::warning, "missed"},
    {"provider.unauthorized", Severity::critical, "unauthorized"},
    {"provider.recovered", Severity::info, "unauthorized"},
    {"store.down", Severity::critical, "store"},
    {"store.up", Severity::info, "store"},
    {"hold.engaged", Severity::info, "hold"},
    {"hold.released", Severity::info, "hold"},
    {"hold.expired", Severity::info, "hold"},
    {"foreign.seen", Severity::warning, "foreign"},
    {"foreign.ended", Severity::info, "foreign"},
    {"config.refused", Severity::warning, "config"},
    {"config.reloaded", Severity::info, "config"},
    {"daemon.started", Severity::info, "life"},
    {"daemon.stopped", Severity::info, "life"},
    {"test", Severity::info, ""},
}};

const Kind& kind_of(NoticeType type) { return kKinds.at(static_cast<std::size_t>(type)); }

}  // namespace

std::string_view name_of(NoticeType type) { return kind_of(type).name; }
Severity severity_of(NoticeType type) { return kind_of(type).severity; }

template <>
std::optional<NoticeType> parse_name(std::string_view text) {
    const auto found = std::ranges::find(kKinds, text, &Kind::name);
    if (found == kKinds.end()) return std::nullopt;
    return static_cast<NoticeType>(found - kKinds.begin());
}

std::string_view name_of(Severity severity) {
    constexpr std::array<std::string_view, 3> kNames{"info", "warning", "critical"};
    return kNames.at(static_cast<std::size_t>(severity));
}

std::array<std::string_view, 10> notice_groups() {
    return {"overdue", "failed", "missed", "unauthorized", "store", "hold", "foreign", "config", "life", "all"};
}

NoticeTypes notice_types_of(std::string_view word) {
    NoticeTypes types;
    const auto groups = notice_groups();
    const bool is_group = std::ranges::find(groups, word) != groups.end();
    for (std::size_t i = 0; i < kNoticeTypes; ++i) {
        const auto type = static_cast<NoticeType>(i);
        if (type == test) continue;  // whoever asks for one gets it
        const bool is_meant = is_group ? word == "all" || kKinds.at(i).group == word : kKinds.at(i).name == word;
        if (is_meant) types.insert(type);
    }
    return types;
}

NoticeTypes default_notice_types() {
    NoticeTypes types;
    for (const char* group : {"overdue", "failed", "missed", "unauthorized", "store", "hold"})
        types.merge(notice_types_of(group));
    return types;
}

}  // namespace taktd
