// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scene.hpp"

#include <cstdlib>
#include <stdexcept>

#include <boost/asio/post.hpp>

#include "providers/registry.hpp"

namespace taktd::bench {
namespace {

constexpr const char* kType = "tencent-cfg";

void hide(const Secret& secret) { log::register_secret(secret); }

std::unique_ptr<Store> open_store(const std::string& path) {
    auto store = Store::open({.path = path, .create = true});
    if (!store) throw std::runtime_error{store.error()};
    return std::move(*store);
}

}  // namespace

std::shared_ptr<ProviderSpec> open_provider(const std::string& endpoint) {
    ::setenv("TAKTD_BENCH_SECRET", "a-secret-of-the-benchmark", 0);
    auto provider = std::make_shared<ProviderSpec>();
    provider->name = "chaos";
    provider->type = kType;
    provider->endpoint = endpoint;
    provider->region = "ap-guangzhou";
    provider->credentials = {{"secret_id", "${env:TAKTD_BENCH_SECRET}"}, {"secret_key", "${env:TAKTD_BENCH_SECRET}"}};
    provider->account = std::string{kType} + "|" + endpoint + "|bench";
    provider->rate_limit = {.interval = Duration{1}, .burst = 1'000'000};
    provider->poll_interval = std::chrono::hours{1};
    provider->baseline = false;
    provider->traits = find_provider(kType)->create_adapter()->schema().traits;
    return provider;
}

Job once(const ProviderPtr& provider, std::size_t number, WallTime start, Duration window) {
    Job job;
    job.name = "drill-" + std::to_string(number);
    job.provider = provider;
    job.task.task_id = std::to_string(1'000'000 + number);
    job.task.start_json = R"({"start_by":"modify_status"})";
    job.task.stop_json = R"({"is_expect":true,"summary":"{job}: ended on schedule, {elapsed} after {started}"})";
    job.task.on_abort_json = R"({"is_expect":false,"summary":"{job}: {cause} by {actor}"})";
    job.task_key = task_key_of(*provider, job.task.task_id);
    job.schedule.rules.emplace_back(OnceRule{start});
    job.stop = StopAfter{window};
    return job;
}

ConfigPtr config_of(const ProviderPtr& provider, const std::vector<Job>& jobs) {
    auto config = std::make_shared<Config>();
    config->providers.emplace(provider->name, provider);
    for (const auto& job : jobs) config->jobs.emplace(job.name, std::make_shared<const Job>(job));
    return config;
}

bool is_start_outcome(const Row& row) {
    const auto* call = std::get_if<CallRow>(&row);
    return call != nullptr && call->action == Action::start && call->result;
}

WatchedStore::WatchedStore(const std::string& path, Watch watch) : store_{open_store(path)}, watch_{std::move(watch)} {}

void WatchedStore::start(StoreEvents events) {
    events.durable = [this, durable = std::move(events.durable)](std::uint64_t step) {
        note_durable(step);
        durable(step);
    };
    store_->start(std::move(events));
}

void WatchedStore::append(std::uint64_t step, SharedRows rows) {
    std::size_t count = 0;
    for (const auto& row : *rows) {
        watch_.sees(row);
        if (watch_.counts(row)) ++count;
    }
    {
        const std::lock_guard lock{mutex_};
        counted_.emplace_back(step, count);
    }
    store_->append(step, std::move(rows));
}

bool WatchedStore::close_clean(std::vector<LimiterRow> limiters, Duration wait) {
    return store_->close_clean(std::move(limiters), wait);
}

void WatchedStore::note_durable(std::uint64_t step) {
    bool complete = false;
    ++commits_;
    {
        const std::lock_guard lock{mutex_};
        const bool was_complete = durable_ >= watch_.wanted;
        for (; !counted_.empty() && counted_.front().first <= step; counted_.pop_front())
            durable_ += counted_.front().second;
        complete = !was_complete && durable_ >= watch_.wanted;
    }
    if (!complete) return;
    completed_ = read_time();
    on_complete_();
}

Scene::Scene(const std::string& store_path, Watch watch)
    : credentials_{hide},
      client_{create_http_client(io_.get_executor())},
      store_{store_path, std::move(watch)},
      patience_{io_.get_executor()} {
    for (const auto& entry : providers()) adapters_.add(entry.type, entry.create_adapter());
    loop_ = std::make_unique<EngineLoop>(
        io_.get_executor(),
        EngineLoop::Parts{
            .store = store_, .client = *client_, .adapters = adapters_, .credentials = credentials_, .seed = 1});
    store_.on_complete([this] {
        asio::post(io_, [this] {
            complete_ = true;
            end();
        });
    });
}

Scene::~Scene() = default;

bool Scene::run(const ConfigPtr& config) {
    patience_.expires_after(kPatience);
    patience_.async_wait([this](boost::system::error_code error) {
        if (!error) end();
    });
    loop_->recover(store_.load(), read_boot_id());
    loop_->load(config);
    io_.run();
    return complete_;
}

void Scene::end() {
    patience_.cancel();
    loop_->close();
    client_->close_idle();
}

}  // namespace taktd::bench
