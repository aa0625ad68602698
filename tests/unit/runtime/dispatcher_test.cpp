// SPDX-License-Identifier: Apache-2.0
// Every send is answered exactly once, and the answer says truly whether anything may have left the process.
#include "daemon/runtime/dispatcher.hpp"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "daemon/log/log.hpp"
#include "tests/support/ids.hpp"
#include "tests/unit/runtime/fakes.hpp"

namespace taktd {
namespace {

using Kind = HttpFailure::Kind;

class DispatcherTest : public testing::Test {
protected:
    DispatcherTest() {
        auto owned = std::make_unique<fakes::FakeAdapter>();
        adapter = owned.get();
        adapters.add("fake", std::move(owned));
    }

    Send make_send(Action action = Action::start) {
        auto spec = std::make_shared<CallSpec>();
        spec->action = action;
        spec->provider = provider;
        spec->task_ids = {"7"};
        Send send;
        send.call = test::call_of("call-" + std::to_string(++calls));
        send.spec = spec;
        send.call_class = action == Action::stop ? CallClass::stop : CallClass::start;
        send.timeout = std::chrono::seconds{3};
        return send;
    }

    /// Sends one call and runs until nothing is left to do.
    const CallResult& perform(Action action = Action::start) {
        dispatcher->send(make_send(action));
        run();
        EXPECT_EQ(answers.size(), 1U);
        return answers.at(0).result;
    }
    void run() {
        io.restart();
        io.run();
    }

