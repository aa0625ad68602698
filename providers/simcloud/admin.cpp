// SPDX-License-Identifier: Apache-2.0
// The routes of the admin port and the JSON they give. Instants come twice: readable, and as nanoseconds for scripts.
#include "providers/simcloud/admin.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace taktd::simcloud {

namespace {

namespace json = boost::json;

HttpResponse answer(int status, const json::value& body) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = json::serialize(body) + "\n";
    return response;
}

HttpResponse refuse(int status, const std::string& why) {
    json::object body;
    body["error"] = why;
    return answer(status, body);
}

json::object describe(const TwinRun& run) {
    json::object o;
    o["task_id"] = run.task_id;
    o["started"] = to_rfc3339(run.started);
    o["started_ns"] = to_ns(run.started);
    o["ended"] = nullptr;
    o["ended_ns"] = nullptr;
    if (run.ended) {
        o["ended"] = to_rfc3339(*run.ended);
        o["ended_ns"] = to_ns(*run.ended);
    }
    o["ended_by"] = run.ended_by;
    o["residue"] = run.residue;
    return o;
}

json::object describe(const TwinCreated& task) {
    json::object o;
    o["task_id"] = task.task_id;
    o["template_id"] = task.template_id;
    o["title"] = task.title;
    o["created"] = to_rfc3339(task.created);
    o["created_ns"] = to_ns(task.created);
    return o;
}

HttpResponse truth(Cloud& cloud, const HttpRequest&, WallTime now) {
    json::array providers;
    Truth total;
    for (const auto& provider : cloud.providers()) {
        provider->twin->advance(now);
        const auto truth = truth_of(provider->twin->runs(), provider->journal, provider->starts_apart);
        json::array runs;
        for (const auto& run : truth.runs) runs.push_back(describe(run));
        json::object o;
        o["name"] = provider->name;
        o["type"] = provider->type;
        o["url"] = provider->url;
        o["starts"] = truth.starts;
        o["doubled"] = truth.doubled;
        o["starts_while_running"] = truth.starts_while_running;
        o["still_running"] = truth.still_running;
        o["requests"] = provider->journal.count();
        o["peak_per_second"] = provider->journal.peak_per_second();
        o["runs"] = std::move(runs);
        json::array created;
        for (const auto& task : provider->twin->created()) created.push_back(describe(task));
        o["created"] = std::move(created);
        providers.push_back(std::move(o));
        total.starts += truth.starts;
        total.doubled += truth.doubled;
        total.starts_while_running += truth.starts_while_running;
        total.still_running += truth.still_running;
    }
    json::object body;
    body["now"] = to_rfc3339(now);
    body["now_ns"] = to_ns(now);
    body["starts"] = total.starts;
    body["doubled"] = total.doubled;
    body["starts_while_running"] = total.starts_while_running;
    body["still_running"] = total.still_running;
    body["providers"] = std::move(providers);
    return answer(200, body);
}

HttpResponse log(Cloud& cloud, const HttpRequest&, WallTime) {
    std::vector<std::pair<const Cloud::Provider*, const Entry*>> entries;
    for (const auto& provider : cloud.providers())
        for (const auto& entry : provider->journal.entries()) entries.emplace_back(provider.get(), &entry);
    std::ranges::stable_sort(entries, {}, [](const auto& e) { return e.second->at; });
    json::array requests;
    for (const auto& [provider, entry] : entries) {
        json::object o;
        o["at"] = to_rfc3339(entry->at);
        o["at_ns"] = to_ns(entry->at);
        o["provider"] = provider->name;
        o["action"] = nullptr;
        if (entry->call.action) o["action"] = std::string{taktd::name_of(*entry->call.action)};
        json::array ids;
        for (const auto& id : entry->call.task_ids) ids.emplace_back(id);
        o["task_ids"] = std::move(ids);
        o["status"] = entry->status;
        o["fault"] = nullptr;
        if (!entry->fault.empty()) o["fault"] = entry->fault;
        o["reached"] = entry->reached;
        requests.push_back(std::move(o));
    }
    json::object body;
    body["requests"] = std::move(requests);
    return answer(200, body);
}

HttpResponse list_faults(Cloud& cloud, const HttpRequest&, WallTime) {
    json::array rules;
    for (const auto& rule : cloud.faults().rules()) {
        json::object o;
        o["rule"] = rule.text;
        o["matched"] = rule.matched;
        o["fired"] = rule.fired;
        rules.push_back(std::move(o));
    }
    json::object body;
    body["faults"] = std::move(rules);
    return answer(200, body);
}

std::vector<std::string> lines_of(const std::string& body) {
    auto lines = split(body, '\n');
    for (auto& line : lines)
        while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
    std::erase_if(lines, [](const std::string& line) { return line.empty(); });
    return lines;
}

HttpResponse add_faults(Cloud& cloud, const HttpRequest& request, WallTime now) {
    const auto lines = lines_of(request.body);
    for (const auto& line : lines)  // all or none
        if (const auto rule = parse_fault(line); !rule) return refuse(400, rule.error());
    for (const auto& line : lines)
        if (const auto added = cloud.faults().add(line); !added) return refuse(400, added.error());
    return list_faults(cloud, request, now);
}

HttpResponse clear_faults(Cloud& cloud, const HttpRequest& request, WallTime now) {
    cloud.faults().clear();
    return list_faults(cloud, request, now);
}

template <class Parse>
HttpResponse define_lines(Cloud& cloud, const HttpRequest& request, Parse parse) {
    std::size_t defined = 0;
    for (const auto& line : lines_of(request.body)) {
        const auto definitions = parse(line);
        if (!definitions) return refuse(400, definitions.error());
        for (const auto& each : *definitions) {
            if (const auto done = cloud.define(each); !done) return refuse(400, done.error());
            ++defined;
        }
    }
    json::object body;
    body["defined"] = defined;
    return answer(200, body);
}

HttpResponse add_tasks(Cloud& cloud, const HttpRequest& request, WallTime) {
    return define_lines(cloud, request, parse_tasks);
}

HttpResponse add_templates(Cloud& cloud, const HttpRequest& request, WallTime) {
    return define_lines(cloud, request, parse_templates);
}

struct Route {
    std::string_view method, path;
    HttpResponse (*perform)(Cloud&, const HttpRequest&, WallTime);
};
constexpr Route kRoutes[] = {
    {"GET", "/_simcloud/truth", truth},
    {"GET", "/_simcloud/log", log},
    {"GET", "/_simcloud/faults", list_faults},
    {"POST", "/_simcloud/faults", add_faults},
    {"DELETE", "/_simcloud/faults", clear_faults},
    {"POST", "/_simcloud/tasks", add_tasks},
    {"POST", "/_simcloud/templates", add_templates},
};

}  // namespace

HttpResponse administer(Cloud& cloud, const HttpRequest& request, WallTime now) {
    bool known_path = false;
    for (const auto& route : kRoutes) {
        if (request.target != route.path) continue;
        known_path = true;
        if (request.method == route.method) return route.perform(cloud, request, now);
    }
    if (known_path) return refuse(405, "not with " + request.method);
    std::string paths = "there are:";
    for (const auto& route : kRoutes) paths.append(" ").append(route.method).append(" ").append(route.path);
    return refuse(404, paths);
}

}  // namespace taktd::simcloud
