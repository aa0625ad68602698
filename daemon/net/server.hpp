// A small HTTP/1.1 server for simcloud and the control API: keep-alive, body limit, optional TLS, one coroutine per
// connection, joined when it stops.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "daemon/net/client.hpp"

namespace taktd {

class Connection;

/// What a request is answered with.
struct HttpReply {
    HttpResponse response;
    /// Takes the answer's bytes to the peer in the server's place, and says whether the connection may go on. None: the
    /// server writes them.
    std::function<Async<bool>(Connection& connection, std::string_view bytes)> deliver = {};
};

struct HttpServerOptions {
    std::string address = "127.0.0.1";
    unsigned short port = 0;                 ///< 0: any free one
    std::string certificate_file, key_file;  ///< both set: TLS
    std::size_t body_bytes_max = 1024 * 1024;
};

class HttpServer {
public:
    using Handler = std::function<Async<HttpReply>(HttpRequest)>;

    virtual ~HttpServer() = default;
    virtual unsigned short port() const = 0;
    /// Serves until cancelled (terminal), then closes every connection and returns.
    virtual Async<void> run() = 0;
};

/// Binds at once; throws boost::system::system_error when it cannot.
std::unique_ptr<HttpServer> create_http_server(asio::any_io_executor executor, HttpServerOptions options,
                                               HttpServer::Handler handler);

}  // namespace taktd
