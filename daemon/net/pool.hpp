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
    struct Bucket;
    struct Waiter;

public:
    /// How long idle connections beyond kIdlePerEndpointMax stay: a busy lane would else close what it opens next.
    static constexpr auto kSurplusFor = std::chrono::seconds{1};

    /// The right to one connection. `connection` is null until its holder opens one; keep() returns it for reuse, else
    /// it is closed when the lease ends.
    class Lease {
    public:
        Lease(Lease&& other) noexcept
            : connection{std::move(other.connection)}, pool_{std::move(other.pool_)}, bucket_{other.bucket_} {}
        Lease& operator=(Lease&&) = delete;
        ~Lease();

        std::unique_ptr<Connection> connection;
        void keep() &&;

    private:
        friend class Pool;
        Lease(std::shared_ptr<Pool> pool, Bucket& bucket) : pool_{std::move(pool)}, bucket_{&bucket} {}
        std::shared_ptr<Pool> pool_;  // null: given back
        Bucket* bucket_;
    };

    using Clock = SteadyTime (*)();
    explicit Pool(asio::any_io_executor executor, Clock clock = std::chrono::steady_clock::now);

    /// Waits while kOpenPerLaneMax connections are in use. The lease has a connection if an idle one may serve.
    Async<Lease> acquire(Endpoint endpoint, Lane lane, bool may_reuse_idle);
    void close_idle();

private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        SteadyTime since;
    };
    struct Bucket {
        std::deque<Idle> idle;  // oldest first
        std::size_t open = 0;   // in use and idle
        std::list<Waiter*> waiting;
    };

    std::unique_ptr<Connection> take_idle(Bucket& bucket, bool may_reuse_idle);
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
