// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/control_socket.hpp"

#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "daemon/log/log.hpp"

namespace taktd::control {

// Generous for people, small enough that nobody fills the memory, and that silent clients make way for others soon.
HttpServerOptions server_options() {
    HttpServerOptions options;
    options.header_bytes_max = 16 * 1024;
    options.body_bytes_max = 256 * 1024;
    options.connections_max = 256;
    options.header_max = std::chrono::seconds{10};
    options.body_max = std::chrono::seconds{10};
    options.write_max = std::chrono::seconds{10};
    options.refusal = [](int status, const std::string& why) {
        constexpr int kInternal = 500;
        return response_of({status, status == kInternal ? "internal" : "form", why});
    };
    return options;
}

ControlSocket::ControlSocket(asio::any_io_executor executor, Api::Parts parts)
    : executor_{executor}, api_{std::move(executor), std::move(parts)} {}

void ControlSocket::listen(const std::string& path) {
    HttpServerOptions options = server_options();
    options.unix_path = path;
    server_ = create_http_server(executor_, std::move(options),
                                 [this](HttpRequest request) { return api_.answer(std::move(request), Door::socket); });
}

void ControlSocket::serve() {
    const auto on_end = [](std::exception_ptr failure) {
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            log::error("the control socket is not served any more", {{"cause", error.what()}});
        }
    };
    asio::co_spawn(executor_, server_->run(), asio::bind_cancellation_slot(end_.slot(), on_end));
}

void ControlSocket::close() {
    end_.emit(asio::cancellation_type::terminal);
    api_.close();
}

}  // namespace taktd::control
