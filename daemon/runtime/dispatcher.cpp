// SPDX-License-Identifier: Apache-2.0
// A call is a coroutine: secrets, prepare, exchange, conclude. Its completion handler is the one place where answers
// are made, so that a coroutine that breaks is answered as well.
#include "daemon/runtime/dispatcher.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/core/base/check.hpp"
#include "daemon/runtime/crash_points.hpp"
#include "daemon/runtime/kept_text.hpp"
#include "daemon/store/json/text.hpp"

namespace taktd {
namespace {

std::string what_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "unknown exception";
    }
}

CallResult failed(Outcome outcome, std::string message) {
    CallResult result;
    result.outcome = outcome;
    result.vendor_message = std::move(message);
    return result;
}

CallRecord record_of(const HttpRequest& request) {
    CallRecord record;
    record.method = request.method;
    record.target = kept_text(request.target, kTargetBytesMax);
    record.request_body = kept_text(request.body, kBodyBytesMax);
    return record;
}

void keep_texts(CallResult& result) {
    for (std::string* text : {&result.vendor_code, &result.vendor_message, &result.vendor_extend, &result.request_id})
        *text = kept_text(std::move(*text), kVendorTextBytesMax);
}

void pass_sent(Action action) {
    if (action == Action::start) pass(CrashPoint::start_sent);
    if (action == Action::stop) pass(CrashPoint::stop_sent);
}

void pass_answered(Action action) {
    if (action == Action::start) pass(CrashPoint::start_answered);
    if (action == Action::stop) pass(CrashPoint::stop_answered);
}

/// What decides whether a run started, which task it has or whether it ended must not read another request's answer,
/// and not every vendor's answer names its task: it goes on a connection of its own. A batch names its tasks and ends
/// no run; a stop, a heal and a pause are judged by the look that follows them.
Reuse reuse_of(const CallSpec& spec) {
    switch (spec.action) {
        case Action::start:
        case Action::prepare: return Reuse::never;
        case Action::query: return spec.batched ? Reuse::kept : Reuse::never;
        case Action::stop:
        case Action::pause:
        case Action::resume:
        case Action::heal: break;
    }
    return Reuse::recent;
}

/// An answer that cannot be one to this call: the connection may be out of step.
bool is_understood(const CallSpec& spec, const CallResult& result) {
    if (result.outcome == Outcome::uncertain) return false;
    return spec.action != Action::query || result.outcome != Outcome::accepted || !result.observations.empty();
}

}  // namespace

Dispatcher::Dispatcher(asio::any_io_executor executor, Outside outside)
    : executor_{std::move(executor)}, outside_{std::move(outside)} {}

Dispatcher::~Dispatcher() { TAKTD_CHECK(flights_.empty(), "every call is cut and awaited before the dispatcher ends"); }

void Dispatcher::send(Send send) {
    const CallId call = send.call;
    const auto [entry, is_new] = flights_.try_emplace(call);
    TAKTD_CHECK(is_new, "a call is sent once");
    Flight& flight = entry->second;
    const auto slot = flight.signal.slot();
    auto on_done = [this, call, &flight](std::exception_ptr failure, Answer its) {
        if (failure) {
            // Nobody knows how far a call came that broke within the client: it may have had an effect.
            const Outcome outcome = flight.handed_over ? Outcome::uncertain : Outcome::not_sent;
            its = {failed(outcome, kept_text("internal error: " + what_of(failure), kVendorTextBytesMax))};
        }
        answer(call, std::move(its));
    };
    asio::co_spawn(executor_, perform(std::move(send), flight), asio::bind_cancellation_slot(slot, std::move(on_done)));
}

void Dispatcher::cut(const CallId& call) {
    const auto found = flights_.find(call);
    if (found != flights_.end()) found->second.signal.emit(asio::cancellation_type::terminal);
}

void Dispatcher::cut_all() {
    std::vector<CallId> calls;
    for (const auto& [call, flight] : flights_) calls.push_back(call);
    for (const auto& call : calls) cut(call);  // a cut may end others within itself
}

void Dispatcher::describe(CallRow& row) const {
    if (!row.record.method.empty()) return;
    if (!row.spec || !row.spec->provider) return;
    const Adapter* adapter = outside_.adapters.find(row.spec->provider->type);
    if (adapter == nullptr) return;
    const auto request = adapter->describe(*row.spec);
    if (request) row.record = record_of(*request);
}

