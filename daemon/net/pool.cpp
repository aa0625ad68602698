// SPDX-License-Identifier: Apache-2.0
// The pool: who waits, who gets which connection, and the one timer that drops idle ones.
#include "daemon/net/pool.hpp"

#include <boost/asio/redirect_error.hpp>

namespace taktd {

Pool::Pool(asio::any_io_executor executor, Clock clock) : executor_{executor}, now_{clock}, sweep_timer_{executor} {}

Pool::Lease::~Lease() {
    connection.reset();
    if (pool_) pool_->give_back(*bucket_, nullptr);
}

void Pool::Lease::keep() && {
    if (generation_ != bucket_->generation) connection.reset();
    auto pool = std::move(pool_);
    pool->give_back(*bucket_, std::move(connection));
}

// One place in a bucket's queue. Whoever is called but leaves unserved (it was cancelled) calls the next.
struct Pool::Waiter {
    Waiter(Pool& owner, Bucket& in, bool first)
        : pool{owner}, bucket{in}, turn{owner.executor_, asio::steady_timer::time_point::max()} {
        self = bucket.waiting.insert(first ? bucket.waiting.begin() : bucket.waiting.end(), this);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
        if (!called) bucket.waiting.erase(self);
        if (called && !served) pool.call_next(bucket);
    }

    Pool& pool;
    Bucket& bucket;
    asio::steady_timer turn;
    std::list<Waiter*>::iterator self;
    bool called = false, served = false;
};

Async<Pool::Lease> Pool::acquire(Endpoint endpoint, Lane lane, Reuse reuse) {
    auto self = shared_from_this();
    const std::pair key{std::move(endpoint), lane};
    Bucket& bucket = buckets_[key];
    bool my_turn = bucket.waiting.empty();  // first come, first served
    bool waited = false;
    for (;;) {
        if (my_turn) {
            Lease lease{self, bucket};
            lease.connection = take_idle(bucket, reuse);
            if (lease.connection) co_return lease;
            if (bucket.open >= HttpClient::kOpenPerLaneMax && !bucket.idle.empty()) drop_oldest(bucket);
            if (bucket.open < HttpClient::kOpenPerLaneMax) {
                ++bucket.open;
                co_return lease;
            }
            lease.pool_.reset();
        }
        Waiter waiter{*this, bucket, waited};
        boost::system::error_code woken;
        co_await waiter.turn.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        if (!waiter.called) throw boost::system::system_error{asio::error::operation_aborted};
        waiter.served = my_turn = waited = true;
    }
}

void Pool::call_next(Bucket& bucket) {
    if (bucket.waiting.empty()) return;
    Waiter& next = *bucket.waiting.front();
    bucket.waiting.pop_front();
    next.called = true;
    next.turn.cancel();
}

std::unique_ptr<Connection> Pool::take_idle(Bucket& bucket, Reuse reuse) {
    if (reuse == Reuse::never) return nullptr;
    while (!bucket.idle.empty()) {
        const auto idle_for = now_() - bucket.idle.back().since;
        if (reuse == Reuse::recent && idle_for > HttpClient::kFreshFor) return nullptr;
        auto connection = std::move(bucket.idle.back().connection);
        bucket.idle.pop_back();
        if (idle_for <= HttpClient::kIdleMax && connection->is_quiet()) return connection;
        --bucket.open;
    }
    return nullptr;
}

void Pool::drop_oldest(Bucket& bucket) {
    bucket.idle.pop_front();
    --bucket.open;
}

void Pool::give_back(Bucket& bucket, std::unique_ptr<Connection> reusable) {
    if (reusable) {
        bucket.idle.push_back({std::move(reusable), now_()});
        arm_sweep(next_drop(bucket));
    } else {
        --bucket.open;
    }
    call_next(bucket);
}

void Pool::close_idle() {
    for (auto& [key, bucket] : buckets_)
        while (!bucket.idle.empty()) drop_oldest(bucket);
    sweep_timer_.cancel();
    sweep_due_ = SteadyTime::max();
}

void Pool::close_idle_to(const Endpoint& endpoint, const std::string& address) {
    for (auto& [key, bucket] : buckets_) {
        if (key.first != endpoint) continue;
        bucket.open -=
            std::erase_if(bucket.idle, [&](const Idle& idle) { return idle.connection->address() == address; });
    }
}

void Pool::retire_secured() {
    for (auto& [key, bucket] : buckets_) {
        if (!key.first.tls) continue;
        ++bucket.generation;
        while (!bucket.idle.empty()) drop_oldest(bucket);
    }
}

SteadyTime Pool::next_drop(const Bucket& bucket) {
    if (bucket.idle.empty()) return SteadyTime::max();
    const bool too_many = bucket.idle.size() > HttpClient::kIdlePerEndpointMax;
    return bucket.idle.front().since + (too_many ? SteadyTime::duration{kSurplusFor} : HttpClient::kIdleMax);
}

void Pool::arm_sweep(SteadyTime due) {
    if (due >= sweep_due_) return;
    sweep_due_ = due;
    sweep_timer_.expires_at(due);
    sweep_timer_.async_wait([weak = weak_from_this()](boost::system::error_code superseded) {
        if (superseded) return;
        if (auto pool = weak.lock()) pool->sweep();
    });
}

void Pool::sweep() {
    sweep_due_ = SteadyTime::max();
    const auto now = now_();
    auto next = SteadyTime::max();
    for (auto& [key, bucket] : buckets_) {
        while (next_drop(bucket) <= now) drop_oldest(bucket);
        next = std::min(next, next_drop(bucket));
    }
    arm_sweep(next);
}

}  // namespace taktd