    asio::io_context io{1};
    fakes::FakeClient client;
    fakes::FakeAdapter* adapter = nullptr;
    AdapterTable adapters;
    CredentialCache credentials{fakes::hide};
    std::shared_ptr<ProviderSpec> provider = fakes::provider();
    std::vector<Answered> answers;
    Now now{.wall = wall_from_ns(5'000'000), .boot = boot_from_ns(2'000)};
    int calls = 0;
    std::unique_ptr<Dispatcher> dispatcher = std::make_unique<Dispatcher>(
        io.get_executor(), Dispatcher::Outside{.client = client,
                                               .adapters = adapters,
                                               .credentials = credentials,
                                               .on_answered = [this](Answered a) { answers.push_back(std::move(a)); },
                                               .now = [this] { return now; }});
};

TEST_F(DispatcherTest, Answer_IsDecodedAndRecorded) {
    client.next = fakes::answer(200, "fine");
    const CallResult& result = perform();
    EXPECT_EQ(result.outcome, Outcome::accepted);
    EXPECT_EQ(answers.back().record.method, "POST");
    EXPECT_EQ(answers.back().record.target, "/tasks/7");
    EXPECT_EQ(answers.back().record.request_body, "start{}");
    EXPECT_EQ(answers.back().record.response_body, "fine");
    EXPECT_EQ(answers.back().record.bytes_sent, 100U);
    EXPECT_EQ(answers.back().record.sent_boot, boot_from_ns(1'000));
    EXPECT_EQ(answers.back().record.sent, wall_from_ns(4'999'000)) << "carried over from the boot clock";
    EXPECT_EQ(result.ended, now.wall);
    EXPECT_EQ(result.ended_boot, now.boot);
    EXPECT_EQ(dispatcher->in_flight(), 0U);
}

TEST_F(DispatcherTest, EachFailure_YieldsOneAnswerThatSaysWhatMayHaveLeft) {
    struct Case {
        Kind kind;
        std::size_t bytes_sent;
        Outcome outcome;
    };
    const Case cases[] = {
        {Kind::resolve, 0, Outcome::not_sent},      {Kind::connect, 0, Outcome::not_sent},
        {Kind::tls, 0, Outcome::not_sent},          {Kind::timeout, 0, Outcome::not_sent},
        {Kind::timeout, 1, Outcome::uncertain},     {Kind::reset, 0, Outcome::not_sent},
        {Kind::reset, 500, Outcome::uncertain},     {Kind::too_large, 500, Outcome::uncertain},
        {Kind::malformed, 500, Outcome::uncertain}, {Kind::malformed, 0, Outcome::not_sent},
        {Kind::cancelled, 0, Outcome::not_sent},    {Kind::cancelled, 1, Outcome::uncertain},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(testing::Message() << static_cast<int>(c.kind) << " after " << c.bytes_sent);
        answers.clear();
        client.next = fakes::failure(c.kind, c.bytes_sent, "host said no");
        const CallResult& result = perform(Action::stop);
        EXPECT_EQ(result.outcome, c.outcome);
        EXPECT_EQ(answers.back().record.bytes_sent, c.bytes_sent);
        EXPECT_EQ(result.vendor_message, "host said no");
        EXPECT_EQ(result.http_status, 0);
        EXPECT_EQ(answers.back().record.request_body, "stop{}");
    }
}

TEST_F(DispatcherTest, UnencodableRequest_IsRefusedForGood) {
    adapter->encode_error = "summary is longer than 512 characters";
    const CallResult& result = perform();
    EXPECT_EQ(result.outcome, Outcome::refused_final);
    EXPECT_EQ(answers.back().record.bytes_sent, 0U);
    EXPECT_NE(result.vendor_message.find("summary is longer"), std::string::npos);
    EXPECT_TRUE(client.seen.empty());
}

TEST_F(DispatcherTest, MissingCredentials_SendNothing_AndAreReadAgainLater) {
    ::unsetenv("TAKTD_TEST_KEY");
    provider->credentials = {{"access_key", "${env:TAKTD_TEST_KEY}"}};
    EXPECT_EQ(perform().outcome, Outcome::not_sent);
    EXPECT_NE(answers.at(0).result.vendor_message.find("TAKTD_TEST_KEY"), std::string::npos);
    EXPECT_EQ(answers.at(0).record.target, "/tasks/7");
    EXPECT_TRUE(answers.at(0).result.lacks_credentials);
    EXPECT_TRUE(client.seen.empty());

    ::setenv("TAKTD_TEST_KEY", "the-key-value", 1);
    answers.clear();
    EXPECT_EQ(perform().outcome, Outcome::accepted);
    ::unsetenv("TAKTD_TEST_KEY");
}

TEST_F(DispatcherTest, KeyThatNoHeaderCanHold_IsRefusedAndReadAgain) {
    for (const char* value : {"a key", "akey\nX-Evil: 1", "a\tkey", "cl\xc3\xa9"}) {
        provider->credentials = {{"access_key", "${env:TAKTD_TEST_KEY}"}};
        ::setenv("TAKTD_TEST_KEY", value, 1);
        answers.clear();
        const CallResult& result = perform(Action::stop);
        EXPECT_EQ(result.outcome, Outcome::not_sent);
        EXPECT_TRUE(result.lacks_credentials);
        EXPECT_NE(result.vendor_message.find("provider p: access_key: ${env:TAKTD_TEST_KEY} has "), std::string::npos)
            << result.vendor_message;
        EXPECT_EQ(result.vendor_message.find(value), std::string::npos);

        ::setenv("TAKTD_TEST_KEY", "the-mended-key", 1);
        answers.clear();
        EXPECT_EQ(perform(Action::stop).outcome, Outcome::accepted) << "mended without a restart";
        credentials.take(CredentialCache{});  // as a reload does
    }
    ::unsetenv("TAKTD_TEST_KEY");
}

TEST_F(DispatcherTest, KeyThatTheAdapterCannotUse_IsReadAgain) {
    provider->credentials = {{"access_key", "${env:TAKTD_TEST_KEY}"}};
    ::setenv("TAKTD_TEST_KEY", "too-short", 1);
    adapter->encode_error = "access_key is too short";
    EXPECT_EQ(perform(Action::stop).outcome, Outcome::refused_final);
    ::unsetenv("TAKTD_TEST_KEY");
    adapter->encode_error.reset();
    answers.clear();
    EXPECT_TRUE(perform(Action::stop).lacks_credentials) << "read anew, and gone";
}

TEST_F(DispatcherTest, UnauthorizedAnswer_MakesTheNextAttemptReadAgain) {
    ::setenv("TAKTD_TEST_KEY", "the-key-value", 1);
    provider->credentials = {{"access_key", "${env:TAKTD_TEST_KEY}"}};
    client.next = fakes::answer(401, "no");
    EXPECT_EQ(perform().outcome, Outcome::unauthorized);
    ::unsetenv("TAKTD_TEST_KEY");
    answers.clear();
    EXPECT_EQ(perform().outcome, Outcome::not_sent) << "read anew, and gone";
}

TEST_F(DispatcherTest, UnauthorizedAnswer_TellsWhetherTheSecretsAreOthersByNow) {
    provider->credentials = {{"access_key", "${env:TAKTD_TEST_KEY}"}};
    client.next = fakes::answer(401, "no");
    ::setenv("TAKTD_TEST_KEY", "the-key-value", 1);
    EXPECT_FALSE(perform().secrets_changed);
    answers.clear();
    client.on_perform = [] { ::setenv("TAKTD_TEST_KEY", "another-key-value", 1); };
    EXPECT_TRUE(perform().secrets_changed);
    answers.clear();
    client.on_perform = [] { ::unsetenv("TAKTD_TEST_KEY"); };
    EXPECT_FALSE(perform().secrets_changed) << "gone is no new one";
}

/// A mount that hangs until the test lets it go; other secrets can be read.
class HungMount {
public:
    Result<Credentials> read(const std::map<std::string, std::string>& references) {
        if (references.at("access_key") != "${file:/hung/key}")
            return Credentials{{"access_key", Secret{"key-of-other"}}};
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return !hangs_; });
        return Credentials{{"access_key", Secret{"key-after-all"}}};
    }
    void let_go() {
        const std::lock_guard lock{mutex_};
        hangs_ = false;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool hangs_ = true;
};

TEST_F(DispatcherTest, SecretsOnAHungMount_HoldNoOtherProvider_AndAreReadLater) {
    HungMount mount;
    credentials = CredentialCache{fakes::hide, [&](const auto& references) { return mount.read(references); }};
    provider->credentials = {{"access_key", "${file:/hung/key}"}};
    Send hung = make_send(Action::stop);
    hung.timeout = std::chrono::milliseconds{20};
    const CallId hung_call = hung.call;
    provider = fakes::provider();
    provider->credentials = {{"access_key", "${file:/other/key}"}};
    const Send other = make_send(Action::stop);
    dispatcher->send(hung);
    dispatcher->send(other);
    run();
    ASSERT_EQ(answers.size(), 2U);
    const bool hung_first = answers[0].call == hung_call;
    const CallResult& failed = answers[hung_first ? 0 : 1].result;
    EXPECT_EQ(answers[hung_first ? 1 : 0].result.outcome, Outcome::accepted);
    EXPECT_EQ(failed.outcome, Outcome::not_sent);
    EXPECT_TRUE(failed.lacks_credentials);
    EXPECT_NE(failed.vendor_message.find("${file:/hung/key} cannot be read in time"), std::string::npos)
        << failed.vendor_message;
    EXPECT_EQ(client.seen.size(), 1U);

    mount.let_go();
    answers.clear();
    while (!credentials.is_ready(*hung.spec->provider)) std::this_thread::yield();
    dispatcher->send(hung);
    run();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].result.outcome, Outcome::accepted);
}

TEST_F(DispatcherTest, CallCutWhileItsSecretsAreRead_HasSentNothing) {
    HungMount mount;
    credentials = CredentialCache{fakes::hide, [&](const auto& references) { return mount.read(references); }};
    provider->credentials = {{"access_key", "${file:/hung/key}"}};
    Send send = make_send();
    send.timeout = std::chrono::hours{1};
    const CallId call = send.call;
    asio::post(io, [&] { dispatcher->send(std::move(send)); });
    asio::post(io, [&] { dispatcher->cut(call); });
    run();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].result.outcome, Outcome::not_sent);
    EXPECT_FALSE(answers[0].result.lacks_credentials);
    EXPECT_TRUE(client.seen.empty());
    mount.let_go();
    while (!credentials.is_ready(*provider)) std::this_thread::yield();
}

TEST_F(DispatcherTest, RefusedKeyOnAHungMount_IsAnsweredAllTheSame) {
    HungMount mount;
    mount.let_go();
    bool second = false;
    std::mutex mutex;
    std::condition_variable changed;
    bool hangs = true;
    credentials = CredentialCache{fakes::hide, [&](const auto& references) {
                                      std::unique_lock lock{mutex};
                                      if (second) changed.wait(lock, [&] { return !hangs; });
                                      second = true;
                                      return mount.read(references);
                                  }};
    provider->credentials = {{"access_key", "${file:/other/key}"}};
    client.next = fakes::answer(401, "no");
    Send send = make_send();
    send.timeout = std::chrono::milliseconds{20};
    ASSERT_TRUE(credentials.get(*provider, std::chrono::hours{1}));
    dispatcher->send(send);
    run();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].result.outcome, Outcome::unauthorized);
    EXPECT_FALSE(answers[0].result.secrets_changed);
    {
        const std::lock_guard lock{mutex};
        hangs = false;
    }
    changed.notify_all();
    while (!credentials.is_ready(*provider)) std::this_thread::yield();
}

