// SPDX-License-Identifier: Apache-2.0
// The control API: HTTP requests in, problem documents or JSON out. Its routes are one table (routes.cpp). What the
// engine knows is asked on the loop, what the store knows beside it; an action is answered when it is on the disk.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/control/access.hpp"
#include "daemon/control/command_desk.hpp"
#include "daemon/control/event_hub.hpp"
#include "daemon/control/host.hpp"
#include "daemon/control/login_names.hpp"
#include "daemon/control/plan_keeper.hpp"
#include "daemon/control/problem.hpp"
#include "daemon/control/provider_watch.hpp"
#include "daemon/control/query_desk.hpp"
#include "daemon/control/turns.hpp"
#include "daemon/net/server.hpp"

namespace taktd::control {

/// A request whose route is known.
struct Exchange {
    const HttpRequest& request;
    std::vector<std::string> arguments;  ///< what stands for `{job}` and the like, in order
    std::map<std::string, std::string> parameters;
    json::object body;
    StreamBody& stream;  ///< what the answer goes on with, where it has no end
    Asker asker{};
};

/// Where a request came in.
enum class Door : std::uint8_t { socket, tcp };

class Api {
public:
    /// An action waits so long for its durability; a stop goes out whatever the store does.
    static constexpr Duration kDurablePatience = std::chrono::seconds{5};

    struct Parts {
        EngineLoop& loop;
        Store& store;
        std::string store_path;
        QueryWorkers& workers;  ///< for questions to the store and to the user database
        Host& host;
        EventHub& events;
    };

    Api(asio::any_io_executor executor, Parts parts);

    Async<HttpReply> answer(HttpRequest request, Door door);
    /// Who is let in over TCP from now on; none: TCP is not served.
    void open(std::optional<Access::Rules> rules, bool is_metrics_open);
    /// Nothing of it keeps the loop alive any more.
    void close() { log_level_end_.cancel(); }
    /// To be told each reply of the engine.
    void take(const Reply& reply) { commands_.take(reply); }

    // The handlers, by resource; the table names them.
    Async<Answered<HttpResponse>> show_page(const Exchange& exchange);
    Async<Answered<HttpResponse>> show_asset(const Exchange& exchange);
    Async<Answered<HttpResponse>> health(const Exchange& exchange);
    Async<Answered<HttpResponse>> metrics(const Exchange& exchange);
    Async<Answered<HttpResponse>> index(const Exchange& exchange);
    Async<Answered<HttpResponse>> openapi(const Exchange& exchange);
    Async<Answered<HttpResponse>> status(const Exchange& exchange);
    Async<Answered<HttpResponse>> list_providers(const Exchange& exchange);
    Async<Answered<HttpResponse>> list_jobs(const Exchange& exchange);
    Async<Answered<HttpResponse>> show_job(const Exchange& exchange);
    Async<Answered<HttpResponse>> explain_job(const Exchange& exchange);
    Async<Answered<HttpResponse>> list_runs(const Exchange& exchange);
    Async<Answered<HttpResponse>> show_run(const Exchange& exchange);
    Async<Answered<HttpResponse>> list_transitions(const Exchange& exchange);
    Async<Answered<HttpResponse>> list_foreign(const Exchange& exchange);
    Async<Answered<HttpResponse>> show_plan(const Exchange& exchange);
    Async<Answered<HttpResponse>> show_timeline(const Exchange& exchange);
    Async<Answered<HttpResponse>> list_holds(const Exchange& exchange);
    Async<Answered<HttpResponse>> stream_events(const Exchange& exchange);
    Async<Answered<HttpResponse>> start_job(const Exchange& exchange);
    Async<Answered<HttpResponse>> stop_job(const Exchange& exchange);
    Async<Answered<HttpResponse>> disable_job(const Exchange& exchange);
    Async<Answered<HttpResponse>> enable_job(const Exchange& exchange);
    Async<Answered<HttpResponse>> stop_run(const Exchange& exchange);
    Async<Answered<HttpResponse>> pause_run(const Exchange& exchange);
    Async<Answered<HttpResponse>> resume_run(const Exchange& exchange);
    Async<Answered<HttpResponse>> discharge_run(const Exchange& exchange);
    Async<Answered<HttpResponse>> stop_many(const Exchange& exchange);
    Async<Answered<HttpResponse>> engage_hold(const Exchange& exchange);
    Async<Answered<HttpResponse>> release_hold(const Exchange& exchange);
    Async<Answered<HttpResponse>> list_actions(const Exchange& exchange);
    Async<Answered<HttpResponse>> retry_provider(const Exchange& exchange);
    Async<Answered<HttpResponse>> test_notify(const Exchange& exchange);
    Async<Answered<HttpResponse>> set_log_level(const Exchange& exchange);
    Async<Answered<HttpResponse>> take_alerts(const Exchange& exchange);
    Async<Answered<HttpResponse>> reload_config(const Exchange& exchange);
    Async<Answered<HttpResponse>> make_login_code(const Exchange& exchange);
    Async<Answered<HttpResponse>> begin_session(const Exchange& exchange);
    Async<Answered<HttpResponse>> end_session(const Exchange& exchange);

private:
    /// What is known of a request before its answer.
    struct Heard {
        std::string_view pattern{};  ///< of its route; empty: there is none
        bool is_of_friend = false;   ///< somebody with a role
    };
    Async<Answered<HttpResponse>> perform(HttpRequest& request, Door door, Heard& heard, StreamBody& stream);
    Async<Answered<Asker>> identify(const HttpRequest& request, Door door, Need need);
    Async<std::string> actor_of(const HttpRequest& request);
    /// The id that a path's `{run}` means: an id, the end of one, a job, JOB@INSTANT.
    Async<Answered<RunId>> find_run(std::string text);
    Async<Answered<RunRow>> row_of(RunId id);
    /// What a run looks like after an action on it.
    Async<Answered<HttpResponse>> run_after(RunId id, Reply reply, int status = 200);
    Async<Answered<HttpResponse>> holds_after(Reply reply);
    Async<Answered<HttpResponse>> disable(const Exchange& exchange, bool is_disabled);
    /// One command about the run that the path names.
    Async<Answered<HttpResponse>> order(const Exchange& exchange, std::function<CommandDesk::Order(RunId)> order);
    Async<std::optional<Reply>> stop_all_in(StopMany order, Asker asker);
    /// `may_be_label`: stops take labels as well, holds do not.
    Async<std::optional<Problem>> problem_with_scope(std::string scope, bool may_be_label);
    Problem unknown_provider(const std::string& name) const;
    json::array all_providers() const;
    Async<std::optional<Problem>> unknown_job(std::string job);
    /// What a plan depends on now; from and until are for the caller to fill.
    PlanQuestion plan_question(WallTime now) const;
    /// A stop is not kept waiting for a store that is down.
    Duration patience_for_stop() const;

    asio::any_io_executor executor_;
    EngineLoop& loop_;
    Host& host_;
    Worker& worker_;  // for what is looked up beside the store
    EventHub& events_;
    CommandDesk commands_;
    QueryDesk queries_;
    std::shared_ptr<PlanKeeper> plans_;  // touched by lengthy questions alone
    LoginNames names_;
    ProviderWatch providers_;
    asio::steady_timer log_level_end_;  ///< a log level that was set for a while
    Access access_;
    bool is_open_ = false;  // on TCP
    bool is_metrics_open_ = false;
    Turns turns_;
};

}  // namespace taktd::control
