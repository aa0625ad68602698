// SPDX-License-Identifier: Apache-2.0
// One exchange, on a loop of its own.
#include "daemon/ctl/commands/daemon_client.hpp"

#include <cerrno>
#include <cstring>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <unistd.h>

#include "daemon/ctl/commands/operator_name.hpp"
#include "daemon/net/client.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/settings/store_path.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::ctl {

std::string control_socket(const Options& options) {
    if (!options.socket.empty()) return options.socket;
    return read_control_socket(options.config_path()).value_or(Settings{}.control_socket);
}

namespace {

HttpResult put(const std::string& socket, const Question& question) {
    asio::io_context io{1};
    const auto client = create_http_client(io.get_executor());
    HttpExchange asked;
    asked.endpoint = {.tls = false, .host = "taktd", .port = "80", .unix_path = socket};
    asked.request.method = question.method;
    asked.request.target = question.path;
    asked.request.headers = {
        {"Taktd-Actor", operator_name()}, {"Content-Type", "application/json"}, {"Accept", question.accept}};
    if (!question.idempotency_key.empty())
        asked.request.headers.emplace_back("Idempotency-Key", question.idempotency_key);
    if (question.method != "GET") asked.request.body = json::serialize(question.body);
    asked.timeout = question.timeout;
    asked.reuse = Reuse::never;
    HttpResult result;
    asio::co_spawn(io, client->perform(std::move(asked)), [&](std::exception_ptr failure, HttpResult done) {
        if (failure) std::rethrow_exception(failure);
        result = std::move(done);
    });
    io.run();
    return result;
}

Answer unreachable(const std::string& socket, const HttpResult& result) {
    if (result.failure.kind != HttpFailure::Kind::connect)
        return failure("taktd does not answer at " + socket + ": " + result.failure.message, kUnreachable);
    if (::access(socket.c_str(), W_OK) != 0 && errno == EACCES)
        return failure(socket + ": permission denied; you need the group of the socket (sudo usermod -aG taktd " +
                           operator_name() + ", then log in again), or use sudo",
                       kUnreachable);
    return failure("nobody answers at " + socket +
                       ": taktd is not running (systemctl status taktd). To stop what it owes: sudo -u taktd taktctl "
                       "stop-all --offline",
                   kUnreachable);
}

/// The sentence, and what a refused config is refused for.
Answer refused(const json::object& problem) {
    Answer answer = failure(text_in(problem, "detail"));
    for (const char* list : {"errors", "objections"}) {
        const json::value* lines = problem.if_contains(list);
        if (lines == nullptr || !lines->is_array()) continue;
        std::string text;
        for (const json::value& line : lines->get_array()) {
            if (line.is_string())
                text += std::string{line.get_string()} + (line.get_string().ends_with('\n') ? "" : "\n");
        }
        answer.err = text + answer.err;
    }
    return answer;
}

}  // namespace

namespace {

constexpr int kRefusedFrom = 400;

Reached read_answer(const std::string& socket, const HttpResult& result) {
    if (!result.response) {
        const bool is_there = result.failure.kind != HttpFailure::Kind::connect;
        return {is_there, unexpected{unreachable(socket, result)}};
    }
    boost::system::error_code error;
    json::value said = json::parse(result.response->body, error);
    if (error || !said.is_object())
        return {true, unexpected{failure("what answers at " + socket + " is not taktd", kUnreachable)}};
    if (result.response->status >= kRefusedFrom) return {true, unexpected{refused(said.get_object())}};
    return {true, std::move(said.get_object())};
}

}  // namespace

Reached reach_daemon(const Options& options, const Question& question) {
    const std::string socket = control_socket(options);
    return read_answer(socket, put(socket, question));
}

ReachedText reach_daemon_for_text(const Options& options, Question question) {
    question.accept = "text/plain";
    const std::string socket = control_socket(options);
    HttpResult result = put(socket, question);
    if (result.response && result.response->status < kRefusedFrom) return {true, std::move(result.response->body)};
    Reached refusal = read_answer(socket, result);
    return {refusal.is_there, unexpected{std::move(refusal.said.error())}};
}

Result<json::object, Answer> ask_daemon(const Options& options, const Question& question) {
    return std::move(reach_daemon(options, question).said);
}

Result<std::string, Answer> segment_of_run(const std::string& run, const Context& context) {
    const std::size_t at = run.rfind('@');
    if (at == std::string::npos) return escaped(run);
    const auto time = report::parse_instant(std::string_view{run}.substr(at + 1), context.now, *context.zone);
    if (!time) return unexpected{failure(time.error(), kUsage)};
    return escaped(run.substr(0, at + 1) + to_rfc3339(*time));
}

Result<json::object, Answer> ask_of_run(const Options& options, const std::string& run, const Context& context) {
    const auto segment = segment_of_run(run, context);
    if (!segment) return unexpected{segment.error()};
    auto said = ask_daemon(options, {.path = "/api/v1/runs/" + *segment + "?bodies=false"});
    if (!said) return unexpected{std::move(said.error())};
    const json::value* found = said->if_contains("run");
    if (found == nullptr || !found->is_object())
        return unexpected{failure("the answer cannot be read; is taktd another version?")};
    return found->get_object();
}

std::string escaped(const std::string& segment) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~@:";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string text;
    for (const char c : segment) {
        const auto byte = static_cast<unsigned char>(c);
        if (kPlain.find(c) != std::string_view::npos) {
            text += c;
        } else {
            text += {'%', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
    return text;
}

std::string text_in(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(json::string_view{member.data(), member.size()});
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::string short_id_in(const json::object& run) {
    const auto id = RunId::parse(text_in(run, "id"));
    return id ? report::short_id(*id) : text_in(run, "id");
}

std::optional<WallTime> instant_in(const json::object& object, std::string_view member) {
    const auto written = parse_time(text_in(object, member));
    if (!written) return std::nullopt;
    const auto instant = instant_of(*written, *Zone::utc());
    return instant ? std::optional{*instant} : std::nullopt;
}

}  // namespace taktd::ctl
