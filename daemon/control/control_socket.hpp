// SPDX-License-Identifier: Apache-2.0
// The API on its Unix socket, from the first command to the daemon's end.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "daemon/control/api.hpp"

namespace taktd::control {

/// The limits of the API, whatever it listens on.
HttpServerOptions server_options();

class ControlSocket {
public:
    /// Destroyed after the loop has ended.
    ControlSocket(asio::any_io_executor executor, Api::Parts parts);

    /// Makes the socket; throws boost::system::system_error when it cannot. Blocks, as any use of a path may: off the
    /// loop, before serve().
    void listen(const std::string& path);
    void serve();

    Api& api() { return api_; }
    /// Nobody is served any more, and nothing of it keeps the loop running.
    void close();

private:
    asio::any_io_executor executor_;
    Api api_;
    std::unique_ptr<HttpServer> server_;
    asio::cancellation_signal end_;
};

}  // namespace taktd::control
