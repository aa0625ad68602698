// SPDX-License-Identifier: Apache-2.0
// What one listener hears: from where it begins, what it is told when that cannot be, and how its stream ends when it
// goes, when it is too slow and when the server ends.
#include "daemon/control/event_hub.hpp"

#include <boost/asio/redirect_error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/stored_rows.hpp"
#include "tests/unit/net/support.hpp"

namespace taktd::control {
namespace {

using test::Background;
using test::Loop;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Takes what is written, as soon as it may.
class Peer final : public StreamWriter {
public:
    explicit Peer(Loop& loop) : may_take_{loop.io, asio::steady_timer::time_point::max()} {}

    Async<bool> write(std::string_view bytes) override {
        co_await asio::this_coro::throw_if_cancelled(false);
        is_asked_ = true;
        while (is_deaf) {
            boost::system::error_code ignored;
            co_await may_take_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        heard += bytes;
        co_return !has_gone;
    }
    void hear_again() {
        is_deaf = false;
        may_take_.cancel();
    }
    bool is_too_slow() const override { return is_slow; }
    bool is_asked() const { return is_asked_; }

    std::string heard;
    bool is_deaf = false, has_gone = false, is_slow = false;

private:
    asio::steady_timer may_take_;
    bool is_asked_ = false;
};

class EventHubTest : public ::testing::Test {
protected:
    Loop loop;
    EventHub hub{loop.io.get_executor(), "9f31"};
    Peer peer{loop};

