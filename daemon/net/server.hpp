// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server for simcloud and the control API, on TCP or on a Unix socket: keep-alive, limits, optional
// TLS, one coroutine per connection, joined when it stops.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "daemon/net/client.hpp"
#include "daemon/net/http_stream.hpp"

namespace taktd {

class Connection;
struct TlsContext;

/// What a request is answered with.
struct HttpReply {
    HttpResponse response;
    /// Takes the answer's bytes to the peer in the server's place, and says whether the connection may go on. None: the
    /// server writes them.
    std::function<Async<bool>(Connection& connection, std::string_view bytes)> deliver = {};
    /// Writes the body chunk by chunk behind the response's headers; its connection is closed afterwards.
    StreamBody stream = {};
    /// The asker has shown who it is: its connection no longer counts among the strangers'.
    bool is_of_friend = false;
};

struct HttpServerOptions {
    std::string address = "127.0.0.1";
    unsigned short port = 0;                 ///< 0: any free one
    std::string certificate_file, key_file;  ///< both set: TLS
    /// What TLS shows, asked for with each connection, so that it may be replaced; null: plain. None: the files say.
    std::function<std::shared_ptr<TlsContext>()> tls = {};
    /// Set: listens on this Unix socket instead, mode 0660, with neither TLS nor a port. What a dead server left there
    /// is replaced; the socket of one that lives is not.
    std::string unix_path = {};
    std::uint32_t header_bytes_max = 64 * 1024;
    std::size_t body_bytes_max = 1024 * 1024;
    std::size_t connections_max = 1024;  ///< more wait to be accepted
    /// Connections that have not shown who they are; a further one ends the oldest of them. 0: no such limit.
    std::size_t strangers_max = 0;
    std::chrono::seconds idle_max{75};    ///< from an answer to the next request's first byte; not of strangers
    std::chrono::seconds header_max{75};  ///< to the first request's first byte; from a request's to its header's end
    std::chrono::seconds body_max{75};    ///< from there to the body's end
    std::optional<std::chrono::seconds> write_max{};  ///< for the peer to take an answer; none: as long as it likes
    /// What is said of a request that cannot be read, or of a handler that failed. None: a line of text.
    std::function<HttpResponse(int status, const std::string& why)> refusal = {};
};

class HttpServer {
public:
    using Handler = std::function<Async<HttpReply>(HttpRequest)>;

    virtual ~HttpServer() = default;
    /// 0 on a Unix socket.
    virtual unsigned short port() const = 0;
    /// The port is free for others; connections that there are go on until run() is cancelled.
    virtual void stop_accepting() = 0;
    /// Serves until cancelled (terminal), then closes every connection and returns.
    virtual Async<void> run() = 0;
};

/// Binds at once; throws boost::system::system_error when it cannot.
std::unique_ptr<HttpServer> create_http_server(asio::any_io_executor executor, HttpServerOptions options,
                                               HttpServer::Handler handler);

}  // namespace taktd
