// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world/vendor.hpp"

#include <algorithm>

#include "providers/huawei_cpts/twin.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr const char* kCpts = "huawei-cpts";
constexpr Duration kLookIsOld = 20s;     // when its answer arrives: three lags, and what delays an answer
constexpr const char* kTemplate = "33";  // the one of scenario.cpp
constexpr std::size_t kPastMax = 8;      // looks at a task that a cache may show again

bool replace_all(std::string& text, std::string_view what, std::string_view with) {
    bool found = false;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
        found = true;
    }
    return found;
}

const std::string kEmptyList = R"({"Response":{"TaskList":[],"Total":0,"RequestId":"f00d"}})";

/// A status that no page knows.
void make_status_unknown(HttpResponse& response) {
    replace_all(response.body, "\"run_status\":", "\"run_status\":7");
    replace_all(response.body, "\"TaskStatus\":1", "\"TaskStatus\":9");
}

/// What is active reads as stopped, and bears its token still.
bool deny(HttpResponse& response) {
    const bool cpts = replace_all(response.body, "\"run_status\":0", "\"run_status\":4") ||
                      replace_all(response.body, "\"run_status\":1", "\"run_status\":4");
    if (cpts) {
        for (const char* active : {"9", "0", "5"})
            replace_all(response.body, std::string{"\"temp_running_status\":"} + active, "\"temp_running_status\":4");
        return true;
    }
    const bool cfg = replace_all(response.body, "\"TaskStatus\":1002", "\"TaskStatus\":1004") ||
                     replace_all(response.body, "\"TaskStatus\":1003", "\"TaskStatus\":1004");
    if (cfg) replace_all(response.body, "\"TaskStatusType\":0", "\"TaskStatusType\":3");
    return cfg;
}

/// The fields that name the vendor's run are left out.
void leave_out_token(HttpResponse& response) {
    replace_all(response.body, "\"task_run_info_id\"", "\"task_run_info\"");
    replace_all(response.body, "\"TaskStartTime\"", "\"TaskStart\"");
}

/// As of a task that was deleted and made again: it never ran.
void forget_history(HttpResponse& response) {
    for (const char* ended : {"3", "4"})
        replace_all(response.body, std::string{"\"run_status\":"} + ended, "\"run_status\":2");
    replace_all(response.body, "\"TaskStatus\":1004", "\"TaskStatus\":1001");
    leave_out_token(response);
}

}  // namespace

HttpResponse forged_success(const CallSpec& spec, const std::string& run_id) {
    HttpResponse response;
    response.status = 200;
    if (spec.provider->type == kCpts) {
        const std::string result = run_id.empty() ? "null" : "{\"task_run_id\":" + run_id + "}";
        response.body =
            "{\"code\":\"SVCSTG.CPTS.0000000\",\"message\":\"success\",\"extend\":null,\"result\":" + result + "}";
    } else {
        response.body = "{\"Response\":{\"RequestId\":\"00000000-0000-0000-0000-00000000f00d\"}}";
    }
    return response;
}

HttpResponse forged_throttling(const std::string& type, std::optional<Duration> wait, bool in_the_body) {
    HttpResponse response;
    response.status = 429;
    response.body = "slow down";
    if (wait) response.headers.emplace_back("Retry-After", std::to_string(*wait / 1s));
    if (!in_the_body) return response;
    if (type == kCpts) {
        response.body =
            R"({"error_code":"APIG.0308","error_msg":"The throttling threshold has been reached: policy api over ratelimit,limit:5,time:1 minute","request_id":"f00d"})";
    } else {
        response.status = 200;
        response.body =
            R"({"Response":{"Error":{"Code":"RequestLimitExceeded","Message":"too many"},"RequestId":"f00d"}})";
    }
    return response;
}

HttpResponse forged_failure(int status, std::optional<Duration> wait) {
    HttpResponse response;
    response.status = status;
    if (wait) response.headers.emplace_back("Retry-After", std::to_string(*wait / 1s));
    response.body = status == 200 ? "<html>it works" : "<html>upstream is gone</html>";
    return response;
}

HttpResponse forged_surrender(const std::string& type, int status) {
    HttpResponse response;
    response.status = status;
    response.body =
        type == kCpts
            ? R"({"error_code":"GW.0499","error_msg":"the client has gone","request_id":"f00d"})"
            : R"({"Response":{"Error":{"Code":"GatewayGaveUp","Message":"the client has gone"},"RequestId":"f00d"}})";
    return response;
}

