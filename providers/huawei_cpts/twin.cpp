// SPDX-License-Identifier: Apache-2.0
#include "providers/huawei_cpts/twin.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <map>

#include <boost/json.hpp>

#include "providers/huawei_cpts/twin_classify.hpp"
#include "providers/huawei_cpts/twin_gate.hpp"

namespace taktd {
namespace {

namespace json = boost::json;

constexpr const char* kSuccess = "SVCSTG.CPTS.0000000";
constexpr const char* kNoSuchTask = "SVCSTG.CPTS.4032002";
// The vendor publishes no code for these: shaped like the known ones (three digits of HTTP status, then a number).
constexpr const char* kBadRequest = "SVCSTG.CPTS.4009001";
constexpr const char* kAlreadyRunning = "SVCSTG.CPTS.4009002";
constexpr const char* kNotAgain = "SVCSTG.CPTS.4009003";

constexpr std::int64_t kFirstRunId = 32517;  // the one in the page's example
constexpr std::int64_t kInt32Max = 2147483647;
constexpr int kCasesPerTask = 2;

/// One run of a task; what the twin knows to be true of it, and what is to come.
struct Run {
    TwinRun fact;
    std::int64_t id = 0;
    WallTime running_from;
    std::optional<WallTime> stop_asked;
};

struct Task {
    TwinTask spec;
    std::optional<std::size_t> latest;  ///< index of its latest run
};

/// A refusal of the service itself, behind the gateway.
struct Refusal {
    int status;
    std::string code, message;
};

/// A number as the service takes it: plain or in quotes.
std::optional<std::int64_t> number_in(const json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    if (!value->is_string()) return std::nullopt;
    const auto& text = value->get_string();
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc{} || rest != text.end()) return std::nullopt;
    return number;
}

bool in_range(std::optional<std::int64_t> number, std::int64_t min) {
    return number && *number >= min && *number <= kInt32Max;
}

/// The page's table of request parameters. Nothing if the body keeps to it, else what is wrong.
std::optional<std::string> wrong_in(const json::object& body) {
    if (!in_range(number_in(body, "cluster_id"), -1)) return "cluster_id";
    if (!in_range(number_in(body, "without_package"), 0)) return "without_package";
    const auto status = number_in(body, "status");
    if (status != 9 && status != 2) return "status";
    const auto* type = body.if_contains("cluster_type");
    if (type == nullptr || !type->is_string() || type->get_string().size() > 1024) return "cluster_type";
    const auto* network = body.if_contains("network_info");
    if (network == nullptr || !network->is_object()) return "network_info";
    const auto* enterprise = body.if_contains("enterprise_project_id");
    const bool fits = enterprise == nullptr || enterprise->is_null() || enterprise->is_number() ||
                      (enterprise->is_string() && enterprise->get_string().size() <= 64);
    if (!fits) return "enterprise_project_id";
    return std::nullopt;
}

/// Sun, 22 Nov 2026 02:00:00 GMT
std::string http_date(WallTime time) {
    static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time - day).count();
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  kDays.at(std::chrono::weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
                  kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                  static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                  static_cast<int>(seconds % 60));
    return text.data();
}

class HuaweiCptsTwin final : public Twin {
public:
    explicit HuaweiCptsTwin(TwinOptions options) : scope_{options.scope}, gate_{std::move(options)} {}

    HttpResponse handle(const HttpRequest& request, WallTime now) override {
        advance(now);
        std::array<char, 40> id{};
        std::snprintf(id.data(), id.size(), "%032llx", static_cast<unsigned long long>(++requests_));
        HttpResponse response = route(request, id.data(), now);
        response.headers.emplace_back("Date", http_date(now));
        response.headers.emplace_back("X-Request-Id", id.data());
        response.headers.emplace_back("Content-Type", "application/json");
        return response;
    }

    TwinCall classify(const HttpRequest& request) const override { return huawei_cpts::classify(request); }

    void advance(WallTime now) override {
        for (auto& [id, task] : tasks_) {
            if (task.latest) settle(runs_[*task.latest], task.spec, now);
        }
    }

    void define(const TwinTask& task) override { tasks_[task.task_id].spec = task; }

    std::vector<TwinRun> runs() const override {
        std::vector<TwinRun> facts;
        for (const auto& run : runs_) facts.push_back(run.fact);
        return facts;
    }

private:
    /// Ends a run if its stop or its own end has come, whichever was first.
    static void settle(Run& run, const TwinTask& spec, WallTime now) {
        if (run.fact.ended) return;
        std::optional<WallTime> stopped;
        if (run.stop_asked) stopped = *run.stop_asked + spec.stopping_takes;
        std::optional<WallTime> done;
        if (spec.ends_itself_after) done = run.running_from + *spec.ends_itself_after;
        const bool by_stop = stopped && (!done || *stopped <= *done);
        const auto end = by_stop ? stopped : done;
        if (!end || *end > now) return;
        run.fact.ended = *end;
        run.fact.ended_by = by_stop ? "stop" : spec.fails ? "failure" : "itself";
    }

