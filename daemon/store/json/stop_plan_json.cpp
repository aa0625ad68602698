// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/json/stop_plan_json.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/json.hpp>

#include "daemon/store/json/text.hpp"

namespace taktd {
namespace {

namespace json = boost::json;

/// No config says more; a damaged plan must not hold its stop up for ever.
constexpr Duration kHealWithinMax = std::chrono::hours{1};

struct Missing : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The members of one object, each asked for by name; `path` names them in errors.
class Members {
public:
    Members(const json::value& value, std::string path) : path_{std::move(path)} {
        const json::object* object = value.if_object();
        if (object == nullptr) throw Missing{path_ + " is not an object"};
        object_ = object;
    }

    const json::value& at(std::string_view key) const {
        const json::value* value = object_->if_contains(key);
        if (value == nullptr) throw Missing{path_of(key) + " is missing"};
        return *value;
    }
    std::string text(std::string_view key) const {
        const json::string* value = at(key).if_string();
        if (value == nullptr) throw Missing{path_of(key) + " is not a text"};
        return {value->data(), value->size()};
    }
    std::int64_t number(std::string_view key) const {
        const std::int64_t* value = at(key).if_int64();
        if (value == nullptr) throw Missing{path_of(key) + " is not a whole number"};
        return *value;
    }
    int small(std::string_view key) const {
        const std::int64_t value = number(key);
        if (value < 0 || value > 1'000'000'000) throw Missing{path_of(key) + " is out of range"};
        return static_cast<int>(value);
    }
    Duration duration(std::string_view key) const { return Duration{number(key)}; }
    bool flag(std::string_view key) const {
        const bool* value = at(key).if_bool();
        if (value == nullptr) throw Missing{path_of(key) + " is not true or false"};
        return *value;
    }
    Members members(std::string_view key) const { return {at(key), path_of(key)}; }
    /// Keys that came after the first version: an older store lacks them.
    bool has(std::string_view key) const { return object_->contains(key); }
    std::string text_or_empty(std::string_view key) const { return has(key) ? text(key) : std::string{}; }
    template <class Enum>
    Enum word(std::string_view key) const {
        const std::string word = text(key);
        const auto value = parse_name<Enum>(word);
        if (!value) throw Missing{path_of(key) + " '" + word + "' is unknown"};
        return *value;
    }
    const json::object& object() const { return *object_; }
    std::string path_of(std::string_view key) const { return path_ + "." + std::string{key}; }

private:
    const json::object* object_ = nullptr;
    std::string path_;
};

json::value parse(std::string_view text, std::string_view what) {
    boost::system::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error);
    if (error) throw Missing{std::string{what} + " is not JSON: " + error.message()};
    return value;
}

json::string text_value(const std::string& text) { return json::string{storable_text(text)}; }

json::object provider_object(const ProviderSpec& p) {
    json::object credentials;
    for (const auto& [parameter, reference] : p.credentials)
        credentials[storable_text(parameter)] = text_value(reference);
    json::object outcomes;
    for (const auto& [code, outcome] : p.outcomes) outcomes[storable_text(code)] = std::string{name_of(outcome)};
    json::array success_codes;
    for (const auto& code : p.success_codes) success_codes.push_back(text_value(code));
    return {
        {"name", text_value(p.name)},
        {"type", text_value(p.type)},
        {"endpoint", text_value(p.endpoint)},
        {"region", text_value(p.region)},
        {"scope", text_value(p.scope)},
        {"credentials", std::move(credentials)},
        {"account", text_value(p.account)},
        {"rate_limit", {{"interval_ns", p.rate_limit.interval.count()}, {"burst", p.rate_limit.burst}}},
        {"timeout_ns", p.timeout.count()},
        {"poll_interval_ns", p.poll_interval.count()},
        {"settle_ns", p.settle.count()},
        {"baseline", p.baseline},
        {"foreign", std::string{name_of(p.foreign)}},
        {"outcomes", std::move(outcomes)},
        {"success_codes", std::move(success_codes)},
        {"traits",
         {{"can_pause", p.traits.can_pause},
          {"query_batch_max", p.traits.query_batch_max},
          {"token_names_run", p.traits.token_names_run},
          {"can_heal", p.traits.can_heal}}},
    };
}

ProviderSpec provider_of(const Members& members) {
    ProviderSpec p;
    p.name = members.text("name");
    p.type = members.text("type");
    p.endpoint = members.text("endpoint");
    p.region = members.text("region");
    p.scope = members.text("scope");
    const Members credentials = members.members("credentials");
    for (const auto& member : credentials.object()) {
        const std::string parameter{member.key()};
        p.credentials[parameter] = credentials.text(parameter);
    }
    p.account = members.text("account");
    const Members rate_limit = members.members("rate_limit");
    p.rate_limit.interval = rate_limit.duration("interval_ns");
    p.rate_limit.burst = rate_limit.small("burst");
    p.timeout = members.duration("timeout_ns");
    p.poll_interval = members.duration("poll_interval_ns");
    p.settle = members.duration("settle_ns");
    p.baseline = members.flag("baseline");
    if (members.has("foreign")) p.foreign = members.word<Foreign>("foreign");
    if (members.has("outcomes")) {
        const Members outcomes = members.members("outcomes");
        for (const auto& member : outcomes.object()) {
            const std::string code{member.key()};
            p.outcomes[code] = outcomes.word<Outcome>(code);
        }
    }
    if (members.has("success_codes")) {
        const json::array* codes = members.at("success_codes").if_array();
        if (codes == nullptr) throw Missing{members.path_of("success_codes") + " is not a list"};
        for (const json::value& code : *codes) {
            const json::string* text = code.if_string();
            if (text == nullptr) throw Missing{members.path_of("success_codes") + " holds something else than texts"};
            p.success_codes.emplace_back(text->data(), text->size());
        }
    }
    const Members traits = members.members("traits");
    p.traits.can_pause = traits.flag("can_pause");
    p.traits.query_batch_max = traits.small("query_batch_max");
    p.traits.token_names_run = traits.flag("token_names_run");
    p.traits.can_heal = traits.has("can_heal") && traits.flag("can_heal");
    return p;
}

std::string plan_json(const std::string& provider_json, const StopPlan& plan) {
    json::object task = {{"task_id", text_value(plan.task.task_id)},
                         {"stop", text_value(plan.task.stop_json)},
                         {"on_abort", text_value(plan.task.on_abort_json)}};
    if (plan.task.is_from_template()) task["prepare"] = text_value(plan.task.prepare_json);
    if (!plan.task.expect_name.empty()) task["expect_name"] = text_value(plan.task.expect_name);
    std::string text = R"({"provider":)" + provider_json + R"(,"task":)" + json::serialize(task) + R"(,"window_ns":)" +
                       std::to_string(plan.window.count());
    if (plan.ends_itself) text += R"(,"ends_itself":true)";
    if (plan.on_removal == OnRemoval::finish) text += R"(,"on_removal":"finish")";
    if (plan.heal_within) text += R"(,"heal_within_ns":)" + std::to_string(plan.heal_within->count());
    if (!plan.conclusion.says_nothing()) {
        json::object conclusion;
        if (plan.conclusion.is_expected) conclusion["expected"] = *plan.conclusion.is_expected;
        if (!plan.conclusion.summary.empty()) conclusion["summary"] = text_value(plan.conclusion.summary);
        text += R"(,"conclusion":)" + json::serialize(conclusion);
    }
    return text + "}";
}

std::string provider_json(const ProviderPtr& provider) {
    return provider ? json::serialize(provider_object(*provider)) : "null";
}

}  // namespace

std::string stop_plan_to_json(const StopPlan& plan) { return plan_json(provider_json(plan.provider), plan); }

std::string StopPlanWriter::write(const StopPlan& plan) {
    for (const Known& known : known_) {
        if (known.provider == plan.provider) return plan_json(known.json, plan);
    }
    if (known_.size() == kProvidersMax) known_.clear();
    known_.push_back({plan.provider, provider_json(plan.provider)});
    return plan_json(known_.back().json, plan);
}

Result<StopPlan> StopPlanReader::read(std::string_view text, std::string start_json) {
    try {
        const json::value value = parse(text, "stop_plan");
        const Members members{value, "stop_plan"};
        StopPlan plan;
        if (!members.at("provider").is_null()) {
            ProviderSpec spec = provider_of(members.members("provider"));
            const auto same = std::ranges::find_if(known_, [&](const ProviderPtr& p) { return *p == spec; });
            plan.provider = same != known_.end() ? *same : std::make_shared<const ProviderSpec>(std::move(spec));
            if (same == known_.end()) known_.push_back(plan.provider);
        }
        const Members task = members.members("task");
        plan.task.task_id = task.text("task_id");
        plan.task.start_json = std::move(start_json);
        plan.task.stop_json = task.text("stop");
        plan.task.on_abort_json = task.text("on_abort");
        plan.task.prepare_json = task.text_or_empty("prepare");
        plan.task.expect_name = task.text_or_empty("expect_name");
        plan.window = members.duration("window_ns");
        plan.ends_itself = members.has("ends_itself") && members.flag("ends_itself");
        if (members.text_or_empty("on_removal") == "finish") plan.on_removal = OnRemoval::finish;
        // A plan of an older taktd says nothing of it: such a run is stopped as it was promised then, at once.
        if (members.has("heal_within_ns"))
            plan.heal_within = std::clamp(members.duration("heal_within_ns"), Duration::zero(), kHealWithinMax);
        if (members.has("conclusion")) {
            const Members said = members.members("conclusion");
            if (said.has("expected")) plan.conclusion.is_expected = said.flag("expected");
            plan.conclusion.summary = said.text_or_empty("summary");
        }
        return plan;
    } catch (const Missing& error) {
        return unexpected{std::string{error.what()}};
    }
}

std::string baseline_to_json(const Baseline& baseline) {
    json::value token = nullptr;
    if (baseline.seen.token) token = text_value(*baseline.seen.token);
    json::object object{{"asked_ns", to_ns(baseline.asked)},
                        {"remote_state", std::string{name_of(baseline.seen.remote)}},
                        {"token", std::move(token)}};
    if (!baseline.seen.name.empty()) object["name"] = text_value(baseline.seen.name);
    if (!baseline.seen.mode.empty()) object["mode"] = text_value(baseline.seen.mode);
    if (baseline.seen.rolls_back) object["rolls_back"] = *baseline.seen.rolls_back;
    return json::serialize(object);
}

Result<Baseline> baseline_from_json(std::string_view text) {
    try {
        const json::value value = parse(text, "baseline");
        const Members members{value, "baseline"};
        Baseline baseline;
        baseline.asked = wall_from_ns(members.number("asked_ns"));
        baseline.seen.remote = members.word<RemoteState>("remote_state");
        baseline.seen.name = members.text_or_empty("name");
        baseline.seen.mode = members.text_or_empty("mode");
        if (members.has("rolls_back")) baseline.seen.rolls_back = members.flag("rolls_back");
        if (!members.at("token").is_null()) baseline.seen.token = members.text("token");
        return baseline;
    } catch (const Missing& error) {
        return unexpected{std::string{error.what()}};
    }
}

}  // namespace taktd
