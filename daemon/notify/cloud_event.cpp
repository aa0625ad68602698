// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/cloud_event.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "daemon/report/json_values.hpp"

namespace taktd::notify {
namespace {

using namespace report;

constexpr std::size_t kGatheredShownMax = 10;
constexpr std::size_t kShortIdChars = 8;

json::object about(const RunFacts& run, const Notice& notice) {
    return {{"id", id_text(run.id)},
            {"job", text(notice.job)},
            {"provider", text(notice.provider)},
            {"state", word(run.state)},
            {"reason", word(run.reason)},
            {"start_due", instant(run.start_due)},
            {"stop_due", instant(run.should_end)},
            {"obligation", word(run.obligation)},
            {"overdue", run.is_overdue},
            {"stop_attempts", run.stop_attempts},
            {"last_answer", text_or_null(run.last_answer)}};
}

json::object about(const Job& job) {
    json::object labels;
    for (const auto& [name, value] : job.labels) labels[name] = text(value);
    return {{"owner", text_or_null(job.owner)}, {"runbook", text_or_null(job.runbook)}, {"labels", std::move(labels)}};
}

json::object frame(NoticeType type, NoticeId id, WallTime at, const std::string& subject, const Teller& teller) {
    json::object event{{"specversion", "1.0"},
                       {"id", id_text(id)},
                       {"source", text(teller.source)},
                       {"type", std::string{"io.taktd."} + std::string{name_of(type)}},
                       {"time", instant(at)},
                       {"datacontenttype", "application/json"},
                       {"severity", word(severity_of(type))}};
    if (!subject.empty()) event["subject"] = text(subject);
    return event;
}

/// The end of an id is all chance, so a person types that; taktctl takes it.
std::string short_id(RunId run) { return run.text().substr(Uuid::kTextSize - kShortIdChars); }

std::string member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

json::object parsed(const std::string& body) {
    boost::system::error_code malformed;
    json::value value = json::parse(body, malformed);
    return malformed || !value.is_object() ? json::object{} : std::move(value.get_object());
}

json::object data_of(const json::object& event) {
    const json::value* data = event.if_contains("data");
    return data != nullptr && data->is_object() ? data->get_object() : json::object{};
}

}  // namespace

std::string cloud_event(const Notice& notice, NoticeId id, const Wording& words, const Teller& teller) {
    const std::string& subject = !notice.job.empty()        ? notice.job
                                 : !notice.provider.empty() ? notice.provider
                                                            : notice.scope;
    json::object event = frame(notice.type, id, notice.at, subject, teller);
    if (notice.type == NoticeType::run_overdue) event["repeat"] = notice.repeat;
    json::object data{{"title", text(words.title)}, {"text", text(words.text)}};
    if (notice.run) {
        data["run"] = about(*notice.run, notice);
        if (notice.late > Duration{}) data["late"] = seconds(notice.late);
        if (!teller.dashboard.empty()) data["link"] = teller.dashboard + "/#/runs/" + notice.run->id.text();
        data["command"] = "taktctl show " + short_id(notice.run->id) + " --wire";
    } else {
        if (!notice.job.empty()) data["job_name"] = text(notice.job);
        if (!notice.provider.empty()) data["provider"] = text(notice.provider);
    }
    if (!notice.scope.empty()) data["scope"] = text(notice.scope);
    if (!notice.actor.empty()) data["actor"] = text(notice.actor);
    if (!notice.text.empty()) data["detail"] = text(notice.text);
    if (notice.until) data["until"] = instant(*notice.until);
    if (notice.count > 0) data["count"] = notice.count;
    if (notice.first) data["first"] = instant(*notice.first);
    if (notice.last) data["last"] = instant(*notice.last);
    const auto job = teller.config->jobs.find(notice.job);
    if (job != teller.config->jobs.end()) data["job"] = about(*job->second);
    event["data"] = std::move(data);
    return json::serialize(event);
}

std::string gathered_event(NoticeType type, NoticeId id, const std::vector<std::string>& events, WallTime now,
                           Locale locale, const Teller& teller) {
    std::vector<std::string> titles;
    json::array shown;
    std::size_t count = 0;
    const auto show = [&](json::object data) {
        if (shown.size() == kGatheredShownMax) return;
        std::string title = member(data, "title");
        // All of them are of one type, which the whole's title says.
        if (const std::size_t colon = title.find(": "); colon != std::string::npos) title.erase(0, colon + 2);
        titles.push_back(std::move(title));
        shown.push_back(std::move(data));
    };
    for (const std::string& body : events) {
        json::object data = data_of(parsed(body));
        const json::value* parts = data.if_contains("events");
        if (parts == nullptr || !parts->is_array()) {
            ++count;
            show(std::move(data));
            continue;
        }
        count += data.at("count").to_number<std::size_t>();  // gathered before
        for (const json::value& part : parts->get_array()) show(part.as_object());
    }
    const Wording words = words_of_many(type, count, titles, locale);
    json::object event = frame(type, id, now, "", teller);
    event["data"] = json::object{
        {"title", text(words.title)}, {"text", text(words.text)}, {"count", count}, {"events", std::move(shown)}};
    return json::serialize(event);
}

Told told_of(const std::string& body) {
    const json::object event = parsed(body);
    const json::object data = data_of(event);
    Told told{.title = member(data, "title"),
              .text = member(data, "text"),
              .link = member(data, "link"),
              .command = member(data, "command"),
              .job = member(event, "subject"),
              .run = {}};
    constexpr std::string_view kPrefix = "io.taktd.";
    const std::string type = member(event, "type");
    if (type.starts_with(kPrefix)) {
        told.type = parse_name<NoticeType>(std::string_view{type}.substr(kPrefix.size())).value_or(NoticeType::test);
        told.severity = severity_of(told.type);
    }
    if (const json::value* run = data.if_contains("run"); run != nullptr && run->is_object())
        told.run = member(run->get_object(), "id");
    return told;
}

}  // namespace taktd::notify
