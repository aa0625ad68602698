// SPDX-License-Identifier: Apache-2.0
// Connections kept open between exchanges, per endpoint and lane. It limits how many are open, hands out the most
// recently used one that is still quiet, and drops those idle for over kIdleMax. One thread.
#pragma once

#include <deque>
#include <list>
#include <map>

#include <boost/asio/steady_timer.hpp>

#include "daemon/net/connection.hpp"

namespace taktd {

class Pool : public std::enable_shared_from_this<Pool> {
    struct Waiter;
    struct Idle {
        std::unique_ptr<Connection> connection;
        SteadyTime since;
    };
    struct Bucket {
        std::deque<Idle> idle;         // oldest first
        std::size_t open = 0;          // in use and idle
        std::uint64_t generation = 0;  // connections of an older one are not taken back
        std::list<Waiter*> waiting;
    };

public:
    /// How long idle connections beyond kIdlePerEndpointMax stay: a busy lane would else close what it opens next.
    static constexpr auto kSurplusFor = std::chrono::seconds{1};

    /// The right to one connection. `connection` is null until its holder opens one; keep() returns it for reuse, else
    /// it is closed when the lease ends.
    class Lease {
    public:
        Lease(Lease&& other) noexcept
            : connection{std::move(other.connection)},
              pool_{std::move(other.pool_)},
              bucket_{other.bucket_},
              generation_{other.generation_} {}
        Lease& operator=(Lease&&) = delete;
        ~Lease();

        std::unique_ptr<Connection> connection;
        void keep() &&;

    private:
        friend class Pool;
        Lease(std::shared_ptr<Pool> pool, Bucket& bucket)
            : pool_{std::move(pool)}, bucket_{&bucket}, generation_{bucket.generation} {}
        std::shared_ptr<Pool> pool_;  // null: given back
        Bucket* bucket_;
        std::uint64_t generation_;
    };

    using Clock = SteadyTime (*)();
    explicit Pool(asio::any_io_executor executor, Clock clock = std::chrono::steady_clock::now);

    /// Waits while kOpenPerLaneMax connections are in use. The lease has a connection if an idle one may serve.
    /// One that may not be an idle one takes the place of the oldest idle one, if there is no other.
    Async<Lease> acquire(Endpoint endpoint, Lane lane, Reuse reuse);
    void close_idle();
    /// Closes the endpoint's idle connections to that address, of both lanes.
    void close_idle_to(const Endpoint& endpoint, const std::string& address);
    /// No connection over TLS that is open now serves another exchange.
    void retire_secured();

private:
    std::unique_ptr<Connection> take_idle(Bucket& bucket, Reuse reuse);
    void drop_oldest(Bucket& bucket);
    void give_back(Bucket& bucket, std::unique_ptr<Connection> reusable);
    void call_next(Bucket& bucket);
    static SteadyTime next_drop(const Bucket& bucket);
    void arm_sweep(SteadyTime due);
    void sweep();

    asio::any_io_executor executor_;
    Clock now_;
    std::map<std::pair<Endpoint, Lane>, Bucket> buckets_;  // never shrinks: as many as endpoints were ever configured
    asio::steady_timer sweep_timer_;
    SteadyTime sweep_due_ = SteadyTime::max();
};

}  // namespace taktd
