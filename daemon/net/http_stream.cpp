// The body runs beside a read, which is how a peer that goes is noticed while there is nothing to say.
#include "daemon/net/http_stream.hpp"

#include <array>
#include <charconv>

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
        co_await with_deadline(std::chrono::steady_clock::now() + write_max_, write_to(connection_, wire, is_written));
        is_broken_ = !is_written;
        co_return is_written;
    }

private:
    Connection& connection_;
    const Duration write_max_;
    bool is_broken_ = false;
};

Async<void> run_body(const StreamBody& body, StreamWriter& writer, bool& is_done) {
    struct Ending {
        bool& is_done;
        ~Ending() { is_done = true; }
    };
    const Ending ending{is_done};
    co_await body(writer);
}

// Ends when the peer has gone, or after the body. A cancelled server lets the body say its last word.
Async<void> watch(Connection& connection, const bool& is_done) {
    co_await asio::this_coro::throw_if_cancelled(false);
    std::array<char, 512> ignored{};
    while (!is_done) {
        const auto io = co_await connection.read_some(ignored.data(), ignored.size());
        if (io.error && io.error != asio::error::operation_aborted) co_return;
    }
}

}  // namespace

Async<void> serve_stream(Connection& connection, std::string_view head, const StreamBody& body, Duration write_max) {
    ChunkWriter writer{connection, write_max};
    const bool is_begun = co_await writer.write_raw(head);
    if (!is_begun) co_return;
    bool is_done = false;
    auto executor = co_await asio::this_coro::executor;
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, run_body(body, writer, is_done), asio::deferred),
        asio::co_spawn(executor, watch(connection, is_done), asio::deferred));
    auto [order, failure, watch_failure] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (failure) std::rethrow_exception(failure);
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await writer.write_raw("0\r\n\r\n");
}

}  // namespace taktd
