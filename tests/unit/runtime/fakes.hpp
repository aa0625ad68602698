// SPDX-License-Identifier: Apache-2.0
// Stand-ins of the runtime's surroundings: an HTTP client that does what it is told, an adapter of one line, a store
// that commits when the test says so, and small builders.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/core/model/past.hpp"
#include "daemon/log/log.hpp"
#include "daemon/net/client.hpp"
#include "daemon/runtime/adapter_table.hpp"
#include "daemon/store/store.hpp"

namespace taktd::fakes {

inline HttpResult answer(int status, std::string body) {
    HttpResult result;
    result.response = HttpResponse{.status = status, .headers = {}, .body = std::move(body)};
    result.bytes_sent = 100;
    result.first_byte_boot = boot_from_ns(1'000);
    return result;
}

inline HttpResult failure(HttpFailure::Kind kind, std::size_t bytes_sent, std::string message = "it failed") {
    HttpResult result;
    result.failure = {kind, std::move(message)};
    result.bytes_sent = bytes_sent;
    return result;
}

class FakeClient final : public HttpClient {
public:
    HttpResult next = answer(200, "{}");
    bool hangs = false;  ///< until it is cancelled; then `next` is the result
    bool throws = false;
    std::vector<HttpExchange> seen;
    std::function<void()> on_perform = [] {};

    Async<HttpResult> perform(HttpExchange exchange) override {
        seen.push_back(std::move(exchange));
        on_perform();
        if (throws) throw std::runtime_error("the client broke");
        if (hangs) {
            auto executor = co_await asio::this_coro::executor;
            asio::steady_timer never{executor, asio::steady_timer::time_point::max()};
            co_await asio::this_coro::throw_if_cancelled(false);
            boost::system::error_code ignored;
            co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        co_return next;
    }
    void renew_trust() override {}
    void close_idle() override {}
};

/// Writes the action as the body; any 200 is accepted, 401 unauthorized, else uncertain.
class FakeAdapter final : public Adapter {
public:
    mutable std::vector<WallTime> signed_at;
    std::optional<std::string> encode_error;
    bool shows_task = false;  ///< in each accepted answer to a query

    const AdapterSchema& schema() const override { return schema_; }
    Result<HttpRequest> describe(const CallSpec& call) const override {
        HttpRequest request;
        request.target = "/tasks/" + call.task_ids.at(0);
        request.body = std::string{name_of(call.action)} + call.parameters_json;
        return request;
    }
    Result<HttpRequest> encode(const CallSpec& call, const Credentials&, WallTime at) const override {
        if (encode_error) return unexpected{*encode_error};
        signed_at.push_back(at);
        return describe(call);
    }
    CallResult decode(const CallSpec& call, const HttpResponse& response) const override {
        CallResult result;
        result.http_status = response.status;
        result.outcome = response.status == 200   ? Outcome::accepted
                         : response.status == 401 ? Outcome::unauthorized
                                                  : Outcome::uncertain;
        result.vendor_message = response.body;
        if (shows_task && call.action == Action::query && result.outcome == Outcome::accepted)
            result.observations[call.task_ids.at(0)] = Observation{};
        return result;
    }
    std::string key_id(const Credentials& credentials) const override {
        const auto found = credentials.find("access_key");
        return found == credentials.end() ? std::string{} : found->second.reveal();
    }

private:
    AdapterSchema schema_;
};

class FakeStore final : public Store {
public:
    Snapshot snapshot;
    std::vector<std::pair<std::uint64_t, std::vector<Row>>> appended;
    StoreEvents events;
    bool commits_at_once = false;

    Snapshot load() override { return snapshot; }
    void start(StoreEvents e) override { events = std::move(e); }
    using Store::append;
    void append(std::uint64_t step, SharedRows rows) override {
        appended.emplace_back(step, *rows);
        if (commits_at_once) events.durable(step);
    }
    void prune(WallTime, WallTime) override {}
    bool close_clean(std::vector<LimiterRow>, Duration) override { return true; }
};

/// What the daemon does with each secret that it reads.
inline void hide(const Secret& secret) { log::register_secret(secret.reveal()); }

inline std::shared_ptr<ProviderSpec> provider(std::string name = "p") {
    auto spec = std::make_shared<ProviderSpec>();
    spec->name = std::move(name);
    spec->type = "fake";
    spec->endpoint = "http://127.0.0.1:1";
    spec->account = "fake|http://127.0.0.1:1|reference";
    spec->rate_limit = {.interval = std::chrono::milliseconds{1}, .burst = 10};
    spec->foreign = Foreign::ignore;
    return spec;
}

}  // namespace taktd::fakes
