// SPDX-License-Identifier: Apache-2.0
// The herd: many jobs due at one instant, no limit in the way. Prints how many starts per second get a durable intent,
// a request, an answer and a durable outcome, and what each part could do alone, so that the slowest is known.
// usage: bench_herd [JOBS] [engine|store|http|both|all] [LOG LEVEL]
// With the second, one part only, for a profiler. The level is info, as the daemon's is; at warning no start has a
// line.
#include <cstdio>

#include <boost/asio/co_spawn.hpp>

#include "providers/registry.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/scene.hpp"
#include "tests/bench/short_shell.hpp"
#include "tests/bench/vendor.hpp"

namespace taktd::bench {
namespace {

using Steps = std::vector<Append>;

constexpr Duration kWindow = std::chrono::hours{1};
constexpr std::size_t kExchangesAtOnce = 256;  // as many as the engine has in flight per account

using Took = Stopwatch::Taken;

void print(const char* what, std::size_t starts, const Took& took, const std::string& more = "") {
    const auto count = static_cast<double>(starts);
    std::printf("%-42s %7.0f starts/s  each %6.1f us, of processors %6.1f us  %s\n", what,
                count / seconds(took.elapsed), seconds(took.elapsed) * 1e6 / count, seconds(took.busy) * 1e6 / count,
                more.c_str());
    std::fflush(stdout);
    record(what, count / seconds(took.elapsed), "starts/s");
    record(std::string{what} + ", of processors", seconds(took.busy) * 1e6 / count, "us");
}

std::vector<Job> herd(const ProviderPtr& provider, std::size_t count, WallTime due) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < count; ++i) jobs.push_back(once(provider, i, due, kWindow));
    return jobs;
}

/// A config that is due a little after it is loaded.
constexpr Duration kLead = std::chrono::milliseconds{1500};

ConfigPtr due_soon(const ProviderPtr& provider, std::size_t count, WallTime& due) {
    due = read_time().wall + kLead;
    return config_of(provider, herd(provider, count, due));
}

/// The rows that it wrote, for the store alone.
Steps engine_alone(const ProviderPtr& provider, std::size_t count) {
    Steps steps;
    ShortShell shell;
    shell.append = [&](Append append) {
        shell.put(Durable{append.step});
        steps.push_back(std::move(append));
    };
    WallTime due;
    shell.open(due_soon(provider, count, due));
    steps.clear();
    shell.ahead = kLead;
    const Stopwatch watch;
    shell.put(Wake{});
    shell.settle();
    const Took took = watch.taken();
    std::size_t rows = 0;
    for (const auto& step : steps) rows += step.rows.size();
    print("engine alone", shell.answered, took,
          std::to_string(steps.size()) + " steps, " + std::to_string(rows) + " rows");
    return steps;
}

void store_alone(const std::string& path, Steps steps, std::size_t count) {
    DurableStep durable;
    WatchedStore store{path, {.wanted = count}};
    store.load();
    StoreEvents events;
    events.durable = [&](std::uint64_t step) { durable.set(step); };
    store.start(std::move(events));
    const std::uint64_t last = steps.back().step;
    const Stopwatch watch;
    for (auto& step : steps) store.append(step.step, std::move(step.rows));
    std::uint64_t known = 0;
    while (known < last) known = durable.wait_beyond(known);
    print("store alone (the same rows, all queued)", count, watch.taken(),
          std::to_string(store.commits()) + " commits");
}

void engine_and_store(const ProviderPtr& provider, const std::string& path, std::size_t count) {
    DurableStep durable;
    WatchedStore store{path, {.wanted = count}};
    store.load();
    StoreEvents events;
    events.durable = [&](std::uint64_t step) { durable.set(step); };
    store.start(std::move(events));
    ShortShell shell;
    std::uint64_t newest = 0, known = 0;
    shell.append = [&](Append append) {
        newest = append.step;
        store.append(append.step, std::move(append.rows));
    };
    WallTime due;
    shell.open(due_soon(provider, count, due));
    shell.ahead = kLead;
    const Stopwatch watch;
    shell.put(Wake{});
    shell.settle();
    while (known < newest) {
        known = durable.wait_beyond(known);
        shell.put(Durable{known});
        shell.settle();
    }
    print("engine + store (answers at once)", shell.answered, watch.taken(),
          std::to_string(store.commits()) + " commits");
}

