// SPDX-License-Identifier: Apache-2.0
// The server on Beast's parser: accepts, reads one request after another from each connection, hands it to the handler
// and writes the answer, if the handler's reply does not see to that itself.
#include "daemon/net/server.hpp"

#include <map>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include "daemon/net/connection.hpp"
#include "daemon/net/task_group.hpp"
#include "daemon/net/unix_listener.hpp"

namespace taktd {

using asio::ip::tcp;

namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr auto kHandshakeMax = std::chrono::seconds{10};
constexpr auto kChunkMax = std::chrono::seconds{10};  // for a peer to take one, where no other time is chosen
constexpr auto kAcceptRetry = std::chrono::milliseconds{100};

/// How far a request has been read.
enum class Stage : std::uint8_t { first_byte, header, whole };

struct Peer {
    std::optional<std::uint32_t> uid{};
    std::string address{};
};

/// A HEAD's answer has the headers of a GET's, the length among them, and ends there.
std::string serialize(const HttpResponse& response, bool keep_alive, bool with_body = true) {
    std::string wire;
    wire.reserve(256 + response.body.size());
    const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
    wire.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason).append("\r\n");
    for (const auto& [name, value] : response.headers) wire.append(name).append(": ").append(value).append("\r\n");
    wire.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    wire.append(keep_alive ? "Connection: keep-alive" : "Connection: close").append("\r\n\r\n");
    if (with_body) wire.append(response.body);
    return wire;
}

std::string serialize_head(const HttpResponse& response) {
    std::string wire = "HTTP/1.1 200 OK\r\n";
    for (const auto& [name, value] : response.headers) wire.append(name).append(": ").append(value).append("\r\n");
    return wire + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
}

HttpRequest to_request(Parser& parser) {
    auto message = parser.release();
    HttpRequest request;
    request.method = message.method_string();
    request.target = message.target();
    for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
    request.body = std::move(message.body());
    return request;
}

HttpResponse plain_refusal(int status, const std::string& why) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain");
    response.body = why + "\n";
    return response;
}

class TcpListener {
public:
    TcpListener(asio::any_io_executor executor, const HttpServerOptions& options)
        : acceptor_{std::move(executor)}, tls_{options.tls} {
        if (!tls_ && !options.certificate_file.empty())
            tls_ = [tls = create_server_tls(options.certificate_file, options.key_file)] { return tls; };
        const auto address = options.address == "localhost" ? asio::ip::address{asio::ip::address_v4::loopback()}
                                                            : asio::ip::make_address(options.address);
        const tcp::endpoint endpoint{address, options.port};
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address{true});
        acceptor_.bind(endpoint);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
    }

    tcp::acceptor& acceptor() { return acceptor_; }
    unsigned short port() const { return port_; }
    Async<std::unique_ptr<Connection>> connect(tcp::socket socket) {
        return accept_connection(std::move(socket), tls_ ? tls_() : nullptr);
    }
    static Peer peer_of(const tcp::socket& socket) {
        boost::system::error_code ignored;
        return {.address = socket.remote_endpoint(ignored).address().to_string()};
    }

private:
    tcp::acceptor acceptor_;
    std::function<std::shared_ptr<TlsContext>()> tls_;
    unsigned short port_ = 0;
};

class LocalListener {
public:
    using Socket = asio::local::stream_protocol::socket;

    LocalListener(asio::any_io_executor executor, const HttpServerOptions& options)
        : listener_{std::move(executor), options.unix_path} {}

    asio::local::stream_protocol::acceptor& acceptor() { return listener_.acceptor(); }
    static unsigned short port() { return 0; }
    static Async<std::unique_ptr<Connection>> connect(Socket socket) { co_return accept_connection(std::move(socket)); }
    static Peer peer_of(Socket& socket) {
        ucred peer{};
        socklen_t size = sizeof peer;
        if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
        return {.uid = peer.uid};
    }

private:
    UnixListener listener_;
};

template <class Listener>
class BeastServer final : public HttpServer {
public:
    BeastServer(asio::any_io_executor executor, HttpServerOptions options, Handler handler)
        : options_{std::move(options)},
          handler_{std::move(handler)},
          listener_{executor, options_},
          executor_{std::move(executor)} {
        if (!options_.refusal) options_.refusal = plain_refusal;
    }

