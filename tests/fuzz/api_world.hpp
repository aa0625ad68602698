// SPDX-License-Identifier: Apache-2.0
// The API as a connection meets it: the product's HTTP server, routes, engine and store behind it, on a host that is
// made up and a vendor that takes everything. One run is live, another one is over, and nothing else is due.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/control/api.hpp"
#include "tests/unit/runtime/fakes.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd::fuzz {

class ApiWorld {
public:
    ApiWorld();
    ~ApiWorld();
    ApiWorld(const ApiWorld&) = delete;
    ApiWorld& operator=(const ApiWorld&) = delete;

    /// A request that reached the API, and what came of it.
    struct Exchange {
        std::string method, target;
        HttpResponse response;
        bool is_stream = false;
        bool has_changed = false;  ///< something that an operator may change is another one now
    };
    struct Talk {
        std::vector<Exchange> exchanges;
        std::string said;  ///< what the peer has heard until the server closed
    };
    /// All of `bytes` on a connection of its own, and then the end of what the peer sends.
    Talk talk(control::Door door, const std::string& bytes);
    /// It is not the world any more that it was at first.
    bool has_changed() const { return changes_ > 0; }

private:
    struct Host final : control::Host {
        Settings in_force;
        std::uint64_t* changes = nullptr;
        int reloads = 0;

        const Settings& settings() const override { return in_force; }
        std::string config_file() const override { return "/etc/taktd/taktd.yaml"; }
        std::uint64_t generation() const override { return 1; }
        std::optional<WallTime> loaded() const override { return begun; }
        WallTime started() const override { return begun; }
        std::optional<Reading> last_reading() const override { return std::nullopt; }
        bool is_ending() const override { return false; }
        bool is_stops_only() const override { return false; }
        void forget_credentials(const ProviderSpec&) override {}
        Async<control::Reload> reload(bool is_rehearsal) override;
        bool has_notify_target(const std::string&) const override { return false; }
        Async<std::vector<control::NotifyAnswer>> test_notify(std::string) override {
            co_return std::vector<control::NotifyAnswer>{};
        }
        std::function<std::string()> scrape() override;
        void note_request(std::string_view, std::string_view, int, Duration) override {}

        WallTime begun{};
    };
    struct Served {
        std::string path;
        std::unique_ptr<HttpServer> server;
        asio::cancellation_signal end;
    };

    RunId begin_run(const std::string& key);
    void serve(control::Door door);
    void note(const std::vector<Row>& rows);
    Async<HttpReply> answer(HttpRequest request, control::Door door);
    Async<void> speak(std::string path, const std::string& bytes, Talk& talk);
    void run_until(const std::function<bool()>& condition, const char* what);
    Served& at(control::Door door) { return served_[door == control::Door::tcp ? 1 : 0]; }

    testing::StoreDirectory directory_;
    asio::io_context io_{1};
    fakes::FakeClient vendor_;
    AdapterTable adapters_;
    CredentialCache credentials_{fakes::hide};
    std::unique_ptr<Store> store_;
    std::unique_ptr<EngineLoop> loop_;
    control::QueryWorkers workers_;
    Host host_;
    control::EventHub events_;
    std::unique_ptr<control::Api> api_;
    Served served_[2];
    std::uint64_t changes_ = 0;
    std::optional<RunId> running_;  // the run that began last
    Talk* talk_ = nullptr;
};

}  // namespace taktd::fuzz
