// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of the socket: a user's number, as a login name.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/net/async.hpp"
#include "daemon/runtime/worker.hpp"

namespace taktd::control {

class LoginNames {
public:
    LoginNames(asio::any_io_executor executor, Worker& worker) : executor_{std::move(executor)}, worker_{worker} {}

    /// Looked up on the worker's thread, since a directory service may be asked; kept from then on. `uid 1005` where
    /// nobody knows a name.
    Async<std::string> name_of(std::uint32_t uid);

private:
    asio::any_io_executor executor_;
    Worker& worker_;
    std::map<std::uint32_t, std::string> known_;
};

}  // namespace taktd::control
