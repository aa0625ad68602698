// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/problem.hpp"

#include <map>
#include <utility>

namespace taktd::control {
namespace {

constexpr int kUnauthorized = 401, kTooMany = 429, kUnavailable = 503;

std::string title_of(const Problem& problem) {
    static const std::map<std::string, std::string> kTitles{
        {"form", "The request cannot be understood"},
        {"no_such_path", "There is no such path"},
        {"no_such_job", "There is no such job"},
        {"no_such_run", "There is no such run"},
        {"no_such_provider", "There is no such provider"},
        {"method", "The path has no such method"},
        {"state", "The state does not allow it"},
        {"blocked", "A rule forbids it"},
        {"objections", "The config cannot take over now"},
        {"config", "The config has errors"},
        {"store", "The store cannot be used now"},
        {"busy", "Too many requests wait"},
        {"token", "The token is missing or wrong"},
        {"role", "The role does not allow it"},
        {"origin", "Another origin may not ask"},
        {"host", "The Host is not taktd's"},
        {"tokens", "Too many wrong tokens"},
        {"ambiguous", "Several have this name"},
        {"gone", "It is no longer kept"},
    };
    const auto title = kTitles.find(problem.code);
    return title == kTitles.end() ? "The request was not carried out" : title->second;
}

HttpResponse response_with(int status, const char* content_type, const json::object& body) {
    HttpResponse response;
    response.status = status;
    response.headers = {
        {"Content-Type", content_type}, {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
    response.body = json::serialize(body) + "\n";
    return response;
}

}  // namespace

HttpResponse response_of(const Problem& problem) {
    json::object body{{"type", "https://taktd.invalid/problems/" + problem.code},
                      {"status", problem.status},
                      {"title", title_of(problem)},
                      {"detail", problem.detail},
                      {"code", problem.code}};
    for (const auto& [name, value] : problem.extra) body[name] = value;
    HttpResponse response = response_with(problem.status, "application/problem+json", body);
    if (problem.status == kUnauthorized) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (problem.status == kTooMany) response.headers.emplace_back("Retry-After", "60");
    if (problem.status == kUnavailable) response.headers.emplace_back("Retry-After", "1");
    return response;
}

HttpResponse json_response(int status, const json::object& body) {
    return response_with(status, "application/json", body);
}

Problem malformed(std::string detail) { return {400, "form", std::move(detail)}; }
Problem store_problem(std::string detail) { return {kUnavailable, "store", std::move(detail)}; }

}  // namespace taktd::control
