// SPDX-License-Identifier: Apache-2.0
// A byte stream to a peer, plain or TLS, behind one interface; the only part of the layer that knows which. The client
// opens connections, the server wraps accepted sockets. Errors are values; only cancellation throws
// (operation_aborted).
#pragma once

#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "daemon/core/base/secret.hpp"
#include "daemon/net/client.hpp"
#include "daemon/net/deadline.hpp"

namespace taktd {

class Connection {
public:
    struct Io {
        boost::system::error_code error;
        std::size_t bytes = 0;
    };

    virtual ~Connection() = default;
    virtual Async<Io> read_some(char* data, std::size_t size) = 0;
    virtual Async<Io> write_some(std::string_view data) = 0;
    /// Whether bytes given to write_some pass through a TLS layer, so that a cut write may have sent any of them.
    virtual bool is_secured() const = 0;
    /// Open, and nothing to read, neither in the kernel nor in the TLS layer: one that is not quiet was closed by its
    /// peer or is out of step. It may have eaten what there was; close it.
    virtual bool is_quiet() = 0;
    /// Which of its host's addresses it goes to; empty on the server's side.
    virtual const std::string& address() const = 0;
    /// Ends the connection with a reset instead of an orderly close.
    virtual void reset() = 0;
};

/// False when the connection failed before all of it was written. `data` outlives the call.
Async<bool> write_all(Connection& connection, std::string_view data);

/// Settings of TLS: which certificates to trust or to show.
struct TlsContext;
/// TLS >= 1.2, the peer verified against the system's store. SSL_CERT_FILE and SSL_CERT_DIR override it. Blocks: it
/// reads every certificate, so that no handshake reads a file. Callable on any thread.
std::shared_ptr<TlsContext> create_client_tls();
/// Throws boost::system::system_error when the files cannot be used.
std::shared_ptr<TlsContext> create_server_tls(const std::string& certificate_file, const std::string& key_file);
/// What a server shows, in PEM. The certificate is followed by those between it and its root; it is no secret, but
/// comes the same way as the key.
struct ServerIdentity {
    Secret certificate, key;
};
/// The error says what is wrong with which of the two.
Result<std::shared_ptr<TlsContext>> create_server_tls(const ServerIdentity& identity);

/// Connects to one address (a literal; none for a Unix socket) and shakes hands. `tls` is null for a plain connection;
/// else the peer's certificate must be valid for endpoint.host. Without a deadline of its own: cancel it.
Async<Result<std::unique_ptr<Connection>, HttpFailure>> open_connection(Endpoint endpoint, std::string address,
                                                                        std::shared_ptr<TlsContext> tls);

/// The server's side: the TLS handshake is made if `tls` is given. Null when it failed.
Async<std::unique_ptr<Connection>> accept_connection(asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> tls);
/// The same on a Unix socket, where nothing has to be secured.
std::unique_ptr<Connection> accept_connection(asio::local::stream_protocol::socket socket);

}  // namespace taktd
