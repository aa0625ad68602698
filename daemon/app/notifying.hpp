// SPDX-License-Identifier: Apache-2.0
// What the notifier is made with, and what the daemon has it tell of itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/notify/notifier.hpp"
#include "daemon/settings/settings.hpp"

namespace taktd {

std::unique_ptr<notify::Notifier> create_notifier(asio::any_io_executor executor, HttpClient& client,
                                                  std::uint64_t seed, std::function<void(std::vector<Row>)> append);

/// Where people see the dashboard: what the reverse proxy is called; empty: the config does not say.
std::string dashboard_of(const Settings& settings);

/// `count`: stops owed, errors, jobs; each type says which.
notify::Notice notice_of(NoticeType type, std::size_t count, std::string text = {});

}  // namespace taktd
