// SPDX-License-Identifier: Apache-2.0
// The client on Beast's parser: one exchange is look up, connect, write, read. What was handed over is counted before
// anything can fail, so that bytes_sent is true however the exchange ends. The connections are in pool.cpp.
#include "daemon/net/client.hpp"

#include <algorithm>

#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/src.hpp>

#include "daemon/log/escape.hpp"
#include "daemon/net/address_order.hpp"
#include "daemon/net/clock.hpp"
#include "daemon/net/name_cache.hpp"
#include "daemon/net/pool.hpp"
#include "daemon/net/trust.hpp"

namespace taktd {

namespace {

namespace http = boost::beast::http;
using Kind = HttpFailure::Kind;
using Parser = http::response_parser<http::string_body>;

constexpr std::uint32_t kHeaderBytesMax = 64 * 1024;
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kFirstLineBytesMax = 80;  // of an answer that is no HTTP, in its message
constexpr int kInterimAnswersMax = 8;           // 1xx answers before the real one

// One exchange under way. perform() owns it; the coroutines below fill in `result`.
struct Attempt {
    HttpExchange exchange;
    SteadyTime deadline;
    std::string wire;  // the request as it goes out
    HttpResult result;
    const char* doing = "waiting for a connection";
    std::string address;  // which of the host's it went to; empty: none yet
};

void fail(Attempt& attempt, Kind kind, std::string message) {
    attempt.result.failure.kind = kind;
    attempt.result.failure.message = std::move(message);
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

// Header injection ends here, whatever an adapter lets through.
bool can_be_sent(const HttpRequest& request) {
    const auto breaks_line = [](std::string_view text) {
        return text.empty() || has_control_character(text) || text.find_first_of(" \t") != std::string_view::npos;
    };
    if (breaks_line(request.method) || breaks_line(request.target)) return false;
    return std::none_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
        return breaks_line(header.first) || header.first.find(':') != std::string::npos ||
               has_control_character(header.second);
    });
}

std::string serialize(const HttpExchange& exchange) {
    const HttpRequest& request = exchange.request;
    std::string wire;
    wire.reserve(512 + request.body.size());
    wire.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
    if (!find_header(request.headers, "Host"))
        wire.append("Host: ").append(exchange.endpoint.host_header()).append("\r\n");
    for (const auto& [name, value] : request.headers) wire.append(name).append(": ").append(value).append("\r\n");
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
        wire.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    wire.append(exchange.reuse == Reuse::never ? "Connection: close" : "Connection: keep-alive");
    wire.append("\r\n\r\n").append(request.body);
    return wire;
}

// False: the write failed; bytes_sent says how far it came.
Async<bool> write_request(Attempt& attempt, Connection& connection, boost::system::error_code& error) {
    auto cancellation = co_await asio::this_coro::cancellation_state;
    std::string_view rest = attempt.wire;
    const Now begun = read_clocks();
    while (!rest.empty()) {
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            error = asio::error::operation_aborted;
            co_return false;
        }
        // Of a cut TLS write nobody can say how much went out, so all of it counts before it begins.
        if (connection.is_secured()) attempt.result.bytes_sent = attempt.wire.size();
        const auto io = co_await connection.write_some(rest);
        rest.remove_prefix(io.bytes);
        if (!connection.is_secured()) attempt.result.bytes_sent += io.bytes;
        if (attempt.result.bytes_sent > 0 && !attempt.result.first_byte_boot) {
            attempt.result.first_byte_boot = begun.boot;
            attempt.result.first_byte_wall = begun.wall;
        }
        error = io.error;
        if (error) co_return false;
    }
    co_return true;
}

/// What is wrong with an answer of which not even the first line could be read.
std::string told_of_first_line(std::string_view unread) {
    const std::string_view line = unread.substr(0, unread.find_first_of("\r\n"));
    const bool ends_after_status = line.size() == std::string_view{"HTTP/1.1 200"}.size() &&
                                   line.starts_with("HTTP/1.") && line[8] == ' ' && line.size() < unread.size();
    return (ends_after_status ? ": its status line has no space and no reason after the status, '"
                              : ": its first line is '") +
           log::shorten(log::escape_text(line), kFirstLineBytesMax) + "'";
}

/// `unread`: the bytes of the answer at which its parser stands.
void fail_reading(Attempt& attempt, const boost::system::error_code& error, std::string_view unread = {}) {
    const std::string where = attempt.exchange.endpoint.host_header();
    if (error == http::error::body_limit || error == http::error::header_limit || error == http::error::buffer_overflow)
        return fail(attempt, Kind::too_large, "the answer of " + where + " is larger than 1 MiB");
    if (error == http::error::end_of_stream || error == http::error::partial_message)
        return fail(attempt, Kind::reset, where + " closed the connection before its answer was complete");
    if (error == http::error::bad_version || error == http::error::bad_status || error == http::error::bad_reason)
        return fail(attempt, Kind::malformed, where + " did not answer with HTTP" + told_of_first_line(unread));
    if (error.category() == http::make_error_code(http::error::bad_version).category())
        return fail(attempt, Kind::malformed, where + " did not answer with HTTP: " + error.message());
    fail(attempt, Kind::reset, "the connection to " + where + " broke: " + error.message());
}