TEST_F(DispatcherTest, UnknownAdapterOrEndpoint_SendsNothing) {
    provider->type = "elsewhere";
    EXPECT_EQ(perform().outcome, Outcome::not_sent);
    provider->type = "fake";
    provider->endpoint = "not a url";
    answers.clear();
    EXPECT_EQ(perform().outcome, Outcome::not_sent);
    EXPECT_TRUE(client.seen.empty());
}

TEST_F(DispatcherTest, ClientThatBreaks_MayHaveSentAnything) {
    client.throws = true;
    const CallResult& result = perform();
    EXPECT_EQ(result.outcome, Outcome::uncertain);
    EXPECT_NE(result.vendor_message.find("the client broke"), std::string::npos);
    EXPECT_EQ(dispatcher->in_flight(), 0U);
}

TEST_F(DispatcherTest, CutCall_IsAnsweredOnceWithTheTruth) {
    for (const std::size_t bytes_sent : {0U, 200U}) {
        answers.clear();
        client.hangs = true;
        client.next = fakes::failure(Kind::cancelled, bytes_sent);
        Send send = make_send();
        const CallId call = send.call;
        asio::post(io, [&] { dispatcher->send(std::move(send)); });
        asio::post(io, [&] {
            EXPECT_EQ(dispatcher->in_flight(), 1U);
            dispatcher->cut(test::call_of("another"));
            dispatcher->cut(call);
            dispatcher->cut(call);
        });
        run();
        ASSERT_EQ(answers.size(), 1U);
        EXPECT_EQ(answers[0].call, call);
        EXPECT_EQ(answers[0].result.outcome, bytes_sent == 0 ? Outcome::not_sent : Outcome::uncertain);
        dispatcher->cut(call);  // it is no more
    }
}

