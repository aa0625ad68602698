// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/api_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "daemon/control/control_socket.hpp"
#include "daemon/runtime/clock.hpp"
#include "tests/fuzz/property.hpp"

namespace taktd::fuzz {
namespace {

namespace sample = taktd::testing;
using control::Door;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;
constexpr const char* kEngine = "taktd";  // the actor of what nobody asked for

JobPtr job(const std::string& name, ProviderPtr provider, std::vector<StartRule> rules) {
    auto made = std::make_shared<Job>();
    made->name = name;
    made->task.task_id = name;
    made->task_key = task_key_of(*provider, name);
    made->provider = std::move(provider);
    made->schedule.rules = std::move(rules);
    made->stop = StopAfter{24h};
    made->labels["team"] = "checkout";
    return made;
}

/// A live job, one to come, and a provider that can pause.
ConfigPtr make_config(WallTime now) {
    auto provider = fakes::provider("perf");
    provider->baseline = false;
    provider->poll_interval = 1h;
    provider->traits.can_pause = true;
    auto config = std::make_shared<Config>();
    config->providers["perf"] = provider;
    config->jobs["load"] = job("load", provider, {});
    config->jobs["drill"] = job("drill", provider, {OnceRule{now + 24h * 30}});
    return config;
}

control::Access::Rules rules() {
    control::Access::Rules rules;
    rules.host = "127.0.0.1";
    rules.port = "8484";
    rules.operator_digest = control::Access::digest_of(Secret{"token-of-an-operator"});
    rules.viewer_digest = control::Access::digest_of(Secret{"token-of-one-who-looks"});
    return rules;
}

}  // namespace

Async<control::Reload> ApiWorld::Host::reload(bool is_rehearsal) {
    control::Reload reload;
    if (reloads++ % 2 == 1) reload.errors.emplace_back("error: there is no job 'a'");
    reload.is_applied = !is_rehearsal && reload.errors.empty();
    if (reload.is_applied) ++*changes;
    co_return reload;
}

std::function<std::string()> ApiWorld::Host::scrape() {
    return [] { return std::string{"taktd_build_info 1\n"}; };
}

ApiWorld::ApiWorld() : events_{io_.get_executor(), "beef"} {
    log::setup({.level = log::Level::error, .sink = [](std::string_view) {}});
    adapters_.add("fake", std::make_unique<fakes::FakeAdapter>());
    store_ = sample::open_store(directory_.path());
    loop_ = std::make_unique<EngineLoop>(
        io_.get_executor(),
        EngineLoop::Parts{
            .store = *store_, .client = vendor_, .adapters = adapters_, .credentials = credentials_, .seed = 1});
    host_.begun = read_time().wall;
    host_.in_force.config = make_config(host_.begun);
    host_.changes = &changes_;
    loop_->follow(events_.teller());
    events_.watch([this] { return loop_->status(); });
    loop_->recover(store_->load(), "boot");
    loop_->load(host_.in_force.config);
    api_ = std::make_unique<control::Api>(
        io_.get_executor(), control::Api::Parts{*loop_, *store_, directory_.path(), workers_, host_, events_});
    api_->open(rules(), false);
    loop_->on_reply([this](const Reply& reply) { api_->take(reply); });
    loop_->on_rows([this](const std::vector<Row>& rows) { note(rows); });
    const RunId first = begin_run("first");
    loop_->take(Command{1, "fuzz", DischargeRun{first, "it is over"}});
    begin_run("second");
    serve(Door::socket);
    serve(Door::tcp);
    changes_ = 0;
}

ApiWorld::~ApiWorld() {
    for (Served& served : served_) served.end.emit(asio::cancellation_type::terminal);
    api_->close();
    loop_->close();
    io_.restart();
    io_.run();
    require(workers_.end(kPatience), "no question to the store is left behind");
    store_->close_clean({}, kPatience);
    loop_.reset();
}

RunId ApiWorld::begin_run(const std::string& key) {
    running_.reset();
    loop_->take(Command{1, "fuzz", StartJob{.job = "load", .run_for = {}, .request_key = key}});
    run_until([this] { return running_ && loop_->is_durable(); }, "a run is live");
    while (io_.poll() > 0) {}
    return *running_;
}

void ApiWorld::serve(Door door) {
    Served& served = at(door);
    HttpServerOptions options = control::server_options();
    served.path = directory_.path(door == Door::tcp ? "tcp.sock" : "control.sock");
    options.unix_path = served.path;
    served.server = create_http_server(io_.get_executor(), std::move(options),
                                       [this, door](HttpRequest request) { return answer(std::move(request), door); });
    asio::co_spawn(io_, served.server->run(),
                   asio::bind_cancellation_slot(served.end.slot(), [](std::exception_ptr) {}));
}

void ApiWorld::note(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        const auto* action = std::get_if<ActionRow>(&row);
        const auto* transition = std::get_if<TransitionRow>(&row);
        if (action != nullptr && action->is_ok && action->actor != kEngine) ++changes_;
        if (transition != nullptr && transition->actor != kEngine) ++changes_;
        if (transition != nullptr && transition->to == RunState::running) running_ = transition->run;
    }
}

Async<HttpReply> ApiWorld::answer(HttpRequest request, Door door) {
    Exchange exchange{.method = request.method, .target = request.target, .response = {}};
    const std::uint64_t before = changes_;
    HttpReply reply = co_await api_->answer(std::move(request), door);
    exchange.response = reply.response;
    exchange.is_stream = static_cast<bool>(reply.stream);
    exchange.has_changed = changes_ != before;
    talk_->exchanges.push_back(std::move(exchange));
    co_return reply;
}

Async<void> ApiWorld::speak(std::string path, const std::string& bytes, Talk& talk) {
    asio::local::stream_protocol::socket socket{io_};
    const asio::local::stream_protocol::endpoint server{path};
    co_await socket.async_connect(server, asio::use_awaitable);
    boost::system::error_code ended;  // the server may have heard enough at any time
    auto until_end = asio::redirect_error(asio::use_awaitable, ended);
    const auto whole = asio::buffer(bytes);
    co_await asio::async_write(socket, whole, until_end);
    boost::system::error_code ignored;
    socket.shutdown(asio::local::stream_protocol::socket::shutdown_send, ignored);
    auto heard = asio::dynamic_buffer(talk.said);
    co_await asio::async_read(socket, heard, until_end);
}

ApiWorld::Talk ApiWorld::talk(Door door, const std::string& bytes) {
    Talk talk;
    talk_ = &talk;
    bool has_ended = false;
    std::exception_ptr failure;
    asio::co_spawn(io_, speak(at(door).path, bytes, talk), [&](std::exception_ptr caught) {
        failure = caught;
        has_ended = true;
    });
    run_until([&] { return has_ended; }, "a connection comes to its end");
    require(!failure, "a connection is accepted");
    return talk;
}

void ApiWorld::run_until(const std::function<bool()>& condition, const char* what) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    io_.restart();
    while (!condition()) {
        require(std::chrono::steady_clock::now() < deadline, what);
        io_.run_one_for(100ms);
    }
}

}  // namespace taktd::fuzz
