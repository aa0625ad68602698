// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/notifying.hpp"

#include <array>
#include <utility>

#include <unistd.h>

#include "daemon/runtime/clock.hpp"
#include "daemon/version.hpp"

namespace taktd {
namespace {

/// This machine's, as messages bear it.
std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != 0 ? name.data() : "localhost";
}

}  // namespace

std::unique_ptr<notify::Notifier> create_notifier(asio::any_io_executor executor, HttpClient& client,
                                                  std::uint64_t seed, std::function<void(std::vector<Row>)> append) {
    return std::make_unique<notify::Notifier>(notify::Notifier::Parts{.executor = std::move(executor),
                                                                      .client = client,
                                                                      .seed = seed,
                                                                      .host = host_name(),
                                                                      .agent = std::string{"taktd/"} + kTaktdVersion,
                                                                      .append = std::move(append)});
}

std::string dashboard_of(const Settings& settings) {
    return settings.http && !settings.http->hosts.empty() ? "https://" + settings.http->hosts.front() : std::string{};
}

notify::Notice notice_of(NoticeType type, std::size_t count, std::string text) {
    return {.type = type, .at = read_time().wall, .text = std::move(text), .count = static_cast<std::int64_t>(count)};
}

}  // namespace taktd