/// Signs, exchanges and decodes, without engine and store.
class HttpAlone {
public:
    HttpAlone(ProviderPtr provider, std::size_t count) : provider_{std::move(provider)}, left_{count} {}

    void run() {
        const std::size_t count = left_;
        const Stopwatch watch;
        for (std::size_t i = 0; i < kExchangesAtOnce; ++i)
            asio::co_spawn(io_, work(), [this](std::exception_ptr failure) {
                if (failure) std::rethrow_exception(failure);
                if (++ended_ == kExchangesAtOnce) client_->close_idle();
            });
        io_.run();
        print("http alone (sign, exchange, decode)", count, watch.taken(),
              failed_ == 0 ? "" : std::to_string(failed_) + " FAILED");
    }

private:
    Async<void> work() {
        while (left_ > 0) {
            --left_;
            CallSpec spec;
            spec.action = Action::start;
            spec.provider = provider_;
            spec.task_ids.emplace_back("1000000");
            HttpExchange exchange;
            exchange.endpoint = *parse_endpoint(provider_->endpoint);
            exchange.request = adapter_->encode(spec, credentials_, read_time().wall).value();
            exchange.reuse = Reuse::never;  // as every start
            HttpResult result = co_await client_->perform(std::move(exchange));
            const bool good = result.response && adapter_->decode(spec, *result.response).outcome == Outcome::accepted;
            if (!good) ++failed_;
        }
    }

    asio::io_context io_{1};
    ProviderPtr provider_;
    std::unique_ptr<Adapter> adapter_ = find_provider("tencent-cfg")->create_adapter();
    Credentials credentials_{{"secret_id", Secret{"an-id"}}, {"secret_key", Secret{"a-key"}}};
    std::unique_ptr<HttpClient> client_ = create_http_client(io_.get_executor());
    std::size_t left_, ended_ = 0, failed_ = 0;
};

void everything(const ProviderPtr& provider, const std::string& path, std::size_t count) {
    std::size_t not_accepted = 0;
    Watch watch;
    watch.wanted = count;
    watch.sees = [&](const Row& row) {
        if (is_start_outcome(row) && std::get<CallRow>(row).result->outcome != Outcome::accepted) ++not_accepted;
    };
    Scene scene{path, std::move(watch)};
    WallTime due;
    const ConfigPtr config = due_soon(provider, count, due);
    const Stopwatch watched;  // its processor time holds the quiet second before the due instant as well
    const bool complete = scene.run(config);
    Took took = watched.taken();
    took.elapsed = scene.store().completed().wall - due;
    if (!complete) {
        std::printf("everything: NOT COMPLETE\n");
        return;
    }
    print("everything, due instant to last outcome", count, took,
          std::to_string(scene.store().commits()) + " commits" +
              (not_accepted == 0 ? "" : ", NOT ACCEPTED " + std::to_string(not_accepted)));
}

void measure(std::size_t count, const std::string& part) {
    const auto wants = [&](const char* name) { return part.empty() || part == name; };
    const Vendor vendor;
    const Directory directory;
    const ProviderPtr provider = open_provider(vendor.endpoint());
    std::printf("herd of %zu jobs due at one instant; budget: 20000 starts/s\n", count);
    print_machine(directory.path());
    if (wants("engine") || wants("store")) {
        Steps steps = engine_alone(provider, count);
        if (wants("store")) store_alone(directory.file("store.db"), std::move(steps), count);
    }
    if (wants("http")) HttpAlone{provider, count}.run();
    if (wants("both")) engine_and_store(provider, directory.file("both.db"), count);
    for (int i = 0; i < 3 && wants("all"); ++i)
        everything(provider, directory.file("all-" + std::to_string(i) + ".db"), count);
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) {
    const auto level = taktd::log::parse_level(argc > 3 ? argv[3] : "info");
    if (!level) return std::fprintf(stderr, "bench_herd: no log level is called '%s'\n", argv[3]), 2;
    taktd::log::setup({.level = *level, .sink = [](std::string_view) {}});
    taktd::bench::measure(taktd::bench::argument(argc, argv, 1, 10'000), argc > 2 ? argv[2] : "");
}
