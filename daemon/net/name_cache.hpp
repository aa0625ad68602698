// SPDX-License-Identifier: Apache-2.0
// Host name -> addresses, remembered for kFreshFor. Look-ups of one host are shared; each runs on a thread of its own,
// so that a dead name server of one host delays no other host (Asio's own resolver has one thread for all).
#pragma once

#include "daemon/net/client.hpp"

namespace taktd {

class NameCache {
public:
    static constexpr auto kFreshFor = std::chrono::seconds{60};
    /// How long an exchange waits for a renewal before it takes the old answer: a stop must not fail because DNS does.
    static constexpr auto kRenewalWait = std::chrono::seconds{1};
    static constexpr std::size_t kLookUpsMax = 16;

    virtual ~NameCache() = default;
    /// Address literals in the order to try. A literal is its own answer. Without a deadline of its own: cancel it.
    virtual Async<Result<std::vector<std::string>>> resolve(std::string host) = 0;
};

/// The destructor joins the look-ups under way.
std::unique_ptr<NameCache> create_name_cache(asio::any_io_executor executor, LookUp look_up);

}  // namespace taktd