    HttpResponse route(const HttpRequest& request, const std::string& request_id, WallTime now) {
        // /v1/{project}/test-suites/{suite}/tasks/{task} and /v1/{project}/tasks/{task}
        const auto path = huawei_cpts::segments_of(request.target);
        const bool update =
            request.method == "POST" && path.size() == 7 && path[3] == "test-suites" && path[5] == "tasks";
        const bool show = request.method == "GET" && path.size() == 5 && path[3] == "tasks";
        if ((!update && !show) || !path[0].empty() || path[1] != "v1") {
            return gateway_error(
                {404, "APIG.0101", "The API does not exist or has not been published in the environment"}, request_id);
        }
        if (const auto refusal = gate_.check(request, now)) return gateway_error(*refusal, request_id);
        const auto named = find_header(request.headers, "X-Project-Id").value_or(path[2]);
        if (path[2] != scope_ || named != scope_) {
            return service_error({403, kNoSuchTask, "The projectId in token is different from the projectId in url"});
        }
        const auto task = tasks_.find(path.back());
        if (task == tasks_.end()) return service_error({403, kNoSuchTask, "task " + path.back() + " does not exist"});
        return show ? show_task(task->second, now) : update_status(task->second, request.body, now);
    }

    HttpResponse update_status(Task& task, const std::string& text, WallTime now) {
        json::error_code error;
        const auto parsed = json::parse(text, error);
        if (error || !parsed.is_object())
            return service_error({400, kBadRequest, "the request body is no JSON object"});
        const auto& body = parsed.get_object();
        if (const auto wrong = wrong_in(body)) return service_error({400, kBadRequest, "invalid parameter " + *wrong});
        const bool live = task.latest && !runs_[*task.latest].fact.ended;
        if (number_in(body, "status") == 9) {
            if (live) return service_error({400, kAlreadyRunning, "the task is already running"});
            if (task.latest && !task.spec.reruns) return service_error({400, kNotAgain, "the task has ended"});
            begin(task, now);
        } else if (live && !runs_[*task.latest].stop_asked) {
            runs_[*task.latest].stop_asked = now;
            settle(runs_[*task.latest], task.spec, now);
        }
        // A stop of a task that does not run changes nothing and is no error. A task that never ran has no run to name:
        // the answer then bears the page's example.
        const auto run = task.latest ? runs_[*task.latest].id : kFirstRunId;
        return answer(
            200, {{"code", kSuccess}, {"message", "success"}, {"extend", nullptr}, {"result", {{"task_run_id", run}}}});
    }

    void begin(Task& task, WallTime now) {
        Run run;
        run.fact.task_id = task.spec.task_id;
        run.fact.started = now;
        run.id = kFirstRunId + static_cast<std::int64_t>(runs_.size());
        run.running_from = now + task.spec.waits_for;
        task.latest = runs_.size();
        runs_.push_back(std::move(run));
    }

    int run_status(const Task& task, WallTime now) const {
        if (!task.latest) return 2;
        const auto& run = runs_[*task.latest];
        if (run.fact.ended_by == "stop") return 4;
        if (run.fact.ended_by == "failure") return 3;
        if (run.fact.ended) return 2;
        if (run.stop_asked) return 5;
        return now < run.running_from ? 9 : 0;
    }

    HttpResponse show_task(const Task& task, WallTime now) const {
        json::array cases;
        json::array latest;
        for (int i = 1; i <= kCasesPerTask; ++i) {
            const auto name = "case-" + std::to_string(i);
            cases.push_back({{"case_id", i}, {"name", name}});
            if (!task.latest) continue;
            const auto run = runs_[*task.latest].id;
            const auto case_run = run * 10 + i;
            latest.push_back(
                {{"task_run_info_id", run},
                 {"related_temp_running_id", case_run},
                 {"temp_id", i},
                 {"temp_name", name},
                 {"related_temp_running_data", json::array{{{"task_run_info_id", run},
                                                            {"related_temp_running_id", case_run},
                                                            {"crawler_status", 0},
                                                            {"temp_running_status", run_status(task, now)}}}}});
        }
        const json::object info{{"name", task.spec.name},
                                {"project_id", 1},
                                {"bench_concurrent", 100},
                                {"operate_mode", 0},
                                {"parallel", false},
                                {"create_time", "2025-01-01T00:00:00Z"},
                                {"update_time", "2025-01-01T00:00:00Z"},
                                {"case_list", cases},
                                {"run_status", run_status(task, now)},
                                {"related_temp_running_data", latest}};
        return answer(200, {{"code", kSuccess}, {"message", "success"}, {"taskInfo", info}});
    }

    static HttpResponse answer(int status, const json::value& body) {
        HttpResponse response;
        response.status = status;
        response.body = json::serialize(body);
        return response;
    }

    static HttpResponse service_error(const Refusal& refusal) {
        return answer(refusal.status, {{"code", refusal.code}, {"message", refusal.message}, {"extend", nullptr}});
    }

    static HttpResponse gateway_error(const huawei_cpts::GateRefusal& refusal, const std::string& request_id) {
        return answer(refusal.status,
                      {{"error_code", refusal.code}, {"error_msg", refusal.message}, {"request_id", request_id}});
    }

    std::string scope_;
    huawei_cpts::TwinGate gate_;
    std::map<std::string, Task> tasks_;
    std::vector<Run> runs_;
    std::uint64_t requests_ = 0;
};

}  // namespace

std::string huawei_cpts_ended_early(const std::string& body) {
    json::error_code error;
    auto answer = json::parse(body, error);
    auto* info = error || !answer.is_object() ? nullptr : answer.get_object().if_contains("taskInfo");
    auto* status = info == nullptr || !info->is_object() ? nullptr : info->get_object().if_contains("run_status");
    if (status == nullptr || !status->is_int64()) return body;
    auto& number = status->get_int64();
    if (number != 0 && number != 5 && number != 9) return body;
    number = 2;
    return json::serialize(answer);
}

std::unique_ptr<Twin> create_huawei_cpts_twin(TwinOptions options) {
    return std::make_unique<HuaweiCptsTwin>(std::move(options));
}

}  // namespace taktd
