// SPDX-License-Identifier: Apache-2.0
// Sockets and TLS streams. The peer's name is checked by OpenSSL itself during the handshake, so a connection that
// exists has been verified.
#include "daemon/net/connection.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <unistd.h>

namespace taktd {

using asio::ip::tcp;

struct TlsContext {
    asio::ssl::context context;
};

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

template <class Socket>
Socket& socket_of(Socket& socket) {
    return socket;
}
tcp::socket& socket_of(asio::ssl::stream<tcp::socket>& stream) { return stream.next_layer(); }

template <class Socket>
bool has_nothing_to_read(Socket& socket) {
    char byte = 0;
    const auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// What the peer said may wait in OpenSSL or in Asio's buffer, and what waits in the kernel may be no more than a
// session ticket: only a read through the layer tells.
bool has_nothing_to_read(asio::ssl::stream<tcp::socket>& stream) {
    boost::system::error_code error;
    stream.next_layer().non_blocking(true, error);
    if (error) return false;
    char byte = 0;
    stream.read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::would_block || error == asio::error::try_again;
}

template <class Stream>
class StreamConnection final : public Connection {
public:
    StreamConnection(std::shared_ptr<TlsContext> tls, Stream stream, std::string address = {})
        : tls_{std::move(tls)}, stream_{std::move(stream)}, address_{std::move(address)} {}

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

    bool is_quiet() override { return has_nothing_to_read(stream_); }

    const std::string& address() const override { return address_; }

    void reset() override {
        boost::system::error_code ignored;
        socket_of(stream_).set_option(asio::socket_base::linger{true, 0}, ignored);
        socket_of(stream_).close(ignored);
    }

private:
    std::shared_ptr<TlsContext> tls_;
    Stream stream_;
    std::string address_;
};

HttpFailure failure(HttpFailure::Kind kind, std::string message) {
    HttpFailure f;
    f.kind = kind;
    f.message = std::move(message);
    return f;
}

// OpenSSL's verification only lets this connection's host pass; SNI carries names, never addresses (RFC 6066).
bool expect_host(SSL* ssl, const std::string& host) {
    boost::system::error_code not_literal;
    asio::ip::make_address(host, not_literal);
    if (!not_literal) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

HttpFailure handshake_failure(const std::string& where, SSL* ssl, const boost::system::error_code& error) {
    const long verdict = SSL_get_verify_result(ssl);
    const std::string why = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : error.message();
    auto failed = failure(HttpFailure::Kind::tls, "TLS handshake with " + where + " failed: " + why);
    failed.untrusted = verdict != X509_V_OK;
    return failed;
}

std::string from_environment(const char* variable, const char* otherwise) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

// As OpenSSL names the certificates of a directory: 8 hex digits of the subject's hash, a dot, a number.
bool is_hashed_name(const std::string& name) {
    constexpr std::size_t kHashDigits = 8;
    if (name.size() < kHashDigits + 2 || name[kHashDigits] != '.') return false;
    return name.find_first_not_of("0123456789abcdef") == kHashDigits &&
           name.find_first_not_of("0123456789", kHashDigits + 1) == std::string::npos;
}

// OpenSSL reads such a directory during the handshake, on the event loop; here it is read beforehand and whole.
void trust_directories(SSL_CTX* context, const std::string& directories) {
    std::istringstream list{directories};
    for (std::string directory; std::getline(list, directory, ':');) {
        std::error_code error;
        for (std::filesystem::directory_iterator each{directory, error}, end; !error && each != end;
             each.increment(error)) {
            if (is_hashed_name(each->path().filename().string()))
                SSL_CTX_load_verify_file(context, each->path().c_str());
        }
    }
}

}  // namespace

Async<bool> write_all(Connection& connection, std::string_view data) {
    while (!data.empty()) {
        const auto io = co_await connection.write_some(data);
        if (io.error) co_return false;
        data.remove_prefix(io.bytes);
    }
    co_return true;
}

std::shared_ptr<TlsContext> create_client_tls() {
    asio::ssl::context context{asio::ssl::context::tls_client};
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    const auto file = from_environment(X509_get_default_cert_file_env(), X509_get_default_cert_file());
    SSL_CTX_load_verify_file(context.native_handle(), file.c_str());
    trust_directories(context.native_handle(),
                      from_environment(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()));
    ERR_clear_error();  // what cannot be read is not trusted; the handshake says so
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

Result<std::shared_ptr<TlsContext>> create_server_tls(const ServerIdentity& identity) {
    asio::ssl::context context{asio::ssl::context::tls_server};
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    boost::system::error_code error;
    context.use_certificate_chain(asio::buffer(identity.certificate.reveal()), error);
    if (error) return unexpected{"the certificate is not PEM that OpenSSL can read (" + error.message() + ")"};
    // Nobody is there to type a password.
    context.set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string{}; });
    context.use_private_key(asio::buffer(identity.key.reveal()), asio::ssl::context::pem, error);
    if (error)
        return unexpected{"the key does not fit the certificate, has a password, or is not PEM (" + error.message() +
                          ")"};
    if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
        ERR_clear_error();
        return unexpected<std::string>{"the key does not belong to the certificate"};
    }
    return std::make_shared<TlsContext>(TlsContext{std::move(context)});
}

