// SPDX-License-Identifier: Apache-2.0
// The words of sd_notify(3); libsystemd only says whether a watchdog waits.
#include "daemon/app/service_manager.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <systemd/sd-daemon.h>

#include "daemon/log/log.hpp"

namespace taktd {
namespace {

/// `READY=1\nSTATUS=...` is about READY.
std::string_view kind_of(std::string_view words) { return words.substr(0, words.find('=')); }

std::int64_t microseconds(Duration d) { return std::chrono::duration_cast<std::chrono::microseconds>(d).count(); }

}  // namespace

ServiceManager::ServiceManager(boost::asio::any_io_executor executor, std::string address)
    : socket_{std::move(address)}, heartbeat_{executor}, say_again_{std::move(executor)} {
    std::uint64_t watchdog_us = 0;
    if (::sd_watchdog_enabled(0, &watchdog_us) <= 0) return;
    interval_ = std::chrono::microseconds{watchdog_us} / kBeatsInTime;
    beat();
}

void ServiceManager::beat() {
    if (closed_) return;  // a beat that was due by then is told without an error
    const std::uint64_t in_hand = work_in_hand_();
    times_seen_ = in_hand != 0 && in_hand == seen_in_hand_ ? times_seen_ + 1 : 0;
    seen_in_hand_ = in_hand;
    if (times_seen_ < kBeatsForgiven) tell("WATCHDOG=1");
    if (times_seen_ == kBeatsForgiven)
        log::error("the store's writer hangs; the service manager will end taktd and start it again",
                   {{"elapsed_ms", microseconds(*interval_ * times_seen_) / 1000}});
    heartbeat_.expires_after(*interval_);
    heartbeat_.async_wait([this](boost::system::error_code error) {
        if (!error) beat();
    });
}

void ServiceManager::tell(std::string words) {
    std::erase_if(waiting_, [&](const std::string& other) { return kind_of(other) == kind_of(words); });
    waiting_.push_back(std::move(words));
    deliver();
}

void ServiceManager::deliver() {
    while (!waiting_.empty() && socket_.send(waiting_.front()) != NotifySocket::Sent::not_yet) waiting_.pop_front();
    if (waiting_.empty()) {
        if (std::exchange(is_late_, false)) log::info("the service manager takes notifications again");
        return;
    }
    if (!std::exchange(is_late_, true))
        log::warning("the service manager takes no notifications; taktd repeats them and waits for nothing");
    if (closed_) return;
    say_again_.expires_after(kSayAgainAfter);
    say_again_.async_wait([this](boost::system::error_code error) {
        if (!error) deliver();
    });
}

void ServiceManager::ready(const std::string& status) { tell("READY=1\nSTATUS=" + status); }

void ServiceManager::status(const std::string& status) { tell("STATUS=" + status); }

void ServiceManager::reloading() {
    // sd_notify(3): the instant on CLOCK_MONOTONIC, which tells this reload from an earlier one.
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds(now)));
}

void ServiceManager::stopping(const std::string& status) { tell("STOPPING=1\nSTATUS=" + status); }

void ServiceManager::extend_timeout(Duration by, const std::string& status) {
    tell("EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds(by)) + "\nSTATUS=" + status);
}

void ServiceManager::close() {
    closed_ = true;
    heartbeat_.cancel();
    say_again_.cancel();
}

}  // namespace taktd
