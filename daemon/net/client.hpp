// SPDX-License-Identifier: Apache-2.0
// The HTTP(S) client: one request, one answer or a failure that says how far the request got. Connections are pooled
// per endpoint and lane; TLS is verified against the system's store (SSL_CERT_FILE overrides, for tests); names are
// resolved with a cache. An address that let an exchange fail is tried last by the next one. Never throws for anything
// that the network does.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/core/base/result.hpp"
#include "daemon/core/base/time.hpp"
#include "daemon/net/async.hpp"
#include "daemon/net/http.hpp"

namespace taktd {

/// Stops have connections of their own: a pool full of slow starts must not delay them.
enum class Lane : std::uint8_t { normal, stop };

/// Which connection may carry an exchange. An answer on a connection that has served others may be another request's
/// (doubled, late, one too many before it), and nothing in HTTP tells.
enum class Reuse : std::uint8_t {
    kept,    ///< any idle one
    recent,  ///< one that was idle for kFreshFor at most; an older one may have died unseen, its loss would be
             ///< ambiguous
    never    ///< a new one, which is closed after the answer: whatever is read on it belongs to this request
};

struct HttpExchange {
    Endpoint endpoint;
    HttpRequest request;
    Lane lane = Lane::normal;
    Duration timeout = std::chrono::seconds{10};  ///< of the whole exchange, connect included
    Reuse reuse = Reuse::kept;
    /// Whether an answer is one to this request, as far as can be told. After one that is not, the connection is
    /// closed: it may be out of step. None: every whole answer is.
    std::function<bool(const HttpResponse&)> is_understood = {};
    std::function<void()> on_written =
        {};  ///< called once the whole request was handed over, before the answer is read
};

struct HttpFailure {
    enum class Kind : std::uint8_t { resolve, connect, tls, timeout, reset, too_large, malformed, cancelled };
    Kind kind = Kind::reset;
    std::string message;     ///< for the operator, names host and cause; no secrets
    bool untrusted = false;  ///< the peer's certificate was not accepted
};

struct HttpResult {
    std::optional<HttpResponse> response;  ///< none: see failure
    HttpFailure failure;
    std::size_t bytes_sent =
        0;  ///< handed to the socket (TLS: to the TLS layer after the handshake); 0 = certainly not delivered
    std::optional<BootTime> first_byte_boot;  ///< when the first byte was handed over
    std::optional<WallTime> first_byte_wall;
};

class HttpClient {
public:
    static constexpr std::size_t kResponseBytesMax = 1024 * 1024;
    static constexpr auto kFreshFor = std::chrono::seconds{5};
    static constexpr auto kIdleMax = std::chrono::seconds{60};
    static constexpr std::size_t kIdlePerEndpointMax = 64;  ///< of each lane; more only for a second
    /// Connections of one endpoint and lane; further exchanges wait for one, and may time out so with bytes_sent 0.
    static constexpr std::size_t kOpenPerLaneMax = 256;

    virtual ~HttpClient() = default;
    /// Cancellation (terminal) closes the connection and yields Kind::cancelled with the truth about bytes_sent.
    virtual Async<HttpResult> perform(HttpExchange exchange) = 0;
    /// Has the trusted certificates read anew, on a thread. Connections made under the old ones are not used again.
    virtual void renew_trust() = 0;
    /// Closes idle connections; exchanges in flight go on. At shutdown, call it when no exchange is left: idle
    /// connections have a timer, and the event loop's run() does not return while one is armed.
    virtual void close_idle() = 0;
};

/// Host name -> address literals, or why there are none. Blocks; called on threads of the client's own.
using LookUp = std::function<Result<std::vector<std::string>>(const std::string& host)>;

/// The system's resolver (files, DNS, whatever nsswitch.conf says).
Result<std::vector<std::string>> look_up_with_system(const std::string& host);

/// All calls on one io_context thread. The destructor waits for look-ups under way, some seconds at most.
std::unique_ptr<HttpClient> create_http_client(asio::any_io_executor executor, LookUp look_up = look_up_with_system);

}  // namespace taktd
