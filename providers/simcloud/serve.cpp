// SPDX-License-Identifier: Apache-2.0
// One event loop; every connection is joined before serve() returns.
#include "providers/simcloud/serve.hpp"

#include <csignal>
#include <ostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "daemon/net/clock.hpp"
#include "daemon/net/task_group.hpp"
#include "providers/simcloud/admin.hpp"

namespace taktd::simcloud {

namespace {

class Shell {
public:
    Shell(const ServeOptions& options, std::ostream& out, std::ostream& notes)
        : options_{options}, out_{out}, notes_{notes}, cloud_{options.seed} {}

    Result<void> run() {
        for (const auto& each : options_.providers) {
            auto added = cloud_.add(each);
            if (!added) return unexpected{added.error()};
            auto* provider = *added;
            auto listening = listen(each.listen, true, [this, provider](HttpRequest request) {
                return answer(*provider, std::move(request));
            });
            if (!listening) return unexpected{each.name + ": " + listening.error()};
            provider->url = *listening;
            lines_.push_back(provider->name + " on " + provider->url);
        }
        for (const auto& task : options_.tasks)
            if (const auto done = cloud_.define(task); !done) return unexpected{done.error()};
        for (const auto& each : options_.templates)
            if (const auto done = cloud_.define(each); !done) return unexpected{done.error()};
        for (const auto& rule : options_.faults)
            if (const auto added = cloud_.faults().add(rule); !added) return unexpected{added.error()};
        auto admin =
            listen(options_.admin, false, [this](HttpRequest request) { return administer(std::move(request)); });
        if (!admin) return unexpected{"admin: " + admin.error()};
        lines_.push_back("admin on " + *admin);

        std::exception_ptr failure;
        asio::co_spawn(io_, live(), [&](std::exception_ptr f) { failure = f; });
        io_.run();
        if (failure) std::rethrow_exception(failure);
        return {};
    }

private:
    Result<std::string> listen(const Listen& where, bool tls_allowed, HttpServer::Handler handler) {
        HttpServerOptions options;
        options.address = where.address;
        options.port = where.port;
        if (tls_allowed) {
            options.certificate_file = options_.certificate_file;
            options.key_file = options_.key_file;
        }
        Endpoint url;
        url.tls = !options.certificate_file.empty();
        url.host = where.address;
        try {
            servers_.push_back(create_http_server(io_.get_executor(), options, std::move(handler)));
        } catch (const boost::system::system_error& e) {
            return unexpected{"cannot listen on " + where.address + ":" + std::to_string(where.port) + ": " + e.what()};
        }
        url.port = std::to_string(servers_.back()->port());
        return (url.tls ? "https://" : "http://") + url.host_header();
    }

    Async<void> live() {
        TaskGroup group{io_.get_executor()};
        for (auto& server : servers_) group.spawn(server->run());
        asio::signal_set signals{io_, SIGINT, SIGTERM};
        for (const auto& line : lines_) out_ << "simcloud: " << line << std::endl;
        out_ << "simcloud: ready" << std::endl;
        co_await signals.async_wait(asio::use_awaitable);
        group.cancel();
        co_await group.join();
    }

    Async<HttpReply> answer(Cloud::Provider& provider, HttpRequest request) {
        const WallTime now = read_clocks().wall;
        auto reply = cloud_.handle(provider, request, now);
        if (options_.verbose) note(provider, provider.journal.entries().back());
        HttpReply delivered = co_await in_its_time(std::move(reply));
        co_return delivered;
    }

    Async<HttpReply> administer(HttpRequest request) {
        HttpReply reply;
        reply.response = simcloud::administer(cloud_, request, read_clocks().wall);
        co_return reply;
    }

    void note(const Cloud::Provider& provider, const Entry& entry) {
        notes_ << to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(entry.at)) << " " << provider.name << " "
               << (entry.call.action ? taktd::name_of(*entry.call.action) : "?");
        for (const auto& id : entry.call.task_ids) notes_ << " " << id;
        notes_ << " -> " << (entry.status == 0 ? "no answer" : std::to_string(entry.status));
        if (!entry.fault.empty()) notes_ << " (" << entry.fault << ")";
        notes_ << std::endl;
    }

    const ServeOptions& options_;
    std::ostream& out_;
    std::ostream& notes_;
    Cloud cloud_;
    asio::io_context io_{1};
    std::vector<std::unique_ptr<HttpServer>> servers_;
    std::vector<std::string> lines_;
};

}  // namespace

Result<void> serve(const ServeOptions& options, std::ostream& out, std::ostream& notes) {
    Shell shell{options, out, notes};
    return shell.run();
}

}  // namespace taktd::simcloud
