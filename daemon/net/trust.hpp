// SPDX-License-Identifier: Apache-2.0
// Which certificates are trusted, as they stood when they were last read. They are read on a thread, for a disk may
// hang; a stop does not wait for that longer than kRenewalWait if there are older ones to go by.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/core/base/result.hpp"
#include "daemon/net/async.hpp"
#include "daemon/net/connection.hpp"

namespace taktd {

class Trust {
public:
    /// Counted from the beginning of the reading.
    static constexpr auto kRenewalWait = std::chrono::seconds{1};

    using Read = std::function<std::shared_ptr<TlsContext>()>;
    /// `read` runs on a thread; `on_renewed` is called on the loop when a context was replaced by a newer one.
    Trust(asio::any_io_executor executor, std::function<void()> on_renewed, Read read = create_client_tls);
    Trust(const Trust&) = delete;
    Trust& operator=(const Trust&) = delete;
    ~Trust();  ///< waits for a reading under way

    /// The context in force; read first if there is none. Without a deadline of its own: cancel it.
    Async<Result<std::shared_ptr<TlsContext>>> get();
    /// What stands on the disk from now on is read, at once if something was read before.
    void renew();

private:
    struct State;

    std::shared_ptr<State> state_;  // shared with what the thread posts, which may come after this has gone
};

}  // namespace taktd
