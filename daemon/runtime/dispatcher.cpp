// A call is a coroutine: prepare, exchange, conclude. Its completion handler is the one place where answers are made,
// so that a coroutine that breaks is answered as well.
#include "daemon/runtime/dispatcher.hpp"

#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "daemon/core/check.hpp"
#include "daemon/runtime/crash_points.hpp"
#include "daemon/runtime/kept_text.hpp"
#include "daemon/store/text.hpp"

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

/// A request with an effect never rides on a connection that may have died while it idled (its loss would be
/// ambiguous).
bool has_effect(Action action) { return action != Action::query && action != Action::prepare; }

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
    auto on_done = [this, call, &flight](std::exception_ptr failure, CallResult result) {
        if (failure) {
            // Nobody knows how far a call came that broke within the client: it may have had an effect.
            const Outcome outcome = flight.handed_over ? Outcome::uncertain : Outcome::not_sent;
            result = failed(outcome, kept_text("internal error: " + what_of(failure), kVendorTextBytesMax));
        }
        answer(call, std::move(result));
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
    if (row.result && !row.result->record.method.empty()) {
        row.record = row.result->record;
        return;
    }
    if (!row.spec || !row.spec->provider) return;
    const Adapter* adapter = outside_.adapters.find(row.spec->provider->type);
    if (adapter == nullptr) return;
    const auto request = adapter->describe(*row.spec);
    if (request) row.record = record_of(*request);
}

Async<CallResult> Dispatcher::perform(Send send, Flight& flight) {
    auto prepared = prepare(send);
    if (!prepared) co_return std::move(prepared.error());
    HttpExchange exchange = std::move(*prepared);
    const CallRecord request = record_of(exchange.request);
    flight.handed_over = true;
    HttpResult http = co_await outside_.client.perform(std::move(exchange));
    co_return conclude(send, request, std::move(http));
}

Result<HttpExchange, CallResult> Dispatcher::prepare(const Send& send) {
    const CallSpec& spec = *send.spec;
    const ProviderSpec& provider = *spec.provider;
    const Adapter* adapter = outside_.adapters.find(provider.type);
    if (adapter == nullptr)
        return unexpected{failed(Outcome::not_sent, "this build has no adapter of type " + provider.type)};
    const auto endpoint = parse_endpoint(provider.endpoint);
    if (!endpoint)
        return unexpected{
            failed(Outcome::not_sent, "provider " + provider.name + " has no usable endpoint: " + provider.endpoint)};
    const auto credentials = outside_.credentials.get(provider);
    if (!credentials) {
        auto result = failed(Outcome::not_sent,
                             "cannot read the credentials of provider " + provider.name + ": " + credentials.error());
        result.lacks_credentials = true;
        if (const auto request = adapter->describe(spec)) result.record = record_of(*request);
        return unexpected{std::move(result)};
    }
    auto request = adapter->encode(spec, *credentials, outside_.now().wall + send.skew);
    if (!request) return unexpected{failed(Outcome::refused_final, "cannot be encoded: " + request.error())};

    HttpExchange exchange;
    exchange.endpoint = *endpoint;
    exchange.request = std::move(*request);
    exchange.lane = send.call_class == CallClass::stop ? Lane::stop : Lane::normal;
    exchange.timeout = send.timeout;
    exchange.may_reuse_idle = !has_effect(spec.action);
    if (kCrashPoints) exchange.on_written = [action = spec.action] { pass_sent(action); };
    return exchange;
}

CallResult Dispatcher::conclude(const Send& send, const CallRecord& request, HttpResult http) {
    CallResult result;
    if (http.response) {
        pass_answered(send.spec->action);
        const Adapter* adapter = outside_.adapters.find(send.spec->provider->type);
        result = adapter->decode(*send.spec, *http.response);
        // A key that was refused may have been replaced where it came from.
        if (result.outcome == Outcome::unauthorized)
            result.secrets_changed = outside_.credentials.renew(*send.spec->provider);
    } else {
        result = failed(http.bytes_sent > 0 ? Outcome::uncertain : Outcome::not_sent, std::move(http.failure.message));
    }
    result.record = request;
    result.record.bytes_sent = http.bytes_sent;
    if (http.response) result.record.response_body = kept_text(std::move(http.response->body), kBodyBytesMax);
    const Now now = outside_.now();
    if (http.first_byte_boot) {
        // The wall instant is carried over from the boot clock: both columns tell of one moment, on one reading.
        result.record.sent_boot = http.first_byte_boot;
        result.record.sent = now.wall - (now.boot - *http.first_byte_boot);
    }
    return result;
}

void Dispatcher::answer(const CallId& call, CallResult result) {
    const auto found = flights_.find(call);
    TAKTD_CHECK(found != flights_.end(), "a call is answered once");
    keep_texts(result);
    const Now now = outside_.now();
    result.ended = now.wall;
    result.ended_boot = now.boot;
    flights_.erase(found);
    outside_.on_answered(Answered{call, std::move(result)});
}

}  // namespace taktd
