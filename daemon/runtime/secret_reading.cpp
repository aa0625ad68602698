// SPDX-License-Identifier: Apache-2.0
// The thread shares its result and a count with everybody else, and no more.
#include "daemon/runtime/secret_reading.hpp"

#include <atomic>
#include <csignal>
#include <exception>
#include <list>
#include <system_error>
#include <utility>

namespace taktd {
namespace {

std::atomic<int> under_way{0};

/// Signals are for the threads that know what to do with them.
class NoSignals {
public:
    NoSignals() {
        sigset_t all{};
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;
    ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

}  // namespace

std::unique_ptr<SecretReading> SecretReading::begin(const References& references, Read read) {
    if (under_way.fetch_add(1) >= kReadingsMax) {
        --under_way;
        return nullptr;
    }
    std::unique_ptr<SecretReading> reading{new SecretReading};
    auto work = [shared = reading->shared_, references, read = std::move(read)] {
        Result<Credentials> result = unexpected{std::string{"no memory"}};
        try {
            result = read(references);
        } catch (const std::exception& e) {
            result = unexpected{std::string{e.what()}};
        }
        --under_way;
        const std::lock_guard lock{shared->mutex};
        shared->result = std::move(result);
        shared->done.notify_all();
    };
    try {
        const NoSignals none;
        reading->thread_ = std::thread{std::move(work)};
    } catch (const std::system_error&) {
        --under_way;
        return nullptr;
    }
    return reading;
}

SecretReading::~SecretReading() {
    if (!thread_.joinable()) return;
    if (is_done()) {
        thread_.join();
        return;
    }
    // Never destroyed, as the thread may never end; at most kReadingsMax at a time are.
    static auto& left = *new std::list<std::thread>;
    static std::mutex mutex;
    const std::lock_guard lock{mutex};
    left.push_back(std::move(thread_));
}

bool SecretReading::is_done() const {
    const std::lock_guard lock{shared_->mutex};
    return shared_->result.has_value();
}

std::optional<Result<Credentials>> SecretReading::wait(Duration at_most) const {
    std::unique_lock lock{shared_->mutex};
    shared_->done.wait_for(lock, at_most, [this] { return shared_->result.has_value(); });
    return shared_->result;
}

}  // namespace taktd
