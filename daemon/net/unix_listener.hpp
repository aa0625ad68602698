// SPDX-License-Identifier: Apache-2.0
// Where a Unix socket listens: made safely, found to be taken, and cleared away again.
#pragma once

#include <string>
#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace taktd {

namespace asio = boost::asio;

class UnixListener {
public:
    /// Listens at once, mode 0660: until the mode is set, nobody can connect. A socket that nobody answers at is
    /// replaced. Throws boost::system::system_error: address_in_use if somebody does, file_exists if it is no socket.
    UnixListener(asio::any_io_executor executor, std::string path);
    /// Removes the socket, if it is still the one that was made here.
    ~UnixListener();
    UnixListener(const UnixListener&) = delete;
    UnixListener& operator=(const UnixListener&) = delete;

    asio::local::stream_protocol::acceptor& acceptor() { return acceptor_; }

private:
    asio::local::stream_protocol::acceptor acceptor_;
    const std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace taktd
