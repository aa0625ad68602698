// SPDX-License-Identifier: Apache-2.0
// The rules' texts, and which rule fires.
#include "providers/simcloud/faults.hpp"

#include <algorithm>
#include <charconv>

#include "providers/simcloud/options.hpp"

namespace taktd::simcloud {

namespace {

using Kind = Fault::Kind;

struct Named {
    std::string_view name;
    Kind kind;
};
constexpr Named kKinds[] = {
    {"delay", Kind::delay},
    {"drop_before", Kind::drop_before},
    {"drop_after", Kind::drop_after},
    {"throttle", Kind::throttle},
    {"status", Kind::status},
    {"status_after", Kind::status_after},
    {"garbage", Kind::garbage},
    {"half", Kind::half},
    {"hang_before", Kind::hang_before},
    {"hang", Kind::hang},
};
constexpr Action kActions[] = {Action::start, Action::stop,    Action::pause, Action::resume,
                               Action::query, Action::prepare, Action::heal};

template <class T>
bool read(const std::string& text, T& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size();
}

// One part behind the action; false if it is not understood.
bool apply(FaultRule& rule, const std::string& key, const std::string& value, bool& has_kind) {
    std::uint64_t n = 0;
    if (key == "task") {
        rule.task_id = value;
        return !value.empty();
    }
    if (key == "count") {
        if (!read(value, n)) return false;
        rule.count = n;
        return true;
    }
    if (key == "skip") return read(value, rule.skip);
    if (key == "nth") {
        if (!read(value, n) || n == 0) return false;
        rule.skip = n - 1;
        rule.count = 1;
        return true;
    }
    if (key == "p") return read(value, rule.probability) && rule.probability >= 0 && rule.probability <= 1;

    const auto* known = std::ranges::find(kKinds, std::string_view{key}, &Named::name);
    if (known == std::end(kKinds) || has_kind) return false;
    has_kind = true;
    rule.fault.kind = known->kind;
    if (known->kind == Kind::delay) {
        const auto delay = parse_duration(value);
        rule.fault.delay = delay.value_or(Duration::zero());
        return delay.has_value();
    }
    if (known->kind == Kind::status || known->kind == Kind::status_after)
        return read(value, rule.fault.status) && rule.fault.status >= 400 && rule.fault.status <= 599;
    return value.empty();
}

bool concerns(const FaultRule& rule, const std::string& provider, const TwinCall& call) {
    if (rule.provider != "*" && rule.provider != provider) return false;
    if (rule.action && rule.action != call.action) return false;
    return !rule.task_id || std::ranges::find(call.task_ids, *rule.task_id) != call.task_ids.end();
}

}  // namespace

std::string_view name_of(Kind kind) { return std::ranges::find(kKinds, kind, &Named::kind)->name; }

Result<FaultRule> parse_fault(std::string_view text) {
    const auto parts = split(text, ':');
    FaultRule rule;
    rule.text = text;
    if (parts.size() < 3 || parts[0].empty())
        return unexpected{"'" + rule.text + "' is no rule like huawei-cpts:start:drop_after:count=1"};
    rule.provider = parts[0];
    if (parts[1] != "any" && parts[1] != "*") {
        const auto* known = std::ranges::find(kActions, parts[1], [](Action a) { return taktd::name_of(a); });
        if (known == std::end(kActions))
            return unexpected{"unknown action '" + parts[1] + "' in '" + rule.text +
                              "'; there are: start stop pause query prepare any"};
        rule.action = *known;
    }
    bool has_kind = false;
    for (std::size_t i = 2; i < parts.size(); ++i) {
        const auto equals = std::min(parts[i].find('='), parts[i].size());
        const auto value = equals == parts[i].size() ? "" : parts[i].substr(equals + 1);
        if (!apply(rule, parts[i].substr(0, equals), value, has_kind))
            return unexpected{"'" + parts[i] + "' in '" + rule.text + "' is not understood"};
    }
    if (!has_kind) return unexpected{"'" + rule.text + "' names no fault"};
    return rule;
}

Result<void> Faults::add(std::string_view text) {
    if (rules_.size() >= kRulesMax) return unexpected{std::string{"too many rules"}};
    auto rule = parse_fault(text);
    if (!rule) return unexpected{rule.error()};
    rules_.push_back(std::move(*rule));
    return {};
}

std::optional<Fault> Faults::match(const std::string& provider, const TwinCall& call) {
    for (auto& rule : rules_) {
        if (!concerns(rule, provider, call)) continue;
        ++rule.matched;
        if (rule.matched <= rule.skip || (rule.count && rule.fired >= *rule.count)) continue;
        if (rule.probability < 1 && std::generate_canonical<double, 53>(random_) >= rule.probability) continue;
        ++rule.fired;
        return rule.fault;
    }
    return std::nullopt;
}

}  // namespace taktd::simcloud
