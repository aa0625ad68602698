// SPDX-License-Identifier: Apache-2.0
// The server on a Unix socket: who may connect, what lies in its way, who is at the other end, who takes nothing.
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/net/server.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;
using Local = asio::local::stream_protocol;
namespace fs = std::filesystem;

class UnixServer : public ::testing::Test {
protected:
    UnixServer() {
        std::string name = (fs::temp_directory_path() / "taktd-socket-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
        folder = name;
    }
    ~UnixServer() override { fs::remove_all(folder); }

    HttpServerOptions options() const {
        HttpServerOptions chosen;
        chosen.unix_path = path();
        return chosen;
    }
    std::string path() const { return (folder / "control.sock").string(); }
    std::unique_ptr<HttpServer> listen(HttpServerOptions chosen) {
        return create_http_server(loop.io.get_executor(), std::move(chosen),
                                  [this](HttpRequest r) { return handle(std::move(r)); });
    }
    Async<HttpReply> handle(HttpRequest request) {
        seen.push_back(std::move(request));
        HttpReply reply;
        reply.response.status = 200;
        reply.response.body = body;
        co_return reply;
    }
    HttpResult ask(const std::string& method = "GET") {
        const auto client = create_http_client(loop.io.get_executor());
        HttpExchange e;
        e.endpoint = {.tls = false, .host = "taktd", .port = "80", .unix_path = path()};
        e.request.method = method;
        e.reuse = Reuse::never;
        return loop.get(client->perform(std::move(e)));
    }

    fs::path folder;
    Loop loop;
    std::string body = "hello";
    std::vector<HttpRequest> seen;
};

TEST_F(UnixServer, Request_IsAnsweredAndBearsWhoAsks) {
    const auto server = listen(options());
    const Background serving{loop, server->run()};
    const HttpResult result = ask();
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(result.response->body, "hello");
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen.front().peer_uid, ::geteuid());
    EXPECT_EQ(find_header(seen.front().headers, "Host"), "taktd");
}

TEST_F(UnixServer, Head_HasTheLengthAndNoBody) {
    const auto server = listen(options());
    const Background serving{loop, server->run()};
    const HttpResult result = ask("HEAD");
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(find_header(result.response->headers, "Content-Length"), "5");
    EXPECT_EQ(result.response->body, "");
}

TEST_F(UnixServer, Socket_IsForUserAndGroup) {
    const auto server = listen(options());
    struct stat status {};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0660U);
}

TEST_F(UnixServer, Socket_ThatADeadServerLeft_IsReplaced) {
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::close(fd);
    }
    ASSERT_TRUE(fs::exists(path()));
    const auto server = listen(options());
    const Background serving{loop, server->run()};
    EXPECT_TRUE(ask().response);
}

TEST_F(UnixServer, Socket_OfALivingServer_IsLeftAlone) {
    const auto first = listen(options());
    try {
        listen(options());
        FAIL() << "two servers at one socket";
    } catch (const boost::system::system_error& error) {
        EXPECT_EQ(error.code(), boost::system::errc::address_in_use);
    }
    const Background serving{loop, first->run()};
    EXPECT_TRUE(ask().response);
}

TEST_F(UnixServer, FileInItsPlace_IsLeftAlone) {
    std::ofstream{path()} << "precious";
    EXPECT_THROW(listen(options()), boost::system::system_error);
    EXPECT_EQ(fs::file_size(path()), 8U);
}

TEST_F(UnixServer, Path_ThatIsTooLong_IsRefused) {
    HttpServerOptions chosen;
    chosen.unix_path = (folder / std::string(200, 'x')).string();
    EXPECT_THROW(listen(chosen), boost::system::system_error);
}

TEST_F(UnixServer, End_RemovesTheSocketThatItMadeAndNoOther) {
    auto server = listen(options());
    server.reset();
    EXPECT_FALSE(fs::exists(path()));
    server = listen(options());
    fs::remove(path());
    const auto other = listen(options());
    server.reset();
    EXPECT_TRUE(fs::exists(path())) << "another server's socket";
}

TEST_F(UnixServer, Client_ThatTakesNoAnswer_IsDroppedAfterAWhile) {
    HttpServerOptions chosen = options();
    chosen.write_max = 1s;
    body.assign(8'000'000, 'x');  // more than any socket takes at once
    const auto server = listen(chosen);
    const Background serving{loop, server->run()};
    Local::socket client{loop.io};
    client.connect(Local::endpoint{path()});
    asio::write(client, asio::buffer(std::string{"GET / HTTP/1.1\r\nHost: taktd\r\n\r\n"}));
    loop.until([&] { return !seen.empty(); });
    loop.until([&] {
        pollfd waiting{client.native_handle(), POLLRDHUP, 0};
        return ::poll(&waiting, 1, 0) > 0 && (waiting.revents & POLLRDHUP) != 0;
    });
    std::string said;
    boost::system::error_code ended;
    asio::read(client, asio::dynamic_buffer(said), ended);
    EXPECT_EQ(ended, asio::error::eof) << "the server has hung up";
    EXPECT_LT(said.size(), body.size());
}

TEST_F(UnixServer, RequestThatIsTooLarge_IsRefusedAsTheServersOwnerSays) {
    HttpServerOptions chosen = options();
    chosen.header_bytes_max = 4096;
    chosen.refusal = [](int status, const std::string& why) {
        HttpResponse response;
        response.status = status;
        response.body = "problem: " + why;
        return response;
    };
    const auto server = listen(chosen);
    const Background serving{loop, server->run()};
    const auto client = create_http_client(loop.io.get_executor());
    HttpExchange e;
    e.endpoint = {.tls = false, .host = "taktd", .port = "80", .unix_path = path()};
    e.request.headers.emplace_back("X-Long", std::string(5000, 'x'));
    const HttpResult result = loop.get(client->perform(std::move(e)));
    ASSERT_TRUE(result.response) << result.failure.message;
    EXPECT_EQ(result.response->status, 431);
    EXPECT_EQ(result.response->body, "problem: the headers are too large");
}

TEST_F(UnixServer, SocketOfAnotherUser_IsNotSpokenTo) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can be two users";
    constexpr uid_t kNobody = 65534;
    fs::permissions(folder, fs::perms::all);
    ASSERT_EQ(::seteuid(kNobody), 0);
    const auto server = listen(options());
    ASSERT_EQ(::seteuid(0), 0);
    const Background serving{loop, server->run()};
    const HttpResult result = ask();
    ASSERT_FALSE(result.response);
    EXPECT_NE(result.failure.message.find("is served by uid 65534"), std::string::npos) << result.failure.message;
    EXPECT_TRUE(seen.empty());
    ASSERT_EQ(::chown(folder.c_str(), kNobody, kNobody), 0);
    EXPECT_TRUE(ask().response) << "the directory's owner is the right one";
}

TEST_F(UnixServer, Nobody_IsAConnectionThatCannotBeMade) {
    const HttpResult result = ask();
    EXPECT_FALSE(result.response);
    EXPECT_EQ(result.failure.kind, HttpFailure::Kind::connect);
    EXPECT_NE(result.failure.message.find(path()), std::string::npos) << result.failure.message;
}

}  // namespace
}  // namespace taktd::test