SimVendor::Site& SimVendor::site_of(const ProviderSpec& provider) const {
    const std::string name = provider.type + "|" + provider.endpoint + "|" + provider.scope;
    Site& site = sites_[name];
    if (site.twin) return site;
    const ProviderEntry* entry = find_provider(provider.type);
    const bool cpts = provider.type == kCpts;
    const auto key = [&](const char* secret) {
        Credentials credentials;
        credentials[cpts ? "access_key" : "secret_id"] = Secret{"AK-SIMULATED"};
        credentials["secret_key"] = Secret{secret};
        return credentials;
    };
    site.good = key("a-good-secret");
    site.bad = key("an-old-secret");
    site.adapter = entry->create_adapter();
    TwinOptions options;
    options.credentials = site.good;
    options.scope = provider.scope;
    if (own_limit) options.limits.rate = *own_limit;
    site.twin = entry->create_twin(std::move(options));
    if (!cpts) {
        TwinTemplate definition;
        definition.template_id = kTemplate;
        definition.groups = 1;
        site.twin->define_template(definition);
    }
    return site;
}

Result<HttpRequest> SimVendor::encode(const CallSpec& spec, WallTime signing_time, bool key_is_good) const {
    const Site& site = site_of(*spec.provider);
    return site.adapter->encode(spec, key_is_good ? site.good : site.bad, signing_time);
}

CallResult SimVendor::decode(const CallSpec& spec, const HttpResponse& response) const {
    return site_of(*spec.provider).adapter->decode(spec, response);
}

void SimVendor::meet(const CallSpec& spec) {
    Site& site = site_of(*spec.provider);
    for (const auto& id : spec.task_ids) {
        Task& task = tasks[task_key_of(*spec.provider, id)];
        if (task.provider) continue;
        task.provider = spec.provider;
        task.id = id;
        if (draw_rail) task.rail = draw_rail(*spec.provider);
        TwinTask definition;
        definition.task_id = id;
        definition.rail = task.rail;
        site.twin->define(definition);
    }
}

HttpResponse SimVendor::handle(const CallSpec& spec, const HttpRequest& request, const RunId& owner) {
    if (spec.action != Action::prepare) meet(spec);
    const std::string& type = spec.provider->type;
    const TrueTime t = stage_.clocks.t;
    if (const auto down = down_until.find(type); down != down_until.end() && t < down->second)
        return forged_failure(stage_.chance.one_in(2) ? 503 : 502);
    if (const auto busy = throttles_until.find(type); busy != throttles_until.end() && t < busy->second) {
        const std::optional<Duration> wait =
            stage_.chance.one_in(2) ? std::nullopt : std::optional{stage_.chance.seconds_between(1s, 30s)};
        return forged_throttling(type, wait, stage_.chance.one_in(2));
    }
    Site& site = site_of(*spec.provider);
    if (spec.action == Action::prepare) return prepare(site, spec, request);
    if (spec.action == Action::query) return look(spec, query(site, spec, request));
    const std::string key = task_key_of(*spec.provider, spec.task_ids.front());
    Task& task = tasks[key];
    if (spec.action == Action::stop && t < task.ignores_stops_until) {
        stage_.figures.count(Fault::stop_ignored);
        return forged_success(spec, "");
    }
    if (task.lag > Duration::zero()) keep_view(key);
    HttpResponse response = pass(site, spec, request, owner);
    if (task.lag > Duration::zero()) keep_view(key);
    return response;
}

// A task is made from the template, or looked for by its title.
HttpResponse SimVendor::prepare(Site& site, const CallSpec& spec, const HttpRequest& request) {
    const TrueTime t = stage_.clocks.t;
    HttpResponse response = site.twin->handle(request, stage_.clocks.true_wall());
    if (!spec.finds) {
        const auto created = site.twin->created();
        for (; site.made < created.size(); ++site.made) {
            const TwinCreated& made = created[site.made];
            Task& task = tasks[task_key_of(*spec.provider, made.task_id)];
            task.provider = spec.provider;
            task.id = made.task_id;
            task.title = made.title;
            if (draw_rail) task.rail = draw_rail(*spec.provider);
            TwinTask definition;
            definition.task_id = made.task_id;
            definition.name = made.title;
            definition.rail = task.rail;
            site.twin->define(definition);
            if (draw_unlisted) task.unlisted_until = t + draw_unlisted();
            ++stage_.figures.tasks_made;
            stage_.say([&] { return "    task " + made.task_id + " is made: " + made.title; });
        }
        return response;
    }
    const bool is_hidden = std::ranges::any_of(tasks, [&](const auto& entry) {
        const Task& task = entry.second;
        return t < task.unlisted_until && !task.title.empty() && request.body.find(task.title) != std::string::npos;
    });
    if (is_hidden) {
        stage_.figures.count(Fault::unlisted);
        response.body = kEmptyList;
    }
    if (response.body.find("\"TaskTitle\"") != std::string::npos) ++stage_.figures.tasks_found;
    return response;
}

