// sd_notify(3) with libsystemd.
#include "daemon/app/service_manager.hpp"

#include <systemd/sd-daemon.h>

namespace taktd {
namespace {

void tell(const std::string& state) { ::sd_notify(0, state.c_str()); }

std::int64_t microseconds(Duration d) { return std::chrono::duration_cast<std::chrono::microseconds>(d).count(); }

}  // namespace

ServiceManager::ServiceManager(boost::asio::any_io_executor executor) : heartbeat_{std::move(executor)} {
    std::uint64_t watchdog_us = 0;
    if (::sd_watchdog_enabled(0, &watchdog_us) <= 0) return;
    interval_ = std::chrono::microseconds{watchdog_us} / 2;
    beat();
}

void ServiceManager::beat() {
    tell("WATCHDOG=1");
    heartbeat_.expires_after(*interval_);
    heartbeat_.async_wait([this](boost::system::error_code error) {
        if (!error) beat();
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

void ServiceManager::close() { heartbeat_.cancel(); }

}  // namespace taktd
