// SPDX-License-Identifier: Apache-2.0
// Tells the targets of `notify` what happens. What is told becomes a row of the outbox in the commit of the rows that
// it tells of, and is sent once that is on the disk: at least once, over a crash too, and under one id. Each target has
// a lane of its own, connections of its own, and one request in flight at most; nobody waits for any of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/core/model/past.hpp"
#include "daemon/net/client.hpp"
#include "daemon/net/task_group.hpp"
#include "daemon/notify/command.hpp"
#include "daemon/notify/lane.hpp"
#include "daemon/runtime/follower.hpp"

namespace taktd::notify {

/// What has become of what a target was to be told, since this process began.
struct Counts {
    std::uint64_t delivered = 0, retried = 0, given_up = 0;
    std::size_t waiting = 0;
    std::optional<WallTime> oldest{};
};

/// What one said of a test.
struct TestAnswer {
    std::string target;
    bool is_delivered = false;
    std::string detail{};
    Duration took{};
};

class Notifier final : public Follower {
public:
    static constexpr Duration kTimeout = std::chrono::seconds{10};  ///< of one try
    static constexpr Duration kLastWords = std::chrono::seconds{3};

    struct Parts {
        asio::any_io_executor executor;
        HttpClient& client;
        std::uint64_t seed = 0;
        std::string host;                              ///< this machine's name
        std::string agent;                             ///< "taktd/0.5.0"
        std::function<void(std::vector<Row>)> append;  ///< rows beside a step's
    };

    explicit Notifier(Parts parts);
    ~Notifier() override;

    /// The config in force. `dashboard`: where it is served for people; empty: nowhere.
    void take(std::vector<NotifyEndpoint> endpoints, ZonePtr zone, ConfigPtr config, std::string dashboard);
    /// Adds what is to be told of a step's rows to them.
    void add_to(std::vector<Row>& rows);
    /// What no row says: the daemon's life, its config.
    void tell(const Notice& notice);

    void on_recovered(const Snapshot& snapshot) override;
    void on_committed(const std::vector<Row>& rows) override;
    void on_overdue(const OverdueWatch::Overdue& stop) override;
    void on_store(bool is_up) override;

    /// Tells one target, or all, that it can be reached; beside what waits. Unknown: nothing.
    Async<std::vector<TestAnswer>> test(std::string name);
    bool has_target(const std::string& name) const;

    std::map<std::string, Counts> counts() const;

    /// At the end: waits until what can be told now is told, or for kLastWords.
    Async<void> finish();
    /// Tells nothing any more. What waits is told by the next daemon.
    void close();

private:
    struct Target;

    Target& target_named(const std::string& name);
    void add(const OutboxRow& row);
    std::vector<OutboxRow> rows_of(const Notice& notice);
    OutboxRow gathered(Target& target, const std::vector<OutboxRow>& rows);
    Teller teller() const;
    Async<void> serve(Target& target);
    Async<void> test_one(Target& target, TestAnswer& answer);
    Async<Verdict> deliver(const Target& target, const OutboxRow& row);
    void settle(Target& target, const OutboxRow& sent, const Verdict& verdict);
    void give_up_old(Target& target, WallTime now);

    Parts parts_;
    UuidSource ids_;
    NoticeMaker maker_;
    ZonePtr zone_ = Zone::utc();
    ConfigPtr config_ = std::make_shared<const Config>();
    std::string dashboard_;
    std::map<std::string, std::unique_ptr<Target>> targets_;
    CommandRunner commands_;
    TaskGroup lanes_;
    asio::steady_timer idle_;    // cancelled when a lane has nothing to do for now
    std::size_t unwritten_ = 0;  ///< that are on their way to the disk, and then to their lanes
    bool has_config_ = false, is_closed_ = false;
};

}  // namespace taktd::notify
