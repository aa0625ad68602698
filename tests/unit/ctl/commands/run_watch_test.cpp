// SPDX-License-Identifier: Apache-2.0
// One run, watched through cut streams and another daemon: each transition and call is told once and none is missed.
// The daemon is a script: what it says to the n-th stream and to the n-th question.
#include "daemon/ctl/commands/run_watch.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/store/support.hpp"

namespace taktd::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = RunNews::Kind;
using namespace std::chrono_literals;

constexpr const char* kRun = "019ad8c2-7a10-7c33-8b1d-2f9a60c1e4d7";

/// The words of one stream. A closed one ends behind them.
struct Stream {
    std::vector<std::string> events;
    bool is_closed = false;
};

class ScriptedDaemon {
public:
    explicit ScriptedDaemon(std::string path) : path_{std::move(path)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_, 16) != 0)
            throw std::runtime_error{"cannot listen on " + path_};
        serving_ = std::thread{[this] { serve(); }};
    }
    ~ScriptedDaemon() {
        ::shutdown(listener_, SHUT_RDWR);  // accept() returns
        serving_.join();
        for (const int fd : open_) ::close(fd);
        ::close(listener_);
    }
    ScriptedDaemon(const ScriptedDaemon&) = delete;
    ScriptedDaemon& operator=(const ScriptedDaemon&) = delete;

    // Given before the first question; one answer more than there are is the last one again.
    std::vector<Stream> streams;
    std::vector<std::string> answers;  ///< to GET /runs/{run}
    int status = 200;                  ///< of these answers

    std::vector<std::string> requests() {
        const std::lock_guard lock{mutex_};
        return requests_;
    }

private:
    static std::string chunk(const std::string& text) {
        std::ostringstream size;
        size << std::hex << text.size();
        return size.str() + "\r\n" + text + "\r\n";
    }
    std::string said_to_stream(const Stream& stream) const {
        std::string text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
                           chunk("retry: 2000\n: now\n\n");
        for (const std::string& event : stream.events) text += chunk(event);
        return stream.is_closed ? text + "0\r\n\r\n" : text;
    }
    void serve() {
        std::size_t streamed = 0, answered = 0;
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) return;
            std::string request;
            char bytes[4096];
            while (request.find("\r\n\r\n") == std::string::npos) {
                const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
                if (got <= 0) break;
                request.append(bytes, static_cast<std::size_t>(got));
            }
            {
                const std::lock_guard lock{mutex_};
                requests_.push_back(request);
            }
            const bool is_stream = request.starts_with("GET /api/v1/events");
            std::string said;
            bool is_kept = false;
            if (is_stream) {
                const Stream& stream = streams.at(std::min(streamed++, streams.size() - 1));
                said = said_to_stream(stream);
                is_kept = !stream.is_closed;
            } else {
                const std::string& body = answers.at(std::min(answered++, answers.size() - 1));
                said = "HTTP/1.1 " + std::to_string(status) +
                       " X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body;
            }
            ::send(fd, said.data(), said.size(), MSG_NOSIGNAL);
            if (is_kept) {
                open_.push_back(fd);
            } else {
                ::close(fd);
            }
        }
    }

    const std::string path_;
    int listener_ = -1;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    std::list<int> open_;
    std::thread serving_;
};

std::string at(int seq) { return "2026-12-01T02:00:0" + std::to_string(seq) + "Z"; }

json::object transition(int seq, const std::string& to, const std::string& reason = "") {
    return {{"run_id", kRun}, {"seq", seq}, {"to_state", to}, {"reason", reason}, {"at", at(seq)}};
}

json::object call(const std::string& id, int seq, const char* action = "start", const char* outcome = "accepted") {
    return {{"id", id}, {"run_id", kRun}, {"action", action}, {"outcome", outcome}, {"intent", at(seq)}};
}

std::string event(int number, const std::string& name, const json::object& data, const std::string& epoch = "9f31") {
    return "id: " + epoch + "-" + std::to_string(number) + "\nevent: " + name + "\ndata: " + json::serialize(data) +
           "\n\n";
}

