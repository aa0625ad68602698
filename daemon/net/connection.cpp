// Sockets and TLS streams. The peer's name is checked by OpenSSL itself during the handshake, so a connection that
// exists has been verified.
#include "daemon/net/connection.hpp"

#include <cerrno>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>

namespace taktd {

using asio::ip::tcp;

struct TlsContext {
    asio::ssl::context context;
};

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

tcp::socket& socket_of(tcp::socket& socket) { return socket; }
tcp::socket& socket_of(asio::ssl::stream<tcp::socket>& stream) { return stream.next_layer(); }

template <class Stream>
class StreamConnection final : public Connection {
public:
    StreamConnection(std::shared_ptr<TlsContext> tls, Stream stream)
        : tls_{std::move(tls)}, stream_{std::move(stream)} {}

    Async<Io> read_some(char* data, std::size_t size) override {
        auto buffer = asio::buffer(data, size);
        auto [error, bytes] = co_await stream_.async_read_some(buffer, kAsTuple);
        Io io;
        io.error = error;
        io.bytes = bytes;
        co_return io;
    }

    Async<Io> write_some(std::string_view data) override {
        auto buffer = asio::buffer(data.data(), data.size());
        auto [error, bytes] = co_await stream_.async_write_some(buffer, kAsTuple);
        Io io;
        io.error = error;
        io.bytes = bytes;
        co_return io;
    }

    bool is_secured() const override { return tls_ != nullptr; }

    bool is_quiet() override {
        char byte = 0;
        const auto got = ::recv(socket_of(stream_).native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }

    void reset() override {
        boost::system::error_code ignored;
        socket_of(stream_).set_option(tcp::socket::linger{true, 0}, ignored);
        socket_of(stream_).close(ignored);
    }

private:
    std::shared_ptr<TlsContext> tls_;
    Stream stream_;
};

HttpFailure failure(HttpFailure::Kind kind, std::string message) {
    HttpFailure f;
    f.kind = kind;
    f.message = std::move(message);
    return f;
}

Async<void> connect_to(tcp::socket& socket, tcp::endpoint target, boost::system::error_code& error) {
    co_await socket.async_connect(target, asio::redirect_error(asio::use_awaitable, error));
}

// OpenSSL's verification only lets this connection's host pass; SNI carries names, never addresses (RFC 6066).
bool expect_host(SSL* ssl, const std::string& host) {
    boost::system::error_code not_literal;
    asio::ip::make_address(host, not_literal);
    if (!not_literal) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

std::string handshake_error(SSL* ssl, const boost::system::error_code& error) {
    const long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
    return error.message();
}

}  // namespace

std::shared_ptr<TlsContext> create_client_tls() {
    asio::ssl::context context{asio::ssl::context::tls_client};
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(context.native_handle());
    context.set_verify_mode(asio::ssl::verify_peer);
    return std::make_shared<TlsContext>(TlsContext{std::move(context)});
}

std::shared_ptr<TlsContext> create_server_tls(const std::string& certificate_file, const std::string& key_file) {
    asio::ssl::context context{asio::ssl::context::tls_server};
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.use_certificate_chain_file(certificate_file);
    context.use_private_key_file(key_file, asio::ssl::context::pem);
    return std::make_shared<TlsContext>(TlsContext{std::move(context)});
}

Async<Result<std::unique_ptr<Connection>, HttpFailure>> open_connection(Endpoint endpoint,
                                                                        std::vector<std::string> addresses,
                                                                        std::shared_ptr<TlsContext> tls,
                                                                        SteadyTime deadline) {
    auto executor = co_await asio::this_coro::executor;
    tcp::socket socket{executor};
    const std::string where = endpoint.host_header();
    const auto port = static_cast<unsigned short>(std::stoul(endpoint.port));
    boost::system::error_code error = asio::error::host_not_found;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto address = asio::ip::make_address(addresses[i], error);
        if (error) continue;
        const tcp::endpoint target{address, port};
        boost::system::error_code ignored;
        socket.close(ignored);
        const auto left = static_cast<long>(addresses.size() - i);
        if (left == 1) {
            co_await connect_to(socket, target, error);
        } else {
            const auto now = std::chrono::steady_clock::now();
            const auto share = now + (deadline - now) / left;
            const bool in_time = co_await with_deadline(share, connect_to(socket, target, error));
            if (!in_time) error = asio::error::timed_out;
        }
        if (!error || error == asio::error::operation_aborted) break;
    }
    if (error)
        co_return unexpected{
            failure(HttpFailure::Kind::connect, "cannot connect to " + where + ": " + error.message())};
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (!tls) co_return std::make_unique<StreamConnection<tcp::socket>>(nullptr, std::move(socket));

    asio::ssl::stream<tcp::socket> stream{std::move(socket), tls->context};
    if (!expect_host(stream.native_handle(), endpoint.host))
        co_return unexpected{
            failure(HttpFailure::Kind::tls, "no TLS to " + where + ": not a name a certificate can have")};
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        auto why = handshake_error(stream.native_handle(), error);
        co_return unexpected{failure(HttpFailure::Kind::tls, "TLS handshake with " + where + " failed: " + why)};
    }
    co_return std::make_unique<StreamConnection<asio::ssl::stream<tcp::socket>>>(std::move(tls), std::move(stream));
}

Async<std::unique_ptr<Connection>> accept_connection(tcp::socket socket, std::shared_ptr<TlsContext> tls) {
    boost::system::error_code error;
    socket.set_option(tcp::no_delay{true}, error);
    if (!tls) co_return std::make_unique<StreamConnection<tcp::socket>>(nullptr, std::move(socket));
    asio::ssl::stream<tcp::socket> stream{std::move(socket), tls->context};
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return nullptr;
    co_return std::make_unique<StreamConnection<asio::ssl::stream<tcp::socket>>>(std::move(tls), std::move(stream));
}

}  // namespace taktd
