// SPDX-License-Identifier: Apache-2.0
// Each text is a head and settings behind it, separated by commas; an error names the setting.
#include "providers/simcloud/options.hpp"

#include <algorithm>
#include <charconv>

#include "providers/registry.hpp"

namespace taktd::simcloud {

namespace {

constexpr int kFaultsMax = 100;

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

struct Setting {
    std::string key, value;
};

Setting setting_of(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return {text, ""};
    return {text.substr(0, equals), text.substr(equals + 1)};
}

// `10/s`, `100/m`, `off`
Result<Duration> parse_interval(const std::string& text) {
    if (text == "off") return Duration::zero();
    const auto slash = text.find('/');
    const auto count = number<std::int64_t>(std::string_view{text}.substr(0, slash));
    const auto per = slash == std::string::npos ? "" : text.substr(slash + 1);
    if (!count || *count < 1 || (per != "s" && per != "m")) return unexpected{"'" + text + "' is no rate like 10/s"};
    const Duration period = per == "s" ? std::chrono::seconds{1} : std::chrono::minutes{1};
    return period / *count;
}

using Failure = std::optional<std::string>;

Failure take_duration(const std::string& text, Duration& into) {
    const auto parsed = parse_duration(text);
    if (!parsed) return parsed.error();
    into = *parsed;
    return std::nullopt;
}

Failure apply(ProviderOptions& options, const Setting& setting) {
    auto& credentials = options.twin.credentials;
    const auto& [key, value] = setting;
    if (key == "name") {
        options.name = value;
    } else if (key == "listen") {
        const auto listen = parse_listen(value);
        if (!listen) return listen.error();
        options.listen = *listen;
    } else if (key == "access_key" || key == "secret_id") {
        credentials["access_key"] = credentials["secret_id"] = Secret{value};  // the vendors' two names for one thing
    } else if (key == "secret_key" || key == "token" || key == "security_token") {
        credentials[key] = Secret{value};
    } else if (key == "scope") {
        options.twin.scope = value;
    } else if (key == "rate") {
        const auto interval = parse_interval(value);
        if (!interval) return interval.error();
        options.twin.limits.rate.interval = *interval;
    } else if (key == "burst") {
        const auto burst = number<int>(value);
        if (!burst || *burst < 1) return "'" + value + "' is no burst";
        options.twin.limits.rate.burst = *burst;
    } else if (key == "unsigned" && value.empty()) {
        options.twin.limits.check_signature = false;
    } else {
        return "unknown setting '" + key + "'";
    }
    return std::nullopt;
}

Failure apply(TaskOptions& task, const Setting& setting) {
    const auto& [key, value] = setting;
    Duration time{};
    if (key == "name") {
        task.twin.name = value;
        return std::nullopt;
    }
    if ((key == "fails" || key == "once") && value.empty()) {
        (key == "fails" ? task.twin.fails : task.twin.reruns) = key == "fails";
        return std::nullopt;
    }
    if ((key == "recovery_fails" || key == "turns_manual") && value.empty()) {
        (key == "recovery_fails" ? task.twin.recovery_fails : task.twin.turns_manual) = true;
        return std::nullopt;
    }
    if (key == "faults") {
        const auto faults = number<int>(value);
        if (!faults || *faults < 1 || *faults > kFaultsMax) return "'" + value + "' is no number of faults";
        task.twin.faults = *faults;
        return std::nullopt;
    }
    if (key == "rail") {
        if (value != "roll_back" && value != "pause") return "'" + value + "' is neither roll_back nor pause";
        task.twin.rail = value == "pause" ? GuardRail::pause : GuardRail::roll_back;
        return std::nullopt;
    }
    const bool known =
        key == "ends_after" || key == "waits" || key == "stopping" || key == "apart" || key == "recovery";
    if (!known) return "unknown setting '" + key + "'";
    if (auto failed = take_duration(value, time)) return failed;
    if (key == "ends_after") task.twin.ends_itself_after = time;
    if (key == "waits") task.twin.waits_for = time;
    if (key == "stopping") task.twin.stopping_takes = time;
    if (key == "recovery") task.twin.recovery_takes = time;
    if (key == "apart") task.starts_apart = time;
    return std::nullopt;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts{""};
    for (const char c : text) {
        if (c == at)
            parts.emplace_back();
        else
            parts.back().push_back(c);
    }
    return parts;
}

Result<Duration> parse_duration(std::string_view text) {
    static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
        {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};
    for (const auto& [unit, ns] : kUnits) {
        if (!text.ends_with(unit)) continue;
        const auto count = number<std::int64_t>(text.substr(0, text.size() - unit.size()));
        if (count && *count >= 0 && *count <= 1'000'000) return Duration{*count * ns};
    }
    return unexpected{"'" + std::string{text} + "' is no duration like 500ms, 10s, 5m or 2h"};
}

Result<Listen> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto port = colon == std::string_view::npos ? std::nullopt : number<unsigned short>(text.substr(colon + 1));
    if (!port) return unexpected{"'" + std::string{text} + "' is no address like 127.0.0.1:8401"};
    Listen listen;
    listen.address = text.substr(0, colon);
    listen.port = *port;
    if (listen.address.starts_with('[') && listen.address.ends_with(']'))
        listen.address = listen.address.substr(1, listen.address.size() - 2);
    return listen;
}

Result<ProviderOptions> parse_provider(std::string_view text) {
    const auto parts = split(text, ',');
    const auto* entry = find_provider(parts[0]);
    if (entry == nullptr) {
        std::string known;
        for (const auto& each : providers()) known += " " + each.type;
        return unexpected{"unknown provider type '" + parts[0] + "'; there are:" + known};
    }
    ProviderOptions options;
    options.type = options.name = parts[0];
    auto& credentials = options.twin.credentials;
    credentials["access_key"] = credentials["secret_id"] = Secret{kDefaultAccessKey};
    credentials["secret_key"] = Secret{kDefaultSecretKey};
    options.twin.scope = kDefaultScope;
    const auto vendor_interval = entry->create_adapter()->schema().vendor_interval_min;
    options.twin.limits.rate.interval = vendor_interval.value_or(Duration::zero());
    for (std::size_t i = 1; i < parts.size(); ++i)
        if (auto failed = apply(options, setting_of(parts[i]))) return unexpected{parts[0] + ": " + *failed};
    return options;
}

Result<std::vector<TaskOptions>> parse_tasks(std::string_view text) {
    const auto parts = split(text, ',');
    const auto colon = parts[0].find(':');
    if (colon == std::string::npos || colon + 1 == parts[0].size())
        return unexpected{"'" + parts[0] + "' is no task like huawei-cpts:101"};
    TaskOptions task;
    task.provider = parts[0].substr(0, colon);
    const std::string ids = parts[0].substr(colon + 1);
    for (std::size_t i = 1; i < parts.size(); ++i)
        if (auto failed = apply(task, setting_of(parts[i]))) return unexpected{parts[0] + ": " + *failed};

    std::vector<TaskOptions> tasks;
    const auto dots = ids.find("..");
    if (dots == std::string::npos) {
        task.twin.task_id = ids;
        tasks.push_back(std::move(task));
        return tasks;
    }
    const auto first = number<std::uint64_t>(std::string_view{ids}.substr(0, dots));
    const auto last = number<std::uint64_t>(std::string_view{ids}.substr(dots + 2));
    if (!first || !last || *last < *first || *last - *first >= kTaskRangeMax)
        return unexpected{"'" + ids + "' is no range of at most " + std::to_string(kTaskRangeMax) + " ids"};
    for (auto id = *first; id <= *last; ++id) {
        task.twin.task_id = std::to_string(id);
        tasks.push_back(task);
    }
    return tasks;
}

Result<std::vector<TemplateOptions>> parse_templates(std::string_view text) {
    TemplateOptions each;
    std::string behaviour;
    for (const auto& part : split(text, ',')) {
        if (part.starts_with("groups=")) {
            const auto groups = number<std::size_t>(std::string_view{part}.substr(7));
            if (!groups) return unexpected{"'" + part.substr(7) + "' is no number of groups"};
            each.twin.groups = *groups;
        } else if (part.starts_with("apart=")) {
            return unexpected{std::string{"a template's tasks run once each: no 'apart'"}};
        } else {
            behaviour += (behaviour.empty() ? "" : ",") + part;
        }
    }
    const auto tasks = parse_tasks(behaviour);
    if (!tasks) return unexpected{tasks.error()};
    std::vector<TemplateOptions> templates;
    for (const auto& task : *tasks) {
        each.provider = task.provider;
        each.twin.template_id = task.twin.task_id;
        each.twin.tasks = task.twin;
        templates.push_back(each);
    }
    return templates;
}

}  // namespace taktd::simcloud
