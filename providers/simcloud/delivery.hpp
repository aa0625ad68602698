// SPDX-License-Identifier: Apache-2.0
// How simcloud mistreats an answer on its way: late, cut in half, or not at all. The server behind it is the product's
// and knows nothing of that.
#pragma once

#include <cstdint>

#include "daemon/core/base/time.hpp"
#include "daemon/net/server.hpp"

namespace taktd::simcloud {

enum class Delivery : std::uint8_t {
    whole,
    half,   ///< half the bytes, then the end
    reset,  ///< none, and the connection reset
    hang,   ///< none until the peer has had enough
};

struct SimReply {
    HttpResponse response;
    Duration delay{};  ///< before the answer
    Delivery delivery = Delivery::whole;
};

/// Waits as long as the reply says, then has the server deliver it so.
Async<HttpReply> in_its_time(SimReply reply);

}  // namespace taktd::simcloud