/// Who listens there; nothing where that is the socket's rightful owner: its directory's, root, or whoever asks.
/// Another user who can write there might have put a socket of their own in the place of the right one.
static std::optional<std::uint32_t> usurper_of(int fd, const std::string& path) {
    ucred peer{};
    socklen_t size = sizeof peer;
    constexpr std::uint32_t kNobodyKnown = static_cast<std::uint32_t>(-1);
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return kNobodyKnown;
    if (peer.uid == 0 || peer.uid == ::geteuid()) return std::nullopt;
    struct stat directory {};
    const std::string parent = std::filesystem::path{path}.parent_path().string();
    const bool is_owner =
        ::stat(parent.empty() ? "." : parent.c_str(), &directory) == 0 && directory.st_uid == peer.uid;
    return is_owner ? std::nullopt : std::optional{peer.uid};
}

/// To a Unix socket.
static Async<Result<std::unique_ptr<Connection>, HttpFailure>> open_local(std::string path) {
    using Socket = asio::local::stream_protocol::socket;
    auto executor = co_await asio::this_coro::executor;
    Socket socket{executor};
    boost::system::error_code error = boost::system::errc::make_error_code(boost::system::errc::filename_too_long);
    if (path.size() < sizeof(sockaddr_un::sun_path)) {
        const asio::local::stream_protocol::endpoint target{path};
        co_await socket.async_connect(target, asio::redirect_error(asio::use_awaitable, error));
    }
    if (error)
        co_return unexpected{failure(HttpFailure::Kind::connect, "cannot connect to " + path + ": " + error.message())};
    if (const auto usurper = usurper_of(socket.native_handle(), path))
        co_return unexpected{failure(HttpFailure::Kind::tls,
                                     path + " is served by uid " + std::to_string(*usurper) +
                                         ", who is neither root nor the owner of its directory; nothing was sent")};
    co_return std::make_unique<StreamConnection<Socket>>(nullptr, std::move(socket), std::move(path));
}

Async<Result<std::unique_ptr<Connection>, HttpFailure>> open_connection(Endpoint endpoint, std::string address,
                                                                        std::shared_ptr<TlsContext> tls) {
    auto executor = co_await asio::this_coro::executor;
    if (!endpoint.unix_path.empty()) {
        auto opened = co_await open_local(endpoint.unix_path);
        co_return opened;
    }
    tcp::socket socket{executor};
    const std::string where = endpoint.host_header();
    boost::system::error_code error;
    const auto literal = asio::ip::make_address(address, error);
    if (!error) {
        const tcp::endpoint target{literal, static_cast<unsigned short>(std::stoul(endpoint.port))};
        co_await socket.async_connect(target, asio::redirect_error(asio::use_awaitable, error));
    }
    if (error)
        co_return unexpected{
            failure(HttpFailure::Kind::connect, "cannot connect to " + where + ": " + error.message())};
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (!tls) co_return std::make_unique<StreamConnection<tcp::socket>>(nullptr, std::move(socket), std::move(address));

    asio::ssl::stream<tcp::socket> stream{std::move(socket), tls->context};
    if (!expect_host(stream.native_handle(), endpoint.host))
        co_return unexpected{
            failure(HttpFailure::Kind::tls, "no TLS to " + where + ": not a name a certificate can have")};
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return unexpected{handshake_failure(where, stream.native_handle(), error)};
    co_return std::make_unique<StreamConnection<asio::ssl::stream<tcp::socket>>>(std::move(tls), std::move(stream),
                                                                                 std::move(address));
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

std::unique_ptr<Connection> accept_connection(asio::local::stream_protocol::socket socket) {
    using Socket = asio::local::stream_protocol::socket;
    return std::make_unique<StreamConnection<Socket>>(nullptr, std::move(socket));
}

}  // namespace taktd
