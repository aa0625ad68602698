// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/twin.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>

#include <boost/json.hpp>

#include "providers/crypto.hpp"
#include "providers/tencent_cfg/twin_classify.hpp"
#include "providers/tencent_cfg/twin_parameters.hpp"
#include "providers/tencent_cfg/twin_signature.hpp"
#include "providers/tencent_cfg/twin_tasks.hpp"
#include "providers/tencent_cfg/twin_templates.hpp"

namespace taktd {
namespace {

namespace json = boost::json;
using tencent_cfg_twin::Conclusion;
using tencent_cfg_twin::missing;
using tencent_cfg_twin::Parameters;
using tencent_cfg_twin::Task;
using tencent_cfg_twin::VendorError;
using tencent_cfg_twin::wrong_type;
using tencent_cfg_twin::wrong_value;

constexpr auto kVersion = "2021-08-20";
constexpr std::int64_t kPageMax = 100;

/// `YYYY-MM-DD HH:MM:SS` in UTC+8, or null: how the vendor writes times.
json::value china_time(std::optional<WallTime> at) {
    if (!at) return nullptr;
    using namespace std::chrono;
    const auto local = floor<seconds>(*at) + hours{8};
    const auto day = floor<days>(local);
    const year_month_day date{day};
    const hh_mm_ss clock{local - day};
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return json::string(text);
}

std::string http_date(WallTime at) {
    using namespace std::chrono;
    static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(at) - day};
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays.at(weekday{day}.c_encoding()),
                  static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
                  static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return text;
}

/// What an action answers inside `Response`, without its RequestId.
using Answer = Result<json::object, VendorError>;

json::object describe(std::int64_t id, const Task& task) {
    json::object o;
    o["TaskId"] = id;
    o["TaskTitle"] = task.title();
    o["TaskDescription"] = task.settings.description;
    o["TaskTag"] = nullptr;
    o["TaskStatus"] = task.status;
    o["TaskStatusType"] = task.status_type;
    o["TaskCreateTime"] = china_time(task.created);
    o["TaskUpdateTime"] = china_time(task.updated);
    o["TaskExpect"] = nullptr;
    if (task.conclusion) o["TaskExpect"] = task.conclusion->is_expect ? 1 : 2;
    o["ApplicationId"] = nullptr;
    o["ApplicationName"] = nullptr;
    o["VerifyId"] = nullptr;
    return o;
}

json::object list_item(std::int64_t id, const Task& task) {
    json::object o = describe(id, task);
    o["TaskPreCheckStatus"] = nullptr;
    o["TaskPreCheckSuccess"] = nullptr;
    o["TaskSource"] = nullptr;
    return o;
}

json::array actions_of(const Task& task) {
    json::array actions;
    for (const auto& action : task.drill.actions()) {
        const bool is_fault = action.attribute == 1;
        json::object o;
        o["TaskGroupActionId"] = action.id;
        o["TaskGroupActionRandomId"] = action.random_id;
        o["TaskGroupActionRecoverId"] = nullptr;
        o["TaskGroupActionExecuteId"] = nullptr;
        o[is_fault ? "TaskGroupActionRecoverId" : "TaskGroupActionExecuteId"] = action.partner;
        o["ActionAttribute"] = action.attribute;
        o["ActionTitle"] = action.title;
        o["TaskGroupActionStatus"] = action.status;
        o["TaskGroupActionStatusType"] = action.type;
        o["TaskGroupInstances"] = json::array{};
        actions.emplace_back(std::move(o));
    }
    return actions;
}

/// All actions stand in the first group.
json::array groups_of(const Task& task) {
    json::array groups;
    for (const auto& instances : task.settings.groups) {
        json::array ids;
        for (const auto& instance : instances) ids.emplace_back(instance);
        json::object group;
        group["TaskGroupInstanceList"] = std::move(ids);
        group["TaskGroupActions"] = json::array{};
        groups.emplace_back(std::move(group));
    }
    json::array actions = actions_of(task);
    if (actions.empty()) return groups;
    if (groups.empty()) groups.emplace_back(json::object{{"TaskGroupInstanceList", json::array{}}});
    groups.front().as_object()["TaskGroupActions"] = std::move(actions);
    return groups;
}

json::object details(std::int64_t id, const Task& task) {
    json::object o = describe(id, task);
    o["TaskProtectStrategy"] = nullptr;
    o["TaskGroups"] = groups_of(task);
    o["TaskStartTime"] = china_time(task.started);
    o["TaskEndTime"] = china_time(task.ended);
    o["TaskSummary"] = nullptr;
    if (task.conclusion) o["TaskSummary"] = task.conclusion->summary;
    o["TaskIssue"] = nullptr;
    o["TaskMode"] = task.mode();
    o["TaskPauseDuration"] = task.settings.pause_minutes;
    o["TaskOwnerUin"] = "100000000001";
    o["TaskRegionId"] = 1;
    o["TaskRegionName"] = nullptr;
    o["TaskMonitors"] = json::array{};
    o["TaskPolicy"] = nullptr;
    json::array tags;
    for (const auto& [key, value] : task.settings.tags) tags.push_back({{"TagKey", key}, {"TagValue", value}});
    o["Tags"] = std::move(tags);
    o["TaskPlanId"] = nullptr;
    o["TaskPlanTitle"] = nullptr;
    o["TaskPlanStartTime"] = nullptr;
    o["TaskPlanEndTime"] = nullptr;
    o["AlarmPolicy"] = json::array{};
    o["ApmServiceList"] = json::array{};
    o["PolicyDealType"] = nullptr;
    if (task.rail() != GuardRail::none) o["PolicyDealType"] = task.rail() == GuardRail::roll_back ? 1 : 2;
    o["TaskOrg"] = nullptr;
    o["TaskArchId"] = nullptr;
    o["TaskScenario"] = nullptr;
    o["TaskPurpose"] = nullptr;
    return o;
}

/// IsExpect and Summary, both required with an end.
Result<Conclusion, VendorError> conclusion_of(const Parameters& parameters) {
    const auto* is_expect = parameters.find("IsExpect");
    if (is_expect == nullptr) return unexpected{missing("IsExpect")};
    const auto* summary = parameters.find("Summary");
    if (summary == nullptr) return unexpected{missing("Summary")};
    if (!is_expect->is_bool()) return unexpected{wrong_type("IsExpect")};
    if (!summary->is_string()) return unexpected{wrong_type("Summary")};
    if (summary->get_string().empty()) return unexpected{missing("Summary")};
    return Conclusion{.is_expect = is_expect->get_bool(), .summary = std::string{summary->get_string()}};
}

class TencentCfgTwin final : public Twin {
public:
    explicit TencentCfgTwin(TwinOptions options) : limits_{options.limits} {
        key_.secret_id = options.credentials["secret_id"].reveal();
        key_.secret_key = options.credentials["secret_key"];
        key_.token = options.credentials["token"];
    }