HttpResponse SimVendor::query(Site& site, const CallSpec& spec, const HttpRequest& request) {
    HttpResponse response = site.twin->handle(request, stage_.clocks.true_wall());
    if (spec.provider->type != kCpts || spec.task_ids.size() != 1) return response;
    const auto task = tasks.find(task_key_of(*spec.provider, spec.task_ids.front()));
    const bool shows_pause = task != tasks.end() && task->second.paused && task->second.paused == task->second.latest;
    if (shows_pause) replace_all(response.body, "\"run_status\":0", "\"run_status\":1");
    return response;
}

HttpResponse SimVendor::pass(Site& site, const CallSpec& spec, const HttpRequest& request, const RunId& owner) {
    const WallTime now = stage_.clocks.true_wall();
    const std::string key = task_key_of(*spec.provider, spec.task_ids.front());
    Task& task = tasks[key];
    const Effect* active = active_on(key);
    TrueTime begins = stage_.clocks.t;
    if (spec.action == Action::start && active == nullptr) {
        TwinTask drawn = draw_task(task, owner == kStranger);
        drawn.name = task.title;
        drawn.rail = task.rail;
        if (drawn.waits_for > Duration{}) begins += drawn.waits_for + kLookIsOld;
        site.twin->define(drawn);
    }
    if (spec.action == Action::resume && active == nullptr) {
        // Should it start the task again, then at once: one that begins later than `settle` is out of anybody's reach.
        TwinTask plain;
        plain.task_id = spec.task_ids.front();
        plain.name = task.title;
        plain.rail = task.rail;
        site.twin->define(plain);
    }
    if (spec.action == Action::stop && active != nullptr) on_stop_hit(owner, *active);
    HttpResponse response = site.twin->handle(request, now);
    const std::size_t runs = site.twin->runs().size();
    if (runs == site.runs) return response;
    site.runs = runs;
    task.latest = effects_.size();
    effects_.push_back({key, owner, runs - 1, spec.action == Action::resume, begins});
    ++stage_.figures.effects;
    if (!task.title.empty() && owner != kStranger) ++stage_.figures.task_starts;
    stage_.say([&] { return "    " + key + " starts for " + brief(owner); });
    on_start_effect(effects_.back());
    return response;
}

HttpResponse SimVendor::look(const CallSpec& spec, HttpResponse response) {
    Chance& chance = stage_.chance;
    const TrueTime t = stage_.clocks.t;
    if (response.status != 200) return response;
    if (spec.batched) {
        const bool hidden = std::ranges::any_of(spec.task_ids, [&](const std::string& id) {
            return t < tasks[task_key_of(*spec.provider, id)].unlisted_until;
        });
        if (hidden) {
            stage_.figures.count(Fault::unlisted);
            response.body = kEmptyList;
        }
    } else {
        const std::string key = task_key_of(*spec.provider, spec.task_ids.front());
        Task& task = tasks[key];
        if (task.forgotten && task.forgotten == task.latest && active_on(key) == nullptr) forget_history(response);
        if (!stage_.healed) tell_lies(task, key, response);
        if (task.lag > Duration::zero()) show_the_past(task, response);
    }
    if (stage_.healed) return response;
    if (!spec.batched && spec.provider->type == kCpts && chance.one_in(15)) {
        std::string early = huawei_cpts_ended_early(response.body);
        if (early != response.body) stage_.figures.count(Fault::ended_early);
        response.body = std::move(early);
    }
    if (chance.one_in(25)) {
        stage_.figures.count(Fault::no_token);
        leave_out_token(response);
    }
    if (chance.one_in(25)) {
        stage_.figures.count(Fault::unknown_status);
        make_status_unknown(response);
    }
    return response;
}

// Of two replicas one is up to date.
void SimVendor::show_the_past(Task& task, HttpResponse& response) {
    const TrueTime t = stage_.clocks.t;
    task.views.push_back({t, response.body});
    const auto is_too_old = [&] { return task.views[1].at <= t - task.lag || task.views[0].at < t - 3 * task.lag; };
    while (task.views.size() > 1 && is_too_old()) task.views.pop_front();
    if (task.has_replicas && stage_.chance.one_in(2)) return;
    if (task.views.size() > 1) stage_.figures.count(task.has_replicas ? Fault::replica_lags : Fault::old_look);
    response.body = task.views.front().body;
    stage_.say([&] { return "    a look " + to_text(t - task.views.front().at) + " old"; });
}