Async<Dispatcher::Answer> Dispatcher::perform(Send send, Flight& flight) {
    const BootTime began = outside_.now().boot;
    const Duration patience = std::min(send.timeout / 2, kSecretsPatience);
    co_await secrets_are_ready(*send.spec->provider, patience);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
        co_return Answer{failed(Outcome::not_sent, "cut while its credentials were read")};
    send.timeout -= outside_.now().boot - began;
    auto prepared = prepare(send);
    if (!prepared) co_return std::move(prepared.error());
    HttpExchange exchange = std::move(*prepared);
    CallRecord request = record_of(exchange.request);
    exchange.is_understood = [&send,
                              adapter = outside_.adapters.find(send.spec->provider->type)](const auto& response) {
        return is_understood(*send.spec, adapter->decode(*send.spec, response));
    };
    flight.handed_over = true;
    HttpResult http = co_await outside_.client.perform(std::move(exchange));
    Answer answer = conclude(send, std::move(request), std::move(http));
    if (answer.result.outcome != Outcome::unauthorized) co_return answer;
    // A key that was refused may have been replaced where it came from. The answer is there, and a cut does not take it
    // away any more.
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto before = outside_.credentials.forget(*send.spec->provider);
    co_await secrets_are_ready(*send.spec->provider, patience);
    const auto now = outside_.credentials.get(*send.spec->provider, Duration::zero());
    outside_.credentials.forget(*send.spec->provider);
    answer.result.secrets_changed = now && before && *now != *before;
    co_return answer;
}

Async<void> Dispatcher::secrets_are_ready(const ProviderSpec& provider, Duration at_most) {
    // Asked anew and anew: the thread that reads them may hang for ever, and must have nothing of ours to call then.
    constexpr Duration kPauseMax = std::chrono::milliseconds{50};
    asio::steady_timer timer{executor_};
    Duration pause = std::chrono::milliseconds{1};
    for (Duration waited{}; waited < at_most && !outside_.credentials.is_ready(provider); waited += pause) {
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return;
        boost::system::error_code ignored;
        timer.expires_after(pause);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        pause = std::min(2 * pause, kPauseMax);
    }
}

Result<HttpExchange, Dispatcher::Answer> Dispatcher::prepare(const Send& send) {
    const CallSpec& spec = *send.spec;
    const ProviderSpec& provider = *spec.provider;
    const Adapter* adapter = outside_.adapters.find(provider.type);
    if (adapter == nullptr)
        return unexpected{Answer{failed(Outcome::not_sent, "this build has no adapter of type " + provider.type)}};
    const auto endpoint = parse_endpoint(provider.endpoint);
    if (!endpoint)
        return unexpected{Answer{
            failed(Outcome::not_sent, "provider " + provider.name + " has no usable endpoint: " + provider.endpoint)}};
    const auto credentials = outside_.credentials.get(provider, Duration::zero());
    if (!credentials) {
        Answer lacking{failed(Outcome::not_sent,
                              "cannot read the credentials of provider " + provider.name + ": " + credentials.error())};
        lacking.result.lacks_credentials = true;
        if (const auto request = adapter->describe(spec)) lacking.record = record_of(*request);
        return unexpected{std::move(lacking)};
    }
    auto request = adapter->encode(spec, *credentials, outside_.now().wall + send.skew);
    if (!request) {
        // It may be the credentials that the adapter cannot use, and they may be mended where they come from.
        outside_.credentials.forget(provider);
        return unexpected{Answer{failed(Outcome::refused_final, "cannot be encoded: " + request.error())}};
    }

    HttpExchange exchange;
    exchange.endpoint = *endpoint;
    exchange.request = std::move(*request);
    exchange.lane = send.call_class == CallClass::stop ? Lane::stop : Lane::normal;
    exchange.timeout = send.timeout;
    exchange.reuse = reuse_of(spec);
    if (kCrashPoints) exchange.on_written = [action = spec.action] { pass_sent(action); };
    return exchange;
}

Dispatcher::Answer Dispatcher::conclude(const Send& send, CallRecord request, HttpResult http) {
    Answer answer{{}, std::move(request)};
    auto& [result, record] = answer;
    if (http.response) {
        pass_answered(send.spec->action);
        const Adapter* adapter = outside_.adapters.find(send.spec->provider->type);
        result = adapter->decode(*send.spec, *http.response);
    } else {
        result = failed(http.bytes_sent > 0 ? Outcome::uncertain : Outcome::not_sent, std::move(http.failure.message));
    }
    record.bytes_sent = http.bytes_sent;
    if (http.response) record.response_body = kept_text(std::move(http.response->body), kBodyBytesMax);
    const Now now = outside_.now();
    if (http.first_byte_boot) {
        // The wall instant is carried over from the boot clock: both columns tell of one moment, on one reading.
        record.sent_boot = http.first_byte_boot;
        record.sent = now.wall - (now.boot - *http.first_byte_boot);
    }
    return answer;
}

void Dispatcher::answer(const CallId& call, Answer answer) {
    const auto found = flights_.find(call);
    TAKTD_CHECK(found != flights_.end(), "a call is answered once");
    auto& [result, record] = answer;
    keep_texts(result);
    const Now now = outside_.now();
    result.ended = now.wall;
    result.ended_boot = now.boot;
    flights_.erase(found);
    outside_.on_answered(Answered{call, std::move(result), std::move(record)});
}

}  // namespace taktd