TEST_F(DispatcherTest, CutAll_EndsEverything) {
    client.hangs = true;
    client.next = fakes::failure(Kind::cancelled, 1);
    asio::post(io, [&] {
        for (int i = 0; i < 5; ++i) dispatcher->send(make_send());
    });
    asio::post(io, [&] { dispatcher->cut_all(); });
    run();
    EXPECT_EQ(answers.size(), 5U);
    EXPECT_EQ(dispatcher->in_flight(), 0U);
}

TEST_F(DispatcherTest, DecidingCalls_GoAloneOnTheirConnection_AndStopsHaveALane) {
    struct Case {
        Action action;
        bool batched;
        Lane lane;
        Reuse reuse;
    };
    const Case cases[] = {
        {Action::start, false, Lane::normal, Reuse::never},   {Action::prepare, false, Lane::normal, Reuse::never},
        {Action::query, false, Lane::normal, Reuse::never},   {Action::query, true, Lane::normal, Reuse::kept},
        {Action::stop, false, Lane::stop, Reuse::recent},     {Action::pause, false, Lane::normal, Reuse::recent},
        {Action::resume, false, Lane::normal, Reuse::recent},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(testing::Message() << name_of(c.action) << (c.batched ? ", batched" : ""));
        answers.clear();
        client.seen.clear();
        Send send = make_send(c.action);
        auto spec = std::make_shared<CallSpec>(*send.spec);
        spec->batched = c.batched;
        send.spec = spec;
        dispatcher->send(std::move(send));
        run();
        ASSERT_EQ(client.seen.size(), 1U);
        EXPECT_EQ(client.seen[0].lane, c.lane);
        EXPECT_EQ(client.seen[0].reuse, c.reuse);
        EXPECT_EQ(client.seen[0].timeout, std::chrono::seconds{3});
    }
}

