// SPDX-License-Identifier: Apache-2.0
// The pool's rules on connections that are only pretended, under a clock that the test moves.
#include "daemon/net/pool.hpp"

#include <gtest/gtest.h>

#include "tests/unit/net/support.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;

SteadyTime pretended_now{};
SteadyTime pretended_clock() { return pretended_now; }

struct Pretended final : Connection {
    explicit Pretended(int n) : number{n} { ++alive; }
    ~Pretended() override { --alive; }
    Async<Io> read_some(char*, std::size_t) override { co_return Io{}; }
    Async<Io> write_some(std::string_view) override { co_return Io{}; }
    bool is_secured() const override { return false; }
    bool is_quiet() override { return quiet; }
    void reset() override {}
    const std::string& address() const override { return where; }
    int number;
    std::string where;
    bool quiet = true;
    static inline int alive = 0;
};

class PoolRules : public ::testing::Test {
protected:
    void SetUp() override { pretended_now = std::chrono::steady_clock::now(); }
    void TearDown() override {
        pool->close_idle();
        loop.io.poll();
    }

    static Endpoint endpoint(const std::string& host) {
        Endpoint e;
        e.host = host;
        return e;
    }
    Pool::Lease acquire(Reuse reuse = Reuse::kept, Lane lane = Lane::normal, const std::string& host = "a") {
        return loop.get(pool->acquire(endpoint(host), lane, reuse));
    }
    // Leaves an idle connection of that number behind.
    void leave(int number, Lane lane = Lane::normal, const std::string& address = "") {
        auto lease = acquire(Reuse::never, lane);
        auto connection = std::make_unique<Pretended>(number);
        connection->where = address;
        lease.connection = std::move(connection);
        std::move(lease).keep();
    }
    static int number(const Pool::Lease& lease) {
        return lease.connection ? static_cast<Pretended&>(*lease.connection).number : 0;
    }

    Loop loop;
    std::shared_ptr<Pool> pool = std::make_shared<Pool>(loop.io.get_executor(), pretended_clock);
};

TEST_F(PoolRules, Lease_WhenNothingIsIdle_IsEmpty) { EXPECT_EQ(number(acquire()), 0); }

TEST_F(PoolRules, MostRecentlyUsed_IsHandedOut) {
    auto a = acquire(), b = acquire();
    a.connection = std::make_unique<Pretended>(1);
    b.connection = std::make_unique<Pretended>(2);
    std::move(a).keep();
    std::move(b).keep();
    EXPECT_EQ(number(acquire()), 2);
}

TEST_F(PoolRules, LeaseThatIsNotKept_ClosesItsConnection) {
    {
        auto lease = acquire();
        lease.connection = std::make_unique<Pretended>(1);
    }
    EXPECT_EQ(Pretended::alive, 0);
    EXPECT_EQ(number(acquire()), 0);
}

TEST_F(PoolRules, ExchangeThatReusesNothing_TakesNoIdleOne) {
    leave(1);
    EXPECT_EQ(number(acquire(Reuse::never)), 0);
    EXPECT_EQ(number(acquire(Reuse::recent)), 1);
}

TEST_F(PoolRules, Stop_TakesOnlyARecentOne) {
    leave(1);
    pretended_now += HttpClient::kFreshFor;
    {
        auto lease = acquire(Reuse::recent);
        EXPECT_EQ(number(lease), 1);
        std::move(lease).keep();
    }
    pretended_now += HttpClient::kFreshFor + 1ns;
    EXPECT_EQ(number(acquire(Reuse::recent)), 0);
    EXPECT_EQ(number(acquire(Reuse::kept)), 1);
}

TEST_F(PoolRules, OldOrUnquietConnection_IsTakenByNobody) {
    leave(1);
    pretended_now += HttpClient::kIdleMax + 1ns;
    EXPECT_EQ(number(acquire()), 0);
    EXPECT_EQ(Pretended::alive, 0);

    auto lease = acquire();
    auto closed_by_peer = std::make_unique<Pretended>(2);
    closed_by_peer->quiet = false;
    lease.connection = std::move(closed_by_peer);
    std::move(lease).keep();
    EXPECT_EQ(number(acquire()), 0);
    EXPECT_EQ(Pretended::alive, 0);
}

TEST_F(PoolRules, LanesAndEndpoints_AreApart) {
    leave(1, Lane::normal);
    EXPECT_EQ(number(acquire(Reuse::kept, Lane::stop)), 0);
    EXPECT_EQ(number(acquire(Reuse::kept, Lane::normal, "b")), 0);
    EXPECT_EQ(number(acquire(Reuse::kept, Lane::normal)), 1);
}

TEST_F(PoolRules, IdleConnections_AreLimited) {
    std::vector<Pool::Lease> leases;
    for (std::size_t i = 0; i < HttpClient::kIdlePerEndpointMax + 3; ++i) {
        leases.push_back(acquire());
        leases.back().connection = std::make_unique<Pretended>(1);
    }
    for (auto& lease : leases) std::move(lease).keep();
    pretended_now += Pool::kSurplusFor;
    loop.until([] { return Pretended::alive <= static_cast<int>(HttpClient::kIdlePerEndpointMax); });
    EXPECT_EQ(Pretended::alive, static_cast<int>(HttpClient::kIdlePerEndpointMax));
    pool->close_idle();
    EXPECT_EQ(Pretended::alive, 0);
}

