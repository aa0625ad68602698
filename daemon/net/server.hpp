// A small HTTP/1.1 server for simcloud and the control API: keep-alive, body limit, optional TLS, one coroutine per
// connection, joined when it stops.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "daemon/net/client.hpp"

namespace taktd {

/// What to do with a request. Faults (simcloud) say how to mistreat the answer.
struct HttpReply {
    HttpResponse response;
    Duration delay{};  ///< before the answer
    enum class Delivery : std::uint8_t { whole, half, reset, hang } delivery = Delivery::whole;
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