    void publish(int count = 1) {
        for (int i = 0; i < count; ++i) hub.teller().on_store(i % 2 == 1);
    }
    EventHub::Wish after(const std::string& id) {
        EventHub::Wish wish;
        wish.after = id;
        return wish;
    }
    void until_heard(const std::string& text) {
        loop.until([&] { return peer.heard.find(text) != std::string::npos; });
    }
};

TEST_F(EventHubTest, Listener_WithoutAnId_HearsWhatComesFromNowOn) {
    publish(2);
    Background listening{loop, hub.serve(peer, {})};
    until_heard("\n\n");
    EXPECT_THAT(peer.heard, StartsWith("retry: 2000\n: 20"));
    EXPECT_THAT(peer.heard, Not(HasSubstr("event:")));
    publish();
    until_heard("id: 9f31-3\nevent: store\n");
    EXPECT_THAT(peer.heard, Not(HasSubstr("9f31-2\n")));
}

TEST_F(EventHubTest, Listener_ThatResumes_HearsAllBehindItsIdOnceAndNoReset) {
    publish(3);
    Background listening{loop, hub.serve(peer, after("9f31-1"))};
    until_heard("id: 9f31-3\n");
    publish();
    until_heard("id: 9f31-4\n");
    EXPECT_THAT(peer.heard, Not(HasSubstr("9f31-1\n")));
    EXPECT_THAT(peer.heard, Not(HasSubstr("reset")));
    for (const char* id : {"id: 9f31-2\n", "id: 9f31-3\n", "id: 9f31-4\n"})
        EXPECT_EQ(peer.heard.find(id), peer.heard.rfind(id)) << id;
}

TEST_F(EventHubTest, Listener_WithAnIdOfAnotherProcess_IsResetToTheNewest) {
    publish(2);
    Background listening{loop, hub.serve(peer, after("0000-1"))};
    until_heard("id: 9f31-2\nevent: reset\ndata: {\"event\":\"9f31-2\"}\n\n");
    publish();
    until_heard("id: 9f31-3\nevent: store\n");
    EXPECT_THAT(peer.heard, Not(HasSubstr("id: 9f31-1\n")));
}

TEST_F(EventHubTest, Listener_WhoseEventsAreGone_IsToldThatItIsSlowAndLeft) {
    peer.is_deaf = true;
    Background listening{loop, hub.serve(peer, {})};
    loop.until([&] { return peer.is_asked(); });
    publish(static_cast<int>(EventRing::Limits{}.events_max) + 1);
    EXPECT_FALSE(listening.has_ended());  // nobody waits for it, and it costs nothing
    peer.hear_again();
    loop.until([&] { return listening.has_ended(); });
    EXPECT_THAT(peer.heard, EndsWith("event: bye\ndata: {\"why\":\"slow\"}\n\n"));
    EXPECT_THAT(peer.heard, Not(HasSubstr("event: store")));
    EXPECT_EQ(hub.dropped(), 1U);
}

TEST_F(EventHubTest, Listener_ThatLagsBehindWhatIsKept_HearsAllOfItInPieces) {
    peer.is_deaf = true;
    Background listening{loop, hub.serve(peer, {})};
    loop.until([&] { return peer.is_asked(); });
    publish(4000);
    peer.hear_again();
    until_heard("id: 9f31-4000\n");
    std::size_t count = 0;
    for (std::size_t at = 0; (at = peer.heard.find("event: store", at)) != std::string::npos; ++at) ++count;
    EXPECT_EQ(count, 4000U);
    EXPECT_FALSE(listening.has_ended());
}

TEST_F(EventHubTest, Listener_ThatHasGone_LeavesItsPlace) {
    Background listening{loop, hub.serve(peer, {})};
    until_heard("\n\n");
    peer.has_gone = true;
    publish();
    loop.until([&] { return listening.has_ended(); });
    EXPECT_THAT(peer.heard, Not(HasSubstr("bye")));
    EXPECT_EQ(hub.dropped(), 0U);
}

TEST_F(EventHubTest, Listener_ThatTakesNothingInTime_IsCountedAsDropped) {
    Background listening{loop, hub.serve(peer, {})};
    until_heard("\n\n");
    EXPECT_EQ(hub.listeners(), 1U);
    peer.has_gone = peer.is_slow = true;
    publish();
    loop.until([&] { return listening.has_ended(); });
    EXPECT_EQ(hub.dropped(), 1U);
    EXPECT_EQ(hub.listeners(), 0U);
}

TEST_F(EventHubTest, Server_Ends_EachListenerHearsWhy) {
    Background listening{loop, hub.serve(peer, {})};
    until_heard("\n\n");
    listening.cancel();
    loop.until([&] { return listening.has_ended(); });
    EXPECT_THAT(peer.heard, EndsWith("event: bye\ndata: {\"why\":\"stopping\"}\n\n"));
}

TEST_F(EventHubTest, Places_AreCountedAndGivenBack) {
    std::vector<std::unique_ptr<Background>> listening;
    for (std::size_t i = 0; i < EventHub::kListenersMax; ++i) {
        EXPECT_FALSE(hub.is_full());
        listening.push_back(std::make_unique<Background>(loop, hub.serve(peer, {})));
        while (loop.io.poll() > 0) {}
    }
    EXPECT_TRUE(hub.is_full());
    listening.pop_back();
    EXPECT_FALSE(hub.is_full());
}

TEST_F(EventHubTest, Queries_BecomeEventsWhileAListenerWantsThem) {
    const RunRow run = testing::run_row(1);
    const auto query = [&](const char* name) {
        hub.teller().on_committed({testing::call_row(run, name, Action::query, Outcome::accepted)});
    };
    query("call-1");
    EXPECT_EQ(hub.ring().newest(), 0U);
    {
        EventHub::Wish wish;
        wish.filter.types = {EventType::query};
        Background listening{loop, hub.serve(peer, std::move(wish))};
        until_heard("\n\n");
        query("call-2");
        until_heard("event: call\n");
    }
    query("call-3");
    EXPECT_EQ(hub.ring().newest(), 1U);
}

TEST_F(EventHubTest, Second_TellsCountsToWhoListens) {
    EngineStatus status;
    status.live_runs = 3;
    hub.watch([&] { return status; });
    Background listening{loop, hub.serve(peer, {})};
    until_heard("event: status\n");
    EXPECT_THAT(peer.heard, HasSubstr("\"live_runs\":3"));
}

}  // namespace
}  // namespace taktd::control