class FullLane : public PoolRules {
protected:
    FullLane() {
        for (std::size_t i = 0; i < HttpClient::kOpenPerLaneMax; ++i) leases.push_back(acquire());
    }
    Async<void> wait(int id, Reuse reuse = Reuse::kept) {
        const Endpoint a = endpoint("a");
        auto lease = co_await pool->acquire(a, Lane::normal, reuse);
        served.push_back(id);
        held.push_back(std::move(lease));
    }
    std::vector<Pool::Lease> leases, held;
    std::vector<int> served;
};

TEST_F(FullLane, FullLane_MakesWaitersQueue) {
    TaskGroup group{loop.io.get_executor()};
    for (int id : {1, 2, 3}) group.spawn(wait(id));
    loop.io.poll();
    EXPECT_TRUE(served.empty());
    EXPECT_EQ(number(acquire(Reuse::kept, Lane::stop)), 0) << "the stop lane is not full";
    leases.pop_back();
    leases.pop_back();
    loop.until([&] { return served.size() == 2; });
    EXPECT_EQ(served, (std::vector{1, 2}));
    leases.pop_back();
    loop.run(group.join());
    EXPECT_EQ(served, (std::vector{1, 2, 3}));
}

TEST_F(FullLane, WaiterThatIsCalledAndCancelled_PassesItsTurnOn) {
    TaskGroup impatient{loop.io.get_executor()}, patient{loop.io.get_executor()};
    impatient.spawn(wait(1));
    loop.io.poll();
    patient.spawn(wait(2));
    loop.io.poll();
    leases.pop_back();
    impatient.cancel();
    loop.run(impatient.join());
    held.clear();
    loop.run(patient.join());
    EXPECT_EQ(served.back(), 2);
}

TEST_F(FullLane, IdleConnection_TooOldForAStart_GivesWayToANewOne) {
    leases.back().connection = std::make_unique<Pretended>(1);
    std::move(leases.back()).keep();
    leases.pop_back();
    pretended_now += HttpClient::kFreshFor + 1s;
    EXPECT_EQ(number(acquire(Reuse::recent)), 0);
    EXPECT_EQ(Pretended::alive, 0);
}

TEST_F(FullLane, IdleConnection_GivesWayToAnExchangeThatReusesNothing) {
    leases.back().connection = std::make_unique<Pretended>(1);
    std::move(leases.back()).keep();
    leases.pop_back();
    auto lease = acquire(Reuse::never);
    EXPECT_EQ(number(lease), 0);
    EXPECT_EQ(Pretended::alive, 0) << "256 are open, and no more";
}

TEST_F(FullLane, ExchangeThatReusesNothing_WaitsItsTurnAndGetsTheNextPlace) {
    TaskGroup group{loop.io.get_executor()};
    group.spawn(wait(1, Reuse::never));
    loop.io.poll();
    group.spawn(wait(2));
    loop.io.poll();
    EXPECT_TRUE(served.empty());
    leases.back().connection = std::make_unique<Pretended>(1);
    std::move(leases.back()).keep();  // kept for reuse, and still it is the first waiter's turn
    leases.pop_back();
    loop.until([&] { return served.size() == 1; });
    EXPECT_EQ(served, (std::vector{1}));
    EXPECT_EQ(number(held.back()), 0);
    leases.pop_back();
    loop.run(group.join());
    EXPECT_EQ(served, (std::vector{1, 2}));
}

TEST_F(PoolRules, IdleConnections_ToOneAddress_AreClosedInBothLanes) {
    leave(1, Lane::normal, "192.0.2.1");
    leave(2, Lane::normal, "192.0.2.2");
    leave(3, Lane::stop, "192.0.2.1");
    pool->close_idle_to(endpoint("b"), "192.0.2.2");
    pool->close_idle_to(endpoint("a"), "192.0.2.1");
    EXPECT_EQ(Pretended::alive, 1);
    EXPECT_EQ(number(acquire()), 2);
    EXPECT_EQ(number(acquire(Reuse::kept, Lane::stop)), 0);
}

TEST_F(PoolRules, RetiredConnection_IsNotTakenBack) {
    leave(1);
    auto in_use = acquire();
    leave(2);
    pool->retire_secured();
    EXPECT_EQ(Pretended::alive, 1) << "the one in use goes on";
    std::move(in_use).keep();
    EXPECT_EQ(Pretended::alive, 0);
    leave(3);
    EXPECT_EQ(number(acquire()), 3);
}

TEST_F(PoolRules, PlainConnection_IsNotRetired) {
    Endpoint plain = endpoint("a");
    plain.tls = false;
    {
        auto lease = loop.get(pool->acquire(plain, Lane::normal, Reuse::never));
        lease.connection = std::make_unique<Pretended>(1);
        std::move(lease).keep();
    }
    pool->retire_secured();
    EXPECT_EQ(number(loop.get(pool->acquire(plain, Lane::normal, Reuse::kept))), 1);
}

TEST_F(PoolRules, Sweep_DropsIdleConnectionsByItself) {
    pretended_now = std::chrono::steady_clock::now() - HttpClient::kIdleMax + 20ms;
    leave(1);
    leave(1, Lane::stop);
    EXPECT_EQ(Pretended::alive, 2);
    pretended_now += HttpClient::kIdleMax;
    loop.until([] { return Pretended::alive == 0; });
}

}  // namespace
}  // namespace taktd::test
