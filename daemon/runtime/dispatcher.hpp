// SPDX-License-Identifier: Apache-2.0
// Performs what the engine sends: encodes and signs with the adapter, exchanges over HTTP, decodes. Every send yields
// exactly one Answered, whatever happens to it, and the answer says the truth about what may have left this process.
#pragma once

#include <functional>
#include <map>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "daemon/core/engine/events.hpp"
#include "daemon/net/client.hpp"
#include "daemon/runtime/adapter_table.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/runtime/credential_cache.hpp"

namespace taktd {

class Dispatcher {
public:
    /// So long a call waits for secrets that are being read; they may stand on a mount that hangs.
    static constexpr Duration kSecretsPatience = std::chrono::seconds{5};

    /// What it asks of the outside. `on_answered` may be called within send() already.
    struct Outside {
        HttpClient& client;
        const AdapterTable& adapters;
        CredentialCache& credentials;
        std::function<void(Answered)> on_answered;
        std::function<Now()> now = read_time;
    };

    Dispatcher(asio::any_io_executor executor, Outside outside);
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;
    ~Dispatcher();

    /// At once, unless secrets must be read from a file first: the first bytes are on their way, or in the connection's
    /// hands, when this returns.
    void send(Send send);
    /// The call ends soon, with its Answered; a call that has ended already is none. Only from within the event loop:
    /// from elsewhere Asio 1.81 posts the cancellation, and it may then find the coroutine gone.
    void cut(const CallId& call);
    void cut_all();

    std::size_t in_flight() const { return flights_.size(); }

    /// Fills what the request of a call will be, or was: method, target and body, never headers.
    void describe(CallRow& row) const;

private:
    struct Flight {
        asio::cancellation_signal signal;
        bool handed_over = false;  ///< to the HTTP client
    };

    struct Answer {
        CallResult result;
        CallRecord record{};
    };
    Async<Answer> perform(Send send, Flight& flight);
    Async<void> secrets_are_ready(const ProviderSpec& provider, Duration at_most);
    Result<HttpExchange, Answer> prepare(const Send& send);
    Answer conclude(const Send& send, CallRecord request, HttpResult http);
    void answer(const CallId& call, Answer answer);

    asio::any_io_executor executor_;
    Outside outside_;
    std::map<CallId, Flight> flights_;
};

}  // namespace taktd