HttpResponse to_response(Parser& parser) {
    auto message = parser.release();
    HttpResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) response.headers.emplace_back(field.name_string(), field.value());
    response.body = std::move(message.body());
    return response;
}

// Reads until the parser has one whole message; an error ends it.
Async<void> read_message(Connection& connection, boost::beast::flat_buffer& buffer, Parser& parser,
                         boost::system::error_code& error) {
    for (;;) {
        if (buffer.size() > 0) {
            buffer.consume(parser.put(buffer.data(), error));
            if (error == http::error::need_more) error.clear();
            if (error || parser.is_done()) co_return;
        }
        auto room = buffer.prepare(kReadBytes);
        const auto io = co_await connection.read_some(static_cast<char*>(room.data()), room.size());
        buffer.commit(io.bytes);
        if (io.error == asio::error::eof) {
            error = http::error::end_of_stream;
            if (parser.got_some()) {
                error.clear();
                parser.put_eof(error);
            }
            co_return;
        }
        error = io.error;
        if (error) co_return;
    }
}

// True: the connection may serve the next exchange.
Async<bool> read_response(Attempt& attempt, Connection& connection) {
    boost::beast::flat_buffer buffer;
    for (int interim = 0; interim <= kInterimAnswersMax; ++interim) {
        Parser parser;
        parser.eager(true);
        parser.header_limit(kHeaderBytesMax);
        parser.body_limit(HttpClient::kResponseBytesMax);
        parser.skip(attempt.exchange.request.method == "HEAD");
        boost::system::error_code error;
        co_await read_message(connection, buffer, parser, error);
        if (error) {
            const auto unread = buffer.data();
            fail_reading(attempt, error, {static_cast<const char*>(unread.data()), unread.size()});
            co_return false;
        }
        if (parser.get().result_int() >= 200) {
            const bool reusable = parser.keep_alive() && buffer.size() == 0;
            attempt.result.response = to_response(parser);
            co_return reusable;
        }
    }
    fail(attempt, Kind::malformed, attempt.exchange.endpoint.host_header() + " sent one interim answer after another");
    co_return false;
}

class BeastClient final : public HttpClient {
public:
    BeastClient(asio::any_io_executor executor, LookUp look_up)
        : names_{create_name_cache(executor, std::move(look_up))},
          pool_{std::make_shared<Pool>(executor)},
          trust_{executor, [pool = std::weak_ptr{pool_}] {
                     if (auto alive = pool.lock()) alive->retire_secured();
                 }} {}
    ~BeastClient() override { pool_->close_idle(); }

    Async<HttpResult> perform(HttpExchange exchange) override {
        Attempt attempt;
        attempt.deadline = std::chrono::steady_clock::now() + exchange.timeout;
        attempt.exchange = std::move(exchange);
        const std::string where = attempt.exchange.endpoint.host_header();
        if (!can_be_sent(attempt.exchange.request)) {
            fail(attempt, Kind::malformed, "the request for " + where + " holds a character that HTTP cannot carry");
            co_return std::move(attempt.result);
        }
        attempt.wire = serialize(attempt.exchange);
        // A cancelled caller still gets the truth about bytes_sent, so nothing may throw here; the caller's own next
        // await throws as usual.
        const bool throws = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);
        auto cancellation = co_await asio::this_coro::cancellation_state;
        const auto cancelled_before = cancellation.cancelled();
        bool in_time = true;
        std::exception_ptr broken;
        try {
            in_time = co_await with_deadline(attempt.deadline, run(attempt));
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted) broken = std::current_exception();
        }
        co_await asio::this_coro::throw_if_cancelled(throws);
        if (broken) std::rethrow_exception(broken);
        if (attempt.result.response) co_return std::move(attempt.result);
        const std::string doing = std::string{" ("} + attempt.doing + ")";
        const bool was_cancelled = cancellation.cancelled() != cancelled_before;
        if (!in_time)
            fail(attempt, Kind::timeout,
                 "no answer from " + where + " within " + to_text(attempt.exchange.timeout) + doing);
        else if (was_cancelled)
            fail(attempt, Kind::cancelled, "the exchange with " + where + " was cancelled" + doing);
        if (!was_cancelled && !attempt.address.empty()) avoid(attempt.exchange.endpoint, attempt.address);
        co_return std::move(attempt.result);
    }

    void renew_trust() override { trust_.renew(); }
    void close_idle() override { pool_->close_idle(); }

