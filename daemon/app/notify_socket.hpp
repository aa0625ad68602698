// SPDX-License-Identifier: Apache-2.0
// The socket of the service manager ($NOTIFY_SOCKET, sd_notify(3)). sd_notify itself waits while nobody reads there,
// which would hold the event loop and every stop with it; this one never waits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace taktd {

class NotifySocket {
public:
    enum class Sent : std::uint8_t {
        yes,
        not_yet,  ///< too much is unread over there; the same words may be sent again
        never     ///< there is no service manager, or it has gone
    };

    /// `address` as in $NOTIFY_SOCKET: a path, or `@` and an abstract name; empty: there is no service manager.
    explicit NotifySocket(std::string address);
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    ~NotifySocket();

    static std::string address_in_environment();

    /// At once, whatever the reader does.
    Sent send(std::string_view words);

private:
    std::string address_;
    int fd_ = -1;
};

}  // namespace taktd
