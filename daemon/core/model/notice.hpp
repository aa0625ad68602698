// SPDX-License-Identifier: Apache-2.0
// What people and programs can be told of (`notify` in the config): the types, how grave each is, and the groups in
// which a config names them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "daemon/core/base/uuid.hpp"
#include "daemon/core/model/model.hpp"

namespace taktd {

/// Of one event, over all tries and all who are told of it.
using NoticeId = Id<struct NoticeTag>;

enum class NoticeType : std::uint8_t {
    run_overdue,
    run_recovered,
    run_failed,
    run_skipped,
    run_unconfirmed,
    run_started,
    run_stopped,
    run_completed,
    occurrences_missed,
    provider_unauthorized,
    provider_recovered,
    store_down,
    store_up,
    hold_engaged,
    hold_released,
    hold_expired,
    foreign_seen,
    foreign_ended,
    config_refused,
    config_reloaded,
    daemon_started,
    daemon_stopped,
    test
};
inline constexpr std::size_t kNoticeTypes = static_cast<std::size_t>(NoticeType::test) + 1;

/// `run.overdue`; the outbox, the config and CloudEvents (behind `io.taktd.`) spell it so.
std::string_view name_of(NoticeType type);
template <>
std::optional<NoticeType> parse_name(std::string_view text);

enum class Severity : std::uint8_t { info, warning, critical };
std::string_view name_of(Severity severity);
Severity severity_of(NoticeType type);

using NoticeTypes = std::set<NoticeType>;
/// A type, or a group: `overdue failed missed unauthorized store hold foreign config life all`. Empty: neither.
NoticeTypes notice_types_of(std::string_view word);
/// The groups, for messages and the schema.
std::array<std::string_view, 10> notice_groups();
/// What a target is told of whose config does not say.
NoticeTypes default_notice_types();

}  // namespace taktd
