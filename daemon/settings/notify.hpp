// SPDX-License-Identifier: Apache-2.0
// `notify`: who is told of what happens, and of what.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"
#include "daemon/core/model/notice.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {

/// `notify.targets`: one place that is told. What is a reference is read elsewhere (runtime/notify_front.hpp).
struct NotifyTarget {
    enum class Kind : std::uint8_t { webhook, dingtalk, feishu, wecom, slack, ntfy, command };
    enum class Locale : std::uint8_t { en, zh };

    std::string name;
    Kind kind = Kind::webhook;
    std::string url{};                   ///< a reference, or the address itself; empty: a command
    std::vector<std::string> secrets{};  ///< references: a webhook's keys, newest first; a robot's secret; ntfy's token
    NoticeTypes events{};
    Locale locale = Locale::en;
    std::vector<std::string> providers{};  ///< empty: all
    std::map<std::string, std::string> labels{};
    std::vector<std::string> mentions{};  ///< "all", or whom the vendor knows by that text
    std::string topic{};                  ///< ntfy's
    std::vector<std::string> argv{};      ///< a command's

    /// A program that takes a mail.
    bool is_sendmail() const { return !argv.empty() && argv.front().ends_with("sendmail"); }
    /// Whether it is told of what happens to a job (null: to none of the config) at a provider (empty: at none).
    bool wants(NoticeType type, const std::string& provider, const Job* job) const;
    bool operator==(const NotifyTarget&) const = default;
};

/// As a config names it.
std::string_view name_of(NotifyTarget::Kind kind);

inline constexpr std::size_t kNotifyTargetsMax = 16;

std::vector<NotifyTarget> read_notify(const Field& field, Findings& findings);

}  // namespace taktd