    HttpResponse handle(const HttpRequest& request, WallTime now) override {
        tasks_.advance(now);
        auto answer = respond(request, now);
        json::object response;
        if (answer) {
            response = std::move(*answer);
        } else {
            response["Error"] = {{"Code", answer.error().code}, {"Message", answer.error().message}};
        }
        response["RequestId"] = next_request_id(now);

        HttpResponse http;
        http.status = 200;  // errors too
        http.headers = {{"Server", "simcloud"}, {"Date", http_date(now)}, {"Content-Type", "application/json"}};
        json::object envelope;
        envelope["Response"] = std::move(response);
        http.body = json::serialize(envelope);
        return http;
    }

    TwinCall classify(const HttpRequest& request) const override { return tencent_cfg_twin::classify(request); }
    void advance(WallTime now) override { tasks_.advance(now); }
    void define(const TwinTask& task) override { tasks_.define(task); }
    void define_template(const TwinTemplate& definition) override { templates_.define(definition); }
    std::vector<TwinRun> runs() const override { return tasks_.runs(); }
    std::vector<TwinCreated> created() const override { return created_; }

private:
    struct Operation {
        const char* name;
        int rate_factor;  ///< how often it may be asked, as a multiple of the basic rate
        Answer (TencentCfgTwin::*perform)(const Parameters&, WallTime);
    };
    static constexpr std::size_t kOperations = 6;
    static const std::array<Operation, kOperations> kTable;

