// SPDX-License-Identifier: Apache-2.0
// The whole program but its command line: it says where it listens, serves over sockets, and ends on SIGTERM.
#include "providers/simcloud/serve.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <sstream>
#include <streambuf>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/net/client.hpp"

namespace taktd::simcloud {
namespace {

using namespace std::chrono_literals;

// An output that one thread writes and another waits on.
class Output : public std::streambuf {
public:
    std::string wait_for(const std::string& text) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, 60s, [&] { return written_.find(text) != std::string::npos; });
        return written_;
    }

protected:
    int_type overflow(int_type c) override {
        const char byte = traits_type::to_char_type(c);
        return xsputn(&byte, 1) == 1 ? c : traits_type::eof();
    }
    std::streamsize xsputn(const char* data, std::streamsize size) override {
        std::lock_guard lock{mutex_};
        written_.append(data, static_cast<std::size_t>(size));
        changed_.notify_all();
        return size;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string written_;
};

HttpResult ask(const std::string& url, const std::string& method, const std::string& target, const std::string& body) {
    asio::io_context io{1};
    auto client = create_http_client(io.get_executor());
    HttpExchange exchange;
    exchange.endpoint = *parse_endpoint(url);
    exchange.request.method = method;
    exchange.request.target = target;
    exchange.request.body = body;
    HttpResult result;
    auto task = [&]() -> Async<void> {
        result = co_await client->perform(exchange);
        client->close_idle();
    };
    asio::co_spawn(io, task(), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    return result;
}

std::string url_of(const std::string& printed, const std::string& name) {
    const auto from = printed.find("simcloud: " + name + " on ") + ("simcloud: " + name + " on ").size();
    return printed.substr(from, printed.find('\n', from) - from);
}

TEST(Serve, Server_ListensAndSaysWhere_AndEndsOnSigterm) {
    ServeOptions options;
    options.providers = {*parse_provider("huawei-cpts"), *parse_provider("tencent-cfg")};
    options.tasks = *parse_tasks("huawei-cpts:101");
    options.faults = {"tencent-cfg:any:drop_before"};
    options.verbose = true;
    Output out_buffer, notes_buffer;
    std::ostream out{&out_buffer}, notes{&notes_buffer};
    Result<void> served;
    std::thread running{[&] { served = serve(options, out, notes); }};

    const auto printed = out_buffer.wait_for("simcloud: ready\n");
    const auto huawei =
        ask(url_of(printed, "huawei-cpts"), "GET", std::string{"/v1/"} + kDefaultScope + "/tasks/101", "");
    EXPECT_EQ(huawei.response.value_or(HttpResponse{}).status, 401) << "nobody signed this; " << huawei.failure.message;
    const auto tencent = ask(url_of(printed, "tencent-cfg"), "POST", "/", "{}");
    EXPECT_EQ(tencent.failure.kind, HttpFailure::Kind::reset);
    const auto truth = ask(url_of(printed, "admin"), "GET", "/_simcloud/truth", "");
    EXPECT_NE(truth.response.value_or(HttpResponse{}).body.find(R"("requests":1)"), std::string::npos);

    ::raise(SIGTERM);
    running.join();
    EXPECT_TRUE(served);
    EXPECT_NE(notes_buffer.wait_for("drop_before").find("huawei-cpts query 101 -> 401"), std::string::npos);
}

TEST(Serve, ServerThatCannotListen_SaysWhy) {
    ServeOptions options;
    options.providers = {*parse_provider("huawei-cpts,listen=192.0.2.1:80")};
    std::ostringstream out;
    const auto unreachable = serve(options, out, out);
    ASSERT_FALSE(unreachable);
    EXPECT_EQ(unreachable.error().rfind("huawei-cpts: cannot listen on 192.0.2.1:80", 0), 0u) << unreachable.error();

    options.providers = {*parse_provider("huawei-cpts")};
    options.faults = {"nonsense"};
    EXPECT_FALSE(serve(options, out, out));
    options.faults.clear();
    options.tasks = *parse_tasks("nobody:1");
    EXPECT_FALSE(serve(options, out, out));
    EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace taktd::simcloud