TEST_F(DispatcherTest, AnswerThatMayBeAnothers_IsNotUnderstood) {
    const auto understands = [&](Action action, int status, bool shows_task = false) {
        bool understood = false;
        adapter->shows_task = shows_task;
        client.on_perform = [&] {
            understood = client.seen.back().is_understood(HttpResponse{.status = status, .headers = {}, .body = "{}"});
        };
        answers.clear();
        perform(action);
        client.on_perform = [] {};
        return understood;
    };
    EXPECT_TRUE(understands(Action::stop, 200));
    EXPECT_TRUE(understands(Action::stop, 401));
    EXPECT_FALSE(understands(Action::stop, 500));
    EXPECT_TRUE(understands(Action::query, 200, true));
    EXPECT_FALSE(understands(Action::query, 200, false)) << "it shows none of the tasks that were asked for";
    EXPECT_TRUE(understands(Action::query, 401));
}

TEST_F(DispatcherTest, Signature_BearsTheSkewedTime) {
    Send send = make_send();
    send.skew = std::chrono::minutes{-7};
    dispatcher->send(std::move(send));
    run();
    ASSERT_EQ(adapter->signed_at.size(), 1U);
    EXPECT_EQ(adapter->signed_at[0], now.wall - std::chrono::minutes{7});
}

TEST_F(DispatcherTest, SecretsInAnAnswer_BeforeAnythingIsKept_AreReplaced) {
    ::setenv("TAKTD_TEST_KEY", "very-secret-value", 1);
    provider->credentials = {{"access_key", "${env:TAKTD_TEST_KEY}"}};
    client.next = fakes::answer(200, "key very-secret-value is not known " + std::string(10'000, 'x'));
    const CallResult& result = perform();
    EXPECT_EQ(result.vendor_message.find("very-secret"), std::string::npos);
    EXPECT_EQ(answers.back().record.response_body.find("very-secret"), std::string::npos);
    EXPECT_LE(answers.back().record.response_body.size(), 4096U);
    ::unsetenv("TAKTD_TEST_KEY");
}

TEST_F(DispatcherTest, Intent_IsDescribedAsItWillBeSent) {
    CallRow row;
    row.spec = make_send(Action::stop).spec;
    dispatcher->describe(row);
    EXPECT_EQ(row.record.method, "POST");
    EXPECT_EQ(row.record.target, "/tasks/7");
    EXPECT_EQ(row.record.request_body, "stop{}");

    CallRow ended;
    ended.spec = row.spec;
    ended.result.emplace();
    ended.record.method = "PUT";
    dispatcher->describe(ended);
    EXPECT_EQ(ended.record.method, "PUT") << "what was sent is known better than what would be";
}

}  // namespace
}  // namespace taktd
