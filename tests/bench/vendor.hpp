// SPDX-License-Identifier: Apache-2.0
// The cheapest possible vendor: a process of its own that answers every request on loopback with one and the same
// success. It must cost as little as can be, since it shares the processors with what is measured; simcloud is for
// everything else.
#pragma once

#include <string>
#include <sys/types.h>

namespace taktd::bench {

class Vendor {
public:
    /// Forks; make it before any thread is started.
    Vendor();
    ~Vendor();
    Vendor(const Vendor&) = delete;
    Vendor& operator=(const Vendor&) = delete;

    /// http://127.0.0.1:port
    const std::string& endpoint() const { return endpoint_; }

private:
    pid_t process_ = -1;
    std::string endpoint_;
};

}  // namespace taktd::bench