// One look may be any of the past; a second one would be more than one stale answer. And what runs may once be denied
// under its own name, as long as nobody has asked it to end.
void SimVendor::tell_lies(Task& task, const std::string& key, HttpResponse& response) {
    Chance& chance = stage_.chance;
    const TrueTime t = stage_.clocks.t;
    if (chance.one_in(8)) task.past.push_back(response.body);
    if (task.past.size() > kPastMax) task.past.pop_front();
    const bool may_be_cached = task.lag == Duration::zero() && t >= task.cached_next && !task.past.empty();
    if (may_be_cached && chance.one_in(12)) {
        stage_.figures.count(Fault::cached_look);
        stage_.say([&] { return "    a cache answers for " + key; });
        task.cached_next = t + 3 * task.provider->settle + 2 * task.provider->poll_interval + 5min;
        response.body = task.past[static_cast<std::size_t>(chance.below(static_cast<int>(task.past.size())))];
        return;
    }
    const bool is_ours = active_on(key) != nullptr && effects_[*task.latest].owner != kStranger;
    if (!is_ours || !chance.one_in(250)) return;
    Effect& effect = effects_[*task.latest];
    if (effect.was_denied || effect.by_resume || !may_deny(effect.owner)) return;
    if (!deny(response)) return;
    stage_.figures.count(Fault::false_end);
    effect.was_denied = true;
    stage_.say([&] { return "    the look denies that " + key + " runs"; });
}

CallSpec SimVendor::spec_for(const std::string& task_key, Action action) const {
    const Task& task = tasks.at(task_key);
    CallSpec spec;
    spec.action = action;
    spec.provider = task.provider;
    spec.task_ids = {task.id};
    spec.parameters_json = R"({"test_suite_id":1,"is_expect":false,"summary":"by hand"})";
    return spec;
}

void SimVendor::keep_view(const std::string& task_key) {
    const CallSpec spec = spec_for(task_key, Action::query);
    const auto request = encode(spec, stage_.clocks.true_wall(), true);
    HttpResponse seen = query(site_of(*spec.provider), spec, *request);
    if (seen.status == 200) tasks[task_key].views.push_back({stage_.clocks.t, std::move(seen.body)});
}

void SimVendor::start_by_stranger(const std::string& task_key) {
    if (active_on(task_key) != nullptr) return;
    stage_.say([&] { return "    a stranger starts " + task_key; });
    const CallSpec spec = spec_for(task_key, Action::start);
    const auto request = encode(spec, stage_.clocks.true_wall(), true);
    pass(site_of(*spec.provider), spec, *request, kStranger);
}

bool SimVendor::by_hand(const std::string& task_key, Action action) {
    if (active_on(task_key) == nullptr) return false;
    stage_.say([&] { return "    by hand: " + std::string{name_of(action)} + " of " + task_key; });
    Task& task = tasks.at(task_key);
    const CallSpec spec = spec_for(task_key, action);
    if (spec.provider->type == kCpts && action != Action::stop) {
        const bool changes = task.paused.has_value() != (action == Action::pause);
        task.paused = action == Action::pause ? task.latest : std::nullopt;
        return changes;
    }
    const auto request = encode(spec, stage_.clocks.true_wall(), true);
    const auto response = site_of(*spec.provider).twin->handle(*request, stage_.clocks.true_wall());
    return response.status == 200 && response.body.find("\"Error\"") == std::string::npos;
}

const SimVendor::Effect* SimVendor::active_on(const std::string& task_key) {
    const auto task = tasks.find(task_key);
    if (task == tasks.end() || !task->second.latest) return nullptr;
    Effect& effect = effects_[*task->second.latest];
    if (effect.has_ended) return nullptr;
    Twin& twin = *site_of(*task->second.provider).twin;
    twin.advance(stage_.clocks.true_wall());
    effect.has_ended = twin.runs()[effect.twin_run].ended.has_value();
    return effect.has_ended ? nullptr : &effect;
}

std::string SimVendor::residue_of(const RunId& owner) const {
    for (auto effect = effects_.rbegin(); effect != effects_.rend(); ++effect) {
        if (effect->owner != owner) continue;
        return site_of(*tasks.at(effect->task_key).provider).twin->runs()[effect->twin_run].residue;
    }
    return {};
}

std::vector<const SimVendor::Effect*> SimVendor::all_active() {
    std::vector<const Effect*> active;
    for (const auto& [key, task] : tasks) {
        if (const Effect* effect = active_on(key)) active.push_back(effect);
    }
    return active;
}

}  // namespace taktd::sim
