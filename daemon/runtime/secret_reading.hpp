// SPDX-License-Identifier: Apache-2.0
// One reading of a provider's secrets, on a thread of its own: a file may stand on a mount that hangs, and nobody who
// has stops to deliver waits for that. Each wait here is bounded.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "daemon/core/base/time.hpp"
#include "providers/provider.hpp"

namespace taktd {

class SecretReading {
public:
    using References = std::map<std::string, std::string>;
    using Read = std::function<Result<Credentials>(const References&)>;

    /// So many may be under way in this process; threads that hang must not pile up.
    static constexpr int kReadingsMax = 32;

    /// Nothing: there are too many, or there is no further thread.
    static std::unique_ptr<SecretReading> begin(const References& references, Read read);

    SecretReading(const SecretReading&) = delete;
    SecretReading& operator=(const SecretReading&) = delete;
    /// Joins the thread if it is done. One that hangs is left to itself: nothing but the end of the process ends it,
    /// and it touches nothing but what it shares.
    ~SecretReading();

    bool is_done() const;
    /// What was read; nothing: not within that time.
    std::optional<Result<Credentials>> wait(Duration at_most) const;

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable done;
        std::optional<Result<Credentials>> result;
    };
    SecretReading() = default;

    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    std::thread thread_;
};

}  // namespace taktd
