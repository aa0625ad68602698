// SPDX-License-Identifier: Apache-2.0
// An answer without an end: chunk by chunk, as long as its writer has something to say and the peer takes it. Nothing
// is queued here: a write returns when the peer's side has taken it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "daemon/net/connection.hpp"

namespace taktd {

class StreamWriter {
public:
    virtual ~StreamWriter() = default;
    /// One chunk. False: the peer has gone or did not take it in time, and nothing can be written any more. `bytes`
    /// outlive the call.
    virtual Async<bool> write(std::string_view bytes) = 0;
    /// What could not be written was not taken in time: the peer has not gone.
    virtual bool is_too_slow() const { return false; }
};

/// Writes the answer's body. It is cancelled (terminal) when the peer goes and when the server ends; it may write a
/// last word then, and returns.
using StreamBody = std::function<Async<void>(StreamWriter& writer)>;

/// Writes `head`, then what `body` writes. The connection is of no use afterwards.
Async<void> serve_stream(Connection& connection, std::string_view head, const StreamBody& body, Duration write_max);

}  // namespace taktd