    unsigned short port() const override { return listener_.port(); }
    void stop_accepting() override {
        boost::system::error_code ignored;
        listener_.acceptor().close(ignored);
    }

    Async<void> run() override {
        const bool throws = co_await asio::this_coro::throw_if_cancelled();
        TaskGroup connections{executor_};
        std::exception_ptr failure;
        try {
            co_await accept_all(connections);
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted) failure = std::current_exception();
        }
        boost::system::error_code ignored;
        listener_.acceptor().close(ignored);
        connections.cancel();
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await connections.join();
        co_await asio::this_coro::throw_if_cancelled(throws);
        if (failure) std::rethrow_exception(failure);
    }

private:
    Async<void> accept_all(TaskGroup& connections) {
        asio::steady_timer pause{executor_};
        auto as_tuple = asio::as_tuple(asio::use_awaitable);
        for (;;) {
            co_await connections.wait_below(options_.connections_max);
            auto [error, socket] = co_await listener_.acceptor().async_accept(as_tuple);
            if (!error) {
                admit(connections, std::move(socket));
                continue;
            }
            if (!listener_.acceptor().is_open()) {  // until run() is cancelled
                pause.expires_at(std::chrono::steady_clock::time_point::max());
                co_await pause.async_wait(asio::use_awaitable);
            }
            if (error == asio::error::operation_aborted) co_return;
            // Out of descriptors, or the peer was gone at once: what is connected goes on, and accepting with it.
            pause.expires_after(kAcceptRetry);
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

    // A stranger makes way for the next ones; so nobody is kept out by connections that say nothing.
    template <class Socket>
    void admit(TaskGroup& connections, Socket socket) {
        const std::uint64_t number = ++newest_;
        if (options_.strangers_max > 0 && strangers_.size() >= options_.strangers_max) {
            auto* const end = strangers_.begin()->second;
            strangers_.erase(strangers_.begin());
            end->emit(asio::cancellation_type::terminal);
        }
        if (options_.strangers_max > 0) strangers_.emplace(number, nullptr);
        auto& end = connections.spawn(serve_alone(std::move(socket), number));
        if (const auto stranger = strangers_.find(number); stranger != strangers_.end()) stranger->second = &end;
    }

    // What breaks one connection ends that one only.
    template <class Socket>
    Async<void> serve_alone(Socket socket, std::uint64_t number) {
        try {
            co_await serve(std::move(socket), number);
        } catch (const std::exception&) {
            // It ends below, as each does.
        }
        strangers_.erase(number);
    }

    template <class Socket>
    Async<void> serve(Socket socket, std::uint64_t number) {
        const Peer peer = Listener::peer_of(socket);
        std::unique_ptr<Connection> connection;
        const bool shaken = co_await with_deadline(std::chrono::steady_clock::now() + kHandshakeMax,
                                                   accept(std::move(socket), connection));
        if (!shaken || !connection) co_return;
        boost::beast::flat_buffer buffer;
        bool is_first = true;
        for (bool open = true; open; is_first = false) {
            Parser parser;
            parser.eager(true);
            parser.header_limit(options_.header_bytes_max);
            parser.body_limit(options_.body_bytes_max);
            boost::system::error_code error;
            const auto idle_max = is_first || strangers_.contains(number) ? options_.header_max : options_.idle_max;
            bool in_time = co_await with_deadline(std::chrono::steady_clock::now() + idle_max,
                                                  read_until(Stage::first_byte, *connection, buffer, parser, error));
            if (in_time && !error) {
                in_time = co_await with_deadline(std::chrono::steady_clock::now() + options_.header_max,
                                                 read_until(Stage::header, *connection, buffer, parser, error));
            }
            if (in_time && !error && !parser.is_done()) {
                in_time = co_await with_deadline(std::chrono::steady_clock::now() + options_.body_max,
                                                 read_until(Stage::whole, *connection, buffer, parser, error));
            }
            if (!in_time) co_return;
            if (error) {
                co_await refuse(*connection, error);
                co_return;
            }
            const bool keep_alive = parser.keep_alive();
            HttpRequest request = to_request(parser);
            request.peer_uid = peer.uid;
            request.peer_address = peer.address;
            open = co_await answer(*connection, number, std::move(request), keep_alive);
        }
    }

    template <class Socket>
    Async<void> accept(Socket socket, std::unique_ptr<Connection>& connection) {
        connection = co_await listener_.connect(std::move(socket));
    }

    static Async<void> read_until(Stage stage, Connection& connection, boost::beast::flat_buffer& buffer,
                                  Parser& parser, boost::system::error_code& error) {
        bool continued = false;
        for (;;) {
            if (buffer.size() > 0) {
                if (stage == Stage::first_byte) co_return;
                buffer.consume(parser.put(buffer.data(), error));
                if (error == http::error::need_more) error.clear();
                if (error || parser.is_done()) co_return;
            }
            if (stage == Stage::header && parser.is_header_done()) co_return;
            if (parser.is_header_done() && !continued && parser.get()[http::field::expect] == "100-continue") {
                continued = true;
                co_await write_all(connection, "HTTP/1.1 100 Continue\r\n\r\n");
            }
            auto room = buffer.prepare(kReadBytes);
            const auto io = co_await connection.read_some(static_cast<char*>(room.data()), room.size());
            buffer.commit(io.bytes);
            error = io.error;
            if (error) co_return;
        }
    }

    // Says what was wrong with a request that could not be read; a peer that has gone hears nothing.
    Async<void> refuse(Connection& connection, boost::system::error_code error) {
        if (error.category() != http::make_error_code(http::error::bad_version).category()) co_return;
        auto response = options_.refusal(400, "the request is no HTTP: " + error.message());
        if (error == http::error::body_limit) response = options_.refusal(413, "the request is too large");
        if (error == http::error::header_limit) response = options_.refusal(431, "the headers are too large");
        const std::string wire = serialize(response, false);
        co_await write(connection, wire);
    }

    // False: the peer has gone, or does not take it in time.
    Async<bool> write(Connection& connection, std::string_view wire) {
        bool is_written = false;
        if (options_.write_max) {
            co_await with_deadline(std::chrono::steady_clock::now() + *options_.write_max,
                                   write_to(connection, wire, is_written));
        } else {
            is_written = co_await write_all(connection, wire);
        }
        co_return is_written;
    }

    static Async<void> write_to(Connection& connection, std::string_view wire, bool& is_written) {
        is_written = co_await write_all(connection, wire);
    }

    // True: the connection goes on.
    Async<bool> answer(Connection& connection, std::uint64_t number, HttpRequest request, bool keep_alive) {
        HttpReply reply;
        const bool with_body = request.method != "HEAD";
        try {
            reply = co_await handler_(std::move(request));
        } catch (const boost::system::system_error& e) {
            if (e.code() == asio::error::operation_aborted) throw;
            reply.response = options_.refusal(500, "internal error");
        } catch (const std::exception&) {
            reply.response = options_.refusal(500, "internal error");
        }
        if (reply.is_of_friend) strangers_.erase(number);
        if (reply.stream && with_body) {
            const std::string head = serialize_head(reply.response);
            co_await serve_stream(connection, head, reply.stream, options_.write_max.value_or(kChunkMax));
            co_return false;
        }
        keep_alive = keep_alive && listener_.acceptor().is_open();
        const std::string wire = serialize(reply.response, keep_alive, with_body);
        bool is_taken = false;
        if (reply.deliver) {
            is_taken = co_await reply.deliver(connection, wire);
        } else {
            is_taken = co_await write(connection, wire);
        }
        keep_alive = keep_alive && is_taken;
        co_return keep_alive;
    }

    HttpServerOptions options_;
    Handler handler_;
    Listener listener_;
    asio::any_io_executor executor_;
    std::uint64_t newest_ = 0;                                       // connection
    std::map<std::uint64_t, asio::cancellation_signal*> strangers_;  // by age; each ends its connection
};

}  // namespace

std::unique_ptr<HttpServer> create_http_server(asio::any_io_executor executor, HttpServerOptions options,
                                               HttpServer::Handler handler) {
    if (!options.unix_path.empty())
        return std::make_unique<BeastServer<LocalListener>>(std::move(executor), std::move(options),
                                                            std::move(handler));
    return std::make_unique<BeastServer<TcpListener>>(std::move(executor), std::move(options), std::move(handler));
}

}  // namespace taktd
