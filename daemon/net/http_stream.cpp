// SPDX-License-Identifier: Apache-2.0
// The body runs beside a read, which is how a peer that goes is noticed while there is nothing to say.
#include "daemon/net/http_stream.hpp"

#include <array>
#include <charconv>

#include <boost/asio/redirect_error.hpp>

namespace taktd {
namespace {

Async<void> write_to(Connection& connection, std::string_view wire, bool& is_written) {
    is_written = co_await write_all(connection, wire);
}

class ChunkWriter final : public StreamWriter {
public:
    ChunkWriter(Connection& connection, Duration write_max) : connection_{connection}, write_max_{write_max} {}

    Async<bool> write(std::string_view bytes) override {
        if (bytes.empty()) co_return !is_broken_;
        std::array<char, 16> size{};
        const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
        std::string chunk{size.data(), end};
        chunk.append("\r\n").append(bytes).append("\r\n");
        const bool is_written = co_await write_raw(chunk);
        co_return is_written;
    }

    // Whoever is cut in the middle has half a chunk, behind which nothing can follow.
    Async<bool> write_raw(std::string_view wire) {
        if (is_broken_) co_return false;
        is_broken_ = true;
        bool is_written = false;
        const bool in_time = co_await with_deadline(std::chrono::steady_clock::now() + write_max_,
                                                    write_to(connection_, wire, is_written));
        is_broken_ = !is_written;
        is_too_slow_ = !in_time;
        co_return is_written;
    }

    bool is_too_slow() const override { return is_too_slow_; }

private:
    Connection& connection_;
    const Duration write_max_;
    bool is_broken_ = false, is_too_slow_ = false;
};

// The body's end, which the read beside it waits for.
struct Ending {
    asio::steady_timer told;
    bool has_come = false;
};

Async<void> run_body(const StreamBody& body, StreamWriter& writer, Ending& ending) {
    struct Teller {
        Ending& ending;
        ~Teller() {
            ending.has_come = true;
            ending.told.cancel();
        }
    };
    const Teller teller{ending};
    co_await body(writer);
}

// Returns when the peer has gone. A server that ends cuts the read, and then the body may still say its last word: a
// group cancels its operations only once, so this waits for the body by itself.
Async<void> watch(Connection& connection, Ending& ending) {
    co_await asio::this_coro::throw_if_cancelled(false);
    std::array<char, 512> ignored{};
    for (;;) {
        const auto io = co_await connection.read_some(ignored.data(), ignored.size());
        if (io.error == asio::error::operation_aborted) break;
        if (io.error) co_return;
    }
    while (!ending.has_come) {
        boost::system::error_code ignored_error;
        co_await ending.told.async_wait(asio::redirect_error(asio::use_awaitable, ignored_error));
    }
}

}  // namespace

Async<void> serve_stream(Connection& connection, std::string_view head, const StreamBody& body, Duration write_max) {
    ChunkWriter writer{connection, write_max};
    const bool is_begun = co_await writer.write_raw(head);
    if (!is_begun) co_return;
    auto executor = co_await asio::this_coro::executor;
    Ending ending{asio::steady_timer{executor, asio::steady_timer::time_point::max()}};
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, run_body(body, writer, ending), asio::deferred),
        asio::co_spawn(executor, watch(connection, ending), asio::deferred));
    auto [order, failure, watch_failure] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (failure) std::rethrow_exception(failure);
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await writer.write_raw("0\r\n\r\n");
}

}  // namespace taktd