std::string whole(const std::string& state, const json::array& transitions, const json::array& calls = {}) {
    return json::serialize(json::object{{"run", json::object{{"id", kRun}, {"job", "load"}, {"state", state}}},
                                        {"transitions", transitions},
                                        {"calls", calls}});
}

class RunWatchTest : public ::testing::Test {
protected:
    testing::StoreDirectory directory;
    ScriptedDaemon daemon{directory.path("control.sock")};
    Options options = [this] {
        Options given;
        given.socket = directory.path("control.sock");
        return given;
    }();
    Outside outside;

    RunWatch watch(const std::string& state, bool tells_whole) {
        return RunWatch{options,
                        {{"id", kRun}, {"job", "load"}, {"state", state}},
                        "transition,call,overdue,recovered",
                        tells_whole,
                        outside};
    }
    /// The news until the run has ended and all of it is told, in short.
    static std::vector<std::string> follow(RunWatch& run) {
        std::vector<std::string> told;
        while (!run.has_ended()) {
            const RunNews news = run.next(Outside::Clock::now() + 60s);
            switch (news.kind) {
                case Kind::whole: told.push_back("whole"); break;
                case Kind::lost: told.push_back("lost"); break;
                case Kind::back: told.push_back("back"); break;
                case Kind::event:
                    told.push_back(news.event.name == "transition" ? text_in(news.data, "to_state")
                                                                   : news.event.name + " " + text_in(news.data, "id"));
                    break;
                default: told.push_back("ended"); return told;
            }
        }
        return told;
    }
    std::size_t asked_of_run() {
        return static_cast<std::size_t>(
            std::ranges::count_if(daemon.requests(), [](const auto& r) { return r.starts_with("GET /api/v1/runs/"); }));
    }
};

TEST_F(RunWatchTest, Run_ThatRuns_IsToldAsAWholeAndThenByItsEvents) {
    daemon.answers = {whole("running", {transition(1, "due"), transition(2, "starting"), transition(3, "running")})};
    daemon.streams = {{{event(4, "transition", transition(3, "running")),  // the answer has it
                        event(5, "call", call("c1", 4, "stop")), event(6, "transition", transition(4, "stopping")),
                        event(7, "transition", transition(5, "stopped", "schedule"))}}};
    auto run = watch("running", true);
    EXPECT_THAT(follow(run), ElementsAre("whole", "call c1", "stopping", "stopped"));
    EXPECT_EQ(run.reason(), "schedule");
    EXPECT_EQ(asked_of_run(), 1U);
}

TEST_F(RunWatchTest, Run_ThatHasGoneOnSinceItWasAsked_TellsWhatWasMissedFirst) {
    daemon.answers = {
        whole("running", {transition(1, "due"), transition(2, "starting"), transition(3, "running")}, {call("c1", 2)})};
    daemon.streams = {{{event(9, "transition", transition(4, "completed"))}}};
    auto run = watch("due", false);
    EXPECT_THAT(follow(run), ElementsAre("starting", "call c1", "running", "completed"));
}

TEST_F(RunWatchTest, Run_ThatHasEndedMeanwhile_HasEndedOnlyWhenAllIsTold) {
    daemon.answers = {
        whole("stopped", {transition(1, "running"), transition(2, "stopping"), transition(3, "stopped")})};
    daemon.streams = {{}};
    auto run = watch("running", false);
    EXPECT_FALSE(run.has_ended());
    EXPECT_THAT(follow(run), ElementsAre("stopping", "stopped"));
    EXPECT_TRUE(run.has_ended());
}

TEST_F(RunWatchTest, Stream_ThatIsCut_IsResumedBehindTheLastIdAndNothingIsToldTwice) {
    daemon.answers = {whole("running", {transition(1, "running")})};
    daemon.streams = {{{event(5, "transition", transition(2, "stopping"))}, true},
                      {{event(6, "transition", transition(3, "stopped"))}}};
    auto run = watch("running", true);
    EXPECT_THAT(follow(run), ElementsAre("whole", "stopping", "lost", "back", "stopped"));
    const auto requests = daemon.requests();
    EXPECT_THAT(requests.front(), Not(HasSubstr("Last-Event-ID")));
    EXPECT_THAT(requests.back(), HasSubstr("Last-Event-ID: 9f31-5\r\n"));
    EXPECT_EQ(asked_of_run(), 1U);  // the stream itself has all
}