    /// The gateway: protocol, signature, action, rate, parameters, and only then the task.
    Answer respond(const HttpRequest& request, WallTime now) {
        if (request.method != "POST") return unexpected{VendorError{"UnsupportedProtocol", "Only POST is supported."}};
        if (request.target != "/") return unexpected{VendorError{"InvalidRequest", "The request path is not `/`."}};
        const auto action = find_header(request.headers, "X-TC-Action");
        if (!action) return unexpected{missing("Action")};
        const auto version = find_header(request.headers, "X-TC-Version");
        if (!version) return unexpected{missing("Version")};
        if (limits_.check_signature) {
            if (auto refused = check_signature(request, key_, now)) return unexpected{std::move(*refused)};
        }
        if (*version != kVersion) {
            return unexpected{VendorError{"NoSuchVersion", "The API version `" + *version + "` does not exist."}};
        }
        const auto* operation = std::ranges::find_if(kTable, [&](const Operation& o) { return *action == o.name; });
        if (operation == kTable.end()) {
            return unexpected{VendorError{"InvalidAction", "The requested action `" + *action + "` is invalid."}};
        }
        const auto index = static_cast<std::size_t>(operation - kTable.begin());
        if (auto refused = check_rate(index, now)) return unexpected{std::move(*refused)};

        json::error_code error;
        const auto body = json::parse(request.body, error);
        if (error || !body.is_object()) {
            return unexpected{VendorError{"InvalidParameter", "The request body is not a JSON object."}};
        }
        return (this->*operation->perform)(Parameters{body.get_object()}, now);
    }

    /// At most so many of one action within any second; a refused one does not count.
    std::optional<VendorError> check_rate(std::size_t index, WallTime now) {
        if (limits_.rate.interval <= Duration::zero()) return std::nullopt;
        const Duration second = std::chrono::seconds{1};
        // Slower than once a second is counted over the interval itself.
        const auto window = std::max(second, limits_.rate.interval);
        const auto basic = static_cast<std::size_t>(window / limits_.rate.interval);
        const auto allowed = basic * static_cast<std::size_t>(kTable.at(index).rate_factor);
        auto& taken = taken_.at(index);
        while (!taken.empty() && taken.front() <= now - window) taken.pop_front();
        if (taken.size() < allowed) {
            taken.push_back(now);
            return std::nullopt;
        }
        return VendorError{"RequestLimitExceeded", "Your current request times equals to `" +
                                                       std::to_string(taken.size() + 1) +
                                                       "` in a second, which exceeds the frequency limit `" +
                                                       std::to_string(allowed) + "` for a second."};
    }

    Answer modify_task_run_status(const Parameters& parameters, WallTime now) {
        if (auto extra = parameters.only({"TaskId", "Status", "IsExpect", "Summary"}))
            return unexpected{std::move(*extra)};
        const auto id = parameters.integer("TaskId");
        if (!id) return unexpected{id.error()};
        const auto status = parameters.integer("Status");
        if (!status) return unexpected{status.error()};
        if (*status < 1001 || *status > 1004) return unexpected{wrong_value("Status")};
        std::optional<Conclusion> conclusion;
        if (*status == 1004) {
            auto given = conclusion_of(parameters);
            if (!given) return unexpected{given.error()};
            conclusion = std::move(*given);
        }
        if (auto refused = tasks_.modify(*id, *status, conclusion, now)) return unexpected{std::move(*refused)};
        return json::object{};
    }

    Answer execute_task(const Parameters& parameters, WallTime now) {
        if (auto extra = parameters.only({"TaskId"})) return unexpected{std::move(*extra)};
        const auto id = parameters.integer("TaskId");
        if (!id) return unexpected{id.error()};
        if (auto refused = tasks_.execute(*id, now)) return unexpected{std::move(*refused)};
        return json::object{};
    }

    /// All four are required; the type is 0 (trigger) or 1 (recover).
    Answer trigger_policy(const Parameters& parameters, WallTime now) {
        if (auto extra = parameters.only({"TaskId", "Name", "Content", "TriggerType"}))
            return unexpected{std::move(*extra)};
        const auto id = parameters.integer("TaskId");
        if (!id) return unexpected{id.error()};
        for (const char* name : {"Name", "Content"}) {
            const auto text = parameters.text(name);
            if (!text) return unexpected{text.error()};
            if (!*text || (*text)->empty()) return unexpected{missing(name)};
        }
        const auto type = parameters.integer("TriggerType");
        if (!type) return unexpected{type.error()};
        if (*type != 0 && *type != 1) return unexpected{wrong_value("TriggerType")};
        if (*type == 1)
            return unexpected{VendorError{"UnsupportedOperation", "The operation is not supported by the stand-in."}};
        const auto is_set_off = tasks_.trigger(*id, now);
        if (!is_set_off) return unexpected{is_set_off.error()};
        json::object response;
        response["TaskId"] = *id;
        response["Success"] = *is_set_off;
        return response;
    }

