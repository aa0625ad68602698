// SPDX-License-Identifier: Apache-2.0
// One coroutine per account, one request after the other. The bucket starts empty: a daemon, or another check, may have
// used what was in it. After a refused key nothing more is asked of its account: vendors lock keys that fail often.
#include "daemon/app/task_survey.hpp"

#include <algorithm>
#include <map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/core/rules/limiter.hpp"
#include "daemon/log/log.hpp"
#include "daemon/net/client.hpp"
#include "daemon/net/task_group.hpp"
#include "daemon/runtime/accounts.hpp"
#include "daemon/runtime/clock.hpp"
#include "providers/registry.hpp"

namespace taktd {
namespace {

class Survey {
public:
    explicit Survey(const Config& config) : config_{config} {
        for (const auto& entry : providers()) adapters_.add(entry.type, entry.create_adapter());
    }

    std::vector<SurveyedTask> run() {
        find_tasks();
        asio::io_context loop;
        client_ = create_http_client(loop.get_executor());
        asio::co_spawn(loop, ask_all(), [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
        loop.run();
        client_.reset();
        return std::move(tasks_);
    }

private:
    void find_tasks() {
        std::map<std::string, std::size_t> known;
        for (const auto& [name, job] : config_.jobs) {
            if (job->task.is_from_template()) continue;
            const auto [at, is_new] = known.try_emplace(job->provider->account + "|" + job->task_key, tasks_.size());
            if (is_new)
                tasks_.push_back({.provider = job->provider, .task = job->task, .task_key = job->task_key, .jobs = {}});
            SurveyedTask& task = tasks_[at->second];
            task.jobs.push_back(name);
            if (task.expect_name.empty()) task.expect_name = job->task.expect_name;
        }
    }

    Async<void> ask_all() {
        std::map<std::string, std::vector<SurveyedTask*>> by_account;
        for (SurveyedTask& task : tasks_) by_account[task.provider->account].push_back(&task);
        const auto executor = co_await asio::this_coro::executor;
        TaskGroup group{executor};
        for (auto& [account, tasks] : by_account) group.spawn(ask_account(tasks));
        co_await group.join();
        client_->close_idle();
    }

    Async<void> ask_account(std::vector<SurveyedTask*> tasks) {
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer timer{executor};
        Limiter limiter{tasks.front()->provider->rate_limit};
        limiter.empty(read_time().boot);
        bool is_refused = false;
        for (SurveyedTask* task : tasks) {
            if (is_refused) {
                task->problem = "not asked: the provider has refused the credentials";
                continue;
            }
            auto exchange = prepare(*task);
            if (!exchange) {
                task->problem = exchange.error();
                continue;
            }
            while (!limiter.permits(CallClass::poll, read_time().boot)) {
                const BootTime now = read_time().boot;
                timer.expires_after(limiter.earliest(CallClass::poll, now) - now);
                co_await timer.async_wait(asio::use_awaitable);
            }
            limiter.charge(read_time().boot);
            HttpExchange request = std::move(*exchange);
            const HttpResult http = co_await client_->perform(std::move(request));
            is_refused = conclude(*task, http) == Outcome::unauthorized;
        }
    }

    static CallSpec query_of(const SurveyedTask& task) {
        CallSpec spec;
        spec.action = Action::query;
        spec.provider = task.provider;
        spec.task_ids = {task.task.task_id};
        spec.parameters_json = task.task.start_json;
        return spec;
    }

    Result<HttpExchange> prepare(const SurveyedTask& task) {
        const Adapter* adapter = adapters_.find(task.provider->type);
        const auto endpoint = parse_endpoint(task.provider->endpoint);
        if (adapter == nullptr || !endpoint) return unexpected<std::string>{"the provider cannot be used"};
        const auto credentials = credentials_.get(*task.provider);
        if (!credentials) return unexpected{credentials.error()};
        auto request = adapter->encode(query_of(task), *credentials, read_time().wall);
        if (!request) return unexpected{request.error()};
        HttpExchange exchange;
        exchange.endpoint = *endpoint;
        exchange.request = std::move(*request);
        exchange.timeout = task.provider->timeout;
        exchange.reuse = Reuse::never;  // its answer may not say which task it is about
        return exchange;
    }

    Outcome conclude(SurveyedTask& task, const HttpResult& http) const {
        if (!http.response) {
            task.problem = http.failure.message;
            return Outcome::uncertain;
        }
        const CallResult result = adapters_.find(task.provider->type)->decode(query_of(task), *http.response);
        const auto seen = result.observations.find(task.task.task_id);
        if (result.outcome == Outcome::accepted && seen != result.observations.end()) {
            task.seen = seen->second;
            if (!task.expect_name.empty() && task.seen.name != task.expect_name)
                task.problem = "it is not called '" + task.expect_name + "'";
            else if (task.seen.remote == RemoteState::unknown)
                task.problem = "the provider shows a state that cannot be read";
            return result.outcome;
        }
        const bool is_missing = result.outcome == Outcome::accepted;
        std::string words = is_missing ? "the provider does not show it" : std::string{name_of(result.outcome)};
        if (result.http_status != 0 && !is_missing) words += ", HTTP " + std::to_string(result.http_status);
        if (!result.vendor_code.empty()) words += ", " + result.vendor_code;
        if (!result.vendor_message.empty()) words += ": " + result.vendor_message;
        task.problem = log::redact(std::move(words));
        return result.outcome;
    }

    const Config& config_;
    AdapterTable adapters_;
    CredentialCache credentials_{[](const Secret& secret) { log::register_secret(secret); }};
    std::unique_ptr<HttpClient> client_;
    std::vector<SurveyedTask> tasks_;
};

}  // namespace

std::vector<SurveyedTask> survey_tasks(const Config& config) { return Survey{config}.run(); }

}  // namespace taktd