private:
    Async<void> run(Attempt& attempt) {
        const HttpExchange& exchange = attempt.exchange;
        for (;;) {
            attempt.doing = "waiting for a connection";
            auto lease = co_await pool_->acquire(exchange.endpoint, exchange.lane, exchange.reuse);
            const bool reused = lease.connection != nullptr;
            if (!reused) {
                const bool opened = co_await open(attempt, lease);
                if (!opened) co_return;
            }
            attempt.address = lease.connection->address();
            // What is there before we ask is no answer to us.
            if (!lease.connection->is_quiet()) {
                if (reused) continue;
                fail(attempt, Kind::reset,
                     exchange.endpoint.host_header() + " closed the connection, or sent something before it was asked");
                co_return;
            }
            attempt.doing = "sending the request";
            boost::system::error_code error;
            const bool written = co_await write_request(attempt, *lease.connection, error);
            if (error == asio::error::operation_aborted) co_return;
            if (!written) {
                if (reused && attempt.result.bytes_sent == 0) continue;  // closed while idle: nothing left us
                co_return fail_reading(attempt, error);
            }
            if (exchange.on_written) exchange.on_written();
            attempt.doing = "waiting for the answer";
            const bool reusable = co_await read_response(attempt, *lease.connection);
            if (attempt.result.response) release(exchange, *attempt.result.response, reusable, std::move(lease));
            co_return;
        }
    }

    // Decides after a whole answer whether its connection may serve another exchange.
    static void release(const HttpExchange& exchange, const HttpResponse& response, bool reusable, Pool::Lease lease) {
        if (exchange.reuse == Reuse::never) {
            // Both sides are done. A reset leaves no port in TIME_WAIT, so new connections never run out of ports.
            lease.connection->reset();
            return;
        }
        if (!reusable || !lease.connection->is_quiet()) return;
        if (exchange.is_understood && !exchange.is_understood(response)) return;
        std::move(lease).keep();
    }

    // Tries the addresses in order. All but the last have a share of the time that is left, for connect and handshake
    // together.
    Async<bool> open(Attempt& attempt, Pool::Lease& lease) {
        const Endpoint& endpoint = attempt.exchange.endpoint;
        if (!endpoint.unix_path.empty()) {
            attempt.doing = "connecting";
            co_await open_at(attempt, nullptr, lease);
            co_return lease.connection != nullptr;
        }
        attempt.doing = "looking up the name";
        auto resolved = co_await names_->resolve(endpoint.host);
        if (!resolved) {
            fail(attempt, Kind::resolve, "cannot resolve " + endpoint.host + ": " + resolved.error());
            co_return false;
        }
        std::shared_ptr<TlsContext> tls;
        if (endpoint.tls) {
            attempt.doing = "reading the trusted certificates";
            auto trusted = co_await trust_.get();
            if (!trusted) {
                fail(attempt, Kind::tls, trusted.error());
                co_return false;
            }
            tls = std::move(*trusted);
        }
        attempt.doing = "connecting";
        const auto addresses = order_.arranged(endpoint, std::move(*resolved));
        auto cancellation = co_await asio::this_coro::cancellation_state;
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            attempt.address = addresses[i];
            const auto left = static_cast<long>(addresses.size() - i);
            if (left == 1) {
                co_await open_at(attempt, tls, lease);
            } else {
                const auto now = std::chrono::steady_clock::now();
                const auto share = now + (attempt.deadline - now) / left;
                auto opening = open_at(attempt, tls, lease);
                const bool in_time = co_await with_deadline(share, std::move(opening));
                if (!in_time)
                    fail(attempt, Kind::timeout, endpoint.host_header() + " does not answer at " + attempt.address);
            }
            if (lease.connection) co_return true;
            if (cancellation.cancelled() != asio::cancellation_type::none) co_return false;
            avoid(endpoint, attempt.address);
        }
        attempt.address.clear();
        co_return false;
    }

    Async<void> open_at(Attempt& attempt, const std::shared_ptr<TlsContext>& tls, Pool::Lease& lease) {
        auto opened = co_await open_connection(attempt.exchange.endpoint, attempt.address, tls);
        if (opened) {
            lease.connection = std::move(*opened);
            co_return;
        }
        // The next exchange may find a bundle in which the authority is known.
        if (opened.error().untrusted) trust_.renew();
        attempt.result.failure = std::move(opened.error());
    }

    // Idle connections to an address that did not answer would each cost another exchange its time.
    void avoid(const Endpoint& endpoint, const std::string& address) {
        order_.note_failure(endpoint, address);
        pool_->close_idle_to(endpoint, address);
    }

    std::unique_ptr<NameCache> names_;
    std::shared_ptr<Pool> pool_;
    Trust trust_;
    AddressOrder order_;
};

}  // namespace

std::unique_ptr<HttpClient> create_http_client(asio::any_io_executor executor, LookUp look_up) {
    return std::make_unique<BeastClient>(std::move(executor), std::move(look_up));
}

}  // namespace taktd
