// SPDX-License-Identifier: Apache-2.0
// The cache lives on the loop's thread; a look-up thread only runs the blocking function and posts what it found.
#include "daemon/net/name_cache.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <system_error>
#include <thread>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netdb.h>
#include <resolv.h>

#include "daemon/net/waiter.hpp"

namespace taktd {

namespace {

using Clock = std::chrono::steady_clock;
using Addresses = Result<std::vector<std::string>>;

struct Entry {
    std::vector<std::string> addresses;  // the last good answer; empty: none yet
    Clock::time_point fresh_until{};
    bool looking_up = false;
    std::string failure;                     // of the last look-up; empty: it succeeded
    std::list<asio::steady_timer*> waiting;  // cancelled when the look-up ends
};

// Shared with the answers posted by the threads, which may come after the cache has gone.
struct State {
    std::map<std::string, Entry> entries;
};

class ThreadedNameCache final : public NameCache {
public:
    ThreadedNameCache(asio::any_io_executor executor, LookUp look_up)
        : executor_{std::move(executor)}, look_up_{std::move(look_up)} {}
    ~ThreadedNameCache() override {
        for (auto& [id, thread] : *threads_) thread.join();
    }

    Async<Addresses> resolve(std::string host) override {
        boost::system::error_code not_literal;
        asio::ip::make_address(host, not_literal);
        if (!not_literal) co_return std::vector<std::string>{host};

        auto state = state_;  // outlives this coroutine's waiting even if the cache goes first
        Entry& entry = state->entries[host];
        if (!entry.addresses.empty() && Clock::now() < entry.fresh_until) co_return entry.addresses;
        if (!entry.looking_up && !begin(host, entry))
            co_return unexpected{std::string{"too many name look-ups at once"}};

        const auto patience = entry.addresses.empty() ? Clock::time_point::max() : Clock::now() + kRenewalWait;
        asio::steady_timer wake{executor_, patience};
        boost::system::error_code ended;
        {
            Waiter waiting{entry.waiting, wake};
            co_await wake.async_wait(asio::redirect_error(asio::use_awaitable, ended));
        }
        if (!entry.addresses.empty()) co_return entry.addresses;
        if (entry.looking_up) throw boost::system::system_error{asio::error::operation_aborted};
        co_return unexpected{entry.failure};
    }

private:
    bool begin(const std::string& host, Entry& entry) {
        if (threads_->size() >= kLookUpsMax) return false;
        const auto id = ++last_id_;
        auto deliver = [id, host, state = std::weak_ptr{state_}, threads = std::weak_ptr{threads_}](Addresses found) {
            if (auto running = threads.lock()) {
                auto self = running->find(id);
                self->second.join();
                running->erase(self);
            }
            if (auto alive = state.lock()) end(alive->entries[host], std::move(found));
        };
        auto work = [host, look_up = look_up_, executor = executor_, deliver = std::move(deliver)] {
            Addresses found = unexpected{std::string{"no memory"}};
            try {
                found = look_up(host);
            } catch (const std::exception& e) {
                found = unexpected{std::string{e.what()}};
            }
            asio::post(executor, [deliver, found = std::move(found)] { deliver(found); });
        };
        try {
            threads_->emplace(id, std::thread{std::move(work)});
        } catch (const std::system_error&) {  // the process may have no further thread
            return false;
        }
        entry.looking_up = true;
        return true;
    }

    static void end(Entry& entry, Addresses found) {
        entry.looking_up = false;
        if (found && found->empty()) found = unexpected{std::string{"the name has no address"}};
        if (found) {
            entry.addresses = std::move(*found);
            entry.fresh_until = Clock::now() + kFreshFor;
            entry.failure.clear();
        } else {
            entry.failure = std::move(found.error());
        }
        for (auto* timer : entry.waiting) timer->cancel();
    }

    asio::any_io_executor executor_;
    LookUp look_up_;
    std::shared_ptr<State> state_ = std::make_shared<State>();
    std::shared_ptr<std::map<std::uint64_t, std::thread>> threads_ =
        std::make_shared<std::map<std::uint64_t, std::thread>>();
    std::uint64_t last_id_ = 0;
};

}  // namespace

Result<std::vector<std::string>> look_up_with_system(const std::string& host) {
    // glibc's resolver settings belong to the thread, and this thread exists for this look-up alone: a dead name server
    // must not keep the daemon from ending (a look-up cannot be cancelled, only waited for).
    ::res_init();
    _res.retrans = 2;
    _res.retry = 2;

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (error != 0) return unexpected{std::string{::gai_strerror(error)}};
    std::vector<std::string> addresses;
    for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
            continue;
        if (std::find(addresses.begin(), addresses.end(), text) == addresses.end()) addresses.emplace_back(text);
    }
    ::freeaddrinfo(list);
    return addresses;
}

std::unique_ptr<NameCache> create_name_cache(asio::any_io_executor executor, LookUp look_up) {
    return std::make_unique<ThreadedNameCache>(std::move(executor), std::move(look_up));
}

}  // namespace taktd