    /// A new task every time, idle until it is started.
    Answer create_task_from_template(const Parameters& parameters, WallTime now) {
        const auto order = templates_.read(parameters);
        if (!order) return unexpected{order.error()};
        TwinTask definition = order->origin->tasks;
        definition.name = order->settings.title.value_or(definition.name);
        const auto id = tasks_.create(std::move(definition), order->settings, now);
        created_.push_back({.task_id = std::to_string(id),
                            .template_id = order->origin->template_id,
                            .title = tasks_.find(id)->title(),
                            .created = now});
        json::object response;
        response["TaskId"] = id;
        return response;
    }

    Answer describe_task(const Parameters& parameters, WallTime) {
        if (auto extra = parameters.only({"TaskId"})) return unexpected{std::move(*extra)};
        const auto id = parameters.integer("TaskId");
        if (!id) return unexpected{id.error()};
        const Task* const task = tasks_.find(*id);
        if (task == nullptr) return unexpected{wrong_value("TaskId")};
        json::object response;
        response["Task"] = details(*id, *task);
        response["ReportInfo"] = nullptr;
        return response;
    }

    /// Filters by TaskId and by a part of the title; what it does not filter by it refuses rather than answer wrongly.
    Answer describe_task_list(const Parameters& parameters, WallTime) {
        if (auto extra = parameters.only({"Limit", "Offset", "TaskId", "TaskTitle"}))
            return unexpected{std::move(*extra)};
        const auto limit = parameters.integer("Limit");
        if (!limit) return unexpected{limit.error()};
        const auto offset = parameters.integer("Offset");
        if (!offset) return unexpected{offset.error()};
        if (*limit < 1 || *limit > kPageMax) return unexpected{wrong_value("Limit")};
        if (*offset < 0) return unexpected{wrong_value("Offset")};

        std::optional<std::vector<std::int64_t>> wanted;
        if (const auto* ids = parameters.find("TaskId")) {
            if (!ids->is_array()) return unexpected{wrong_type("TaskId")};
            wanted.emplace();
            for (const auto& value : ids->get_array()) {
                const auto id = Parameters::as_integer(value);
                if (!id) return unexpected{wrong_type("TaskId")};
                wanted->push_back(*id);
            }
        }

        const auto title = parameters.text("TaskTitle");
        if (!title) return unexpected{title.error()};

        json::array page;
        std::int64_t total = 0;
        for (const auto& [id, task] : tasks_.all()) {
            if (wanted && std::ranges::find(*wanted, id) == wanted->end()) continue;
            if (*title && task.title().find(**title) == std::string::npos) continue;
            if (total >= *offset && total < *offset + *limit) page.push_back(list_item(id, task));
            ++total;
        }
        json::object response;
        response["TaskList"] = std::move(page);
        response["Total"] = total;
        return response;
    }

    /// Looks like the vendor's UUIDs, and is the same in every replay of the same requests.
    std::string next_request_id(WallTime now) {
        const auto digest =
            sha256_hex("simcloud tencent-cfg " + std::to_string(++answers_) + " " + std::to_string(to_ns(now)));
        return digest.substr(0, 8) + "-" + digest.substr(8, 4) + "-" + digest.substr(12, 4) + "-" +
               digest.substr(16, 4) + "-" + digest.substr(20, 12);
    }

    tencent_cfg_twin::KeyPair key_;
    TwinLimits limits_;
    tencent_cfg_twin::Tasks tasks_;
    tencent_cfg_twin::Templates templates_;
    std::vector<TwinCreated> created_;
    std::array<std::deque<WallTime>, kOperations> taken_;
    std::uint64_t answers_ = 0;
};

// The vendor's list: 10, 10, 10, 20, 20 and 100 requests a second.
const std::array<TencentCfgTwin::Operation, TencentCfgTwin::kOperations> TencentCfgTwin::kTable{{
    {"ModifyTaskRunStatus", 1, &TencentCfgTwin::modify_task_run_status},
    {"ExecuteTask", 1, &TencentCfgTwin::execute_task},
    {"CreateTaskFromTemplate", 1, &TencentCfgTwin::create_task_from_template},
    {"DescribeTask", 2, &TencentCfgTwin::describe_task},
    {"TriggerPolicy", 2, &TencentCfgTwin::trigger_policy},
    {"DescribeTaskList", 10, &TencentCfgTwin::describe_task_list},
}};

}  // namespace

std::unique_ptr<Twin> create_tencent_cfg_twin(TwinOptions options) {
    return std::make_unique<TencentCfgTwin>(std::move(options));
}

}  // namespace taktd