TEST_F(RunWatchTest, Daemon_ThatHasBegunAnew_ResetsAndWhatWasMissedIsToldOnce) {
    daemon.answers = {whole("running", {transition(1, "running")}),
                      whole("stopping", {transition(1, "running"), transition(2, "paused"), transition(3, "stopping")},
                            {call("c1", 2), call("c2", 3, "stop", "")})};
    daemon.streams = {
        {{event(5, "transition", transition(2, "paused"))}, true},
        {{event(0, "reset", {{"event", "ab12-0"}}, "ab12"), event(1, "call", call("c2", 3, "stop"), "ab12"),
          event(2, "transition", transition(4, "stopped"), "ab12")}}};
    auto run = watch("running", true);
    // The call was in flight when the store was asked; its end is an event.
    EXPECT_THAT(follow(run),
                ElementsAre("whole", "paused", "lost", "back", "call c1", "stopping", "call c2", "stopped"));
    EXPECT_EQ(asked_of_run(), 2U);
}

TEST_F(RunWatchTest, Stream_ThatIsCutBeforeItsFirstId_IsAGapAndTheStoreIsAsked) {
    daemon.answers = {
        whole("running", {transition(1, "running")}),
        whole("stopped", {transition(1, "running"), transition(2, "stopping"), transition(3, "stopped")})};
    daemon.streams = {{{}, true}, {}};
    auto run = watch("running", true);
    EXPECT_THAT(follow(run), ElementsAre("whole", "lost", "back", "stopping", "stopped"));
}

TEST_F(RunWatchTest, Events_OfAnotherRunOfTheJob_AreNotToldAndQueriesNeither) {
    json::object other = transition(9, "stopped");
    other["run_id"] = "019ad8c2-7a10-7c33-8b1d-000000000000";
    daemon.answers = {whole("running", {transition(1, "running")})};
    daemon.streams = {{{event(1, "transition", other), event(2, "call", call("q1", 2, "query")),
                        event(3, "transition", transition(2, "completed"))}}};
    auto run = watch("running", true);
    EXPECT_THAT(follow(run), ElementsAre("whole", "completed"));
}

TEST_F(RunWatchTest, Deadline_ThatComesFirst_IsToldAndTheRunIsAsItWas) {
    daemon.answers = {whole("running", {transition(1, "running")})};
    daemon.streams = {{}};
    auto run = watch("running", true);
    EXPECT_EQ(run.next(Outside::Clock::now() + 60s).kind, Kind::whole);
    EXPECT_EQ(run.next(Outside::Clock::now()).kind, Kind::timed_out);
    EXPECT_FALSE(run.has_ended());
    EXPECT_EQ(run.state(), "running");
}

TEST_F(RunWatchTest, Run_ThatTheDaemonDoesNotKnow_IsRefusedInItsWords) {
    daemon.status = 404;
    daemon.answers = {R"({"code": "no_such_run", "detail": "there is no run 'x'"})"};
    daemon.streams = {{}};
    auto run = watch("running", true);
    const RunNews news = run.next(Outside::Clock::now() + 60s);
    EXPECT_EQ(news.kind, Kind::refused);
    EXPECT_THAT(news.answer.err, HasSubstr("there is no run 'x'"));
}

TEST_F(RunWatchTest, Answer_ThatIsNoRun_IsRefused) {
    daemon.answers = {R"({"run": 7})"};
    daemon.streams = {{}};
    auto run = watch("running", true);
    EXPECT_EQ(run.next(Outside::Clock::now() + 60s).kind, Kind::refused);
}

}  // namespace
}  // namespace taktd::ctl
