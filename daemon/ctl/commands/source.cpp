// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/source.hpp"

#include <algorithm>
#include <set>

#include "daemon/core/rules/ends.hpp"
#include "daemon/ctl/commands/answered_rows.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/run_reference.hpp"
#include "daemon/report/clock_note.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/settings/source/suggest.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

constexpr int kPageMax = 1000;  // of the API

class Target {
public:
    explicit Target(std::string path) : text_{std::move(path)} {}

    void add(const char* name, const std::string& value) {
        text_ += std::string{has_any_ ? "&" : "?"} + name + "=" + escaped(value);
        has_any_ = true;
    }
    template <class Value, class ToText>
    void add(const char* name, const std::optional<Value>& value, ToText to_text) {
        if (value) add(name, std::string{to_text(*value)});
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
    bool has_any_ = false;
};

const auto kAsItIs = [](const std::string& text) { return text; };
const auto kAsName = [](auto value) { return name_of(value); };
const auto kAsInstant = [](WallTime t) { return to_rfc3339(t); };

std::optional<StopFacts> stop_facts_in(const json::object& run) {
    const json::value* attempts = run.if_contains("stop_attempts");
    if (attempts == nullptr || !attempts->is_number()) return std::nullopt;
    return StopFacts{attempts->to_number<int>(), instant_in(run, "next_stop")};
}

class DaemonSource final : public Source {
public:
    DaemonSource(const Options& options, const Context& context) : options_{options}, context_{context} {}

    Result<Listed<RunRow>, Answer> runs(const RunSearch& search) override {
        const RunFilter& filter = search.filter;
        Target target{"/api/v1/runs"};
        std::string states;
        for (const RunState state : filter.states) states += (states.empty() ? "" : ",") + std::string{name_of(state)};
        target.add("job", filter.job, kAsItIs);
        if (!states.empty()) target.add("state", states);
        target.add("since", filter.since, kAsInstant);
        target.add("until", filter.until, kAsInstant);
        target.add("provider", filter.provider, kAsItIs);
        target.add("reason", filter.reason, kAsName);
        target.add("origin", filter.origin, kAsName);
        if (filter.is_live) target.add("live", "true");
        if (search.is_overdue) target.add("overdue", "true");
        if (!search.label.empty()) target.add("label", search.label);
        StopPlanReader plans;
        return paged<RunRow>(target, filter.limit, "runs",
                             [&plans](const json::object& row) { return run_in(row, plans); });
    }

    Result<ShownRun, Answer> show(const std::string& reference) override {
        const auto run = segment_of_run(reference, context_);
        if (!run) return unexpected{run.error()};
        const auto said = ask_daemon(options_, {.path = "/api/v1/runs/" + *run});
        if (!said) return unexpected{said.error()};
        auto shown = shown_in(*said);
        if (!shown) return unexpected{failure("the answer cannot be read; is taktd another version?")};
        return std::move(*shown);
    }

    Result<Listed<ToldTransition>, Answer> transitions(TransitionFilter filter) override {
        Target target{"/api/v1/transitions"};
        target.add("job", filter.job, kAsItIs);
        target.add("state", filter.state, kAsName);
        target.add("since", filter.since, kAsInstant);
        target.add("until", filter.until, kAsInstant);
        if (filter.is_oldest_first) target.add("order", "asc");
        return paged<ToldTransition>(target, filter.limit, "transitions",
                                     [](const json::object& row) { return std::optional{told_transition_in(row)}; });
    }

    Result<std::vector<ForeignRow>, Answer> foreign() override {
        const auto said = ask_daemon(options_, {.path = "/api/v1/foreign"});
        if (!said) return unexpected{said.error()};
        std::vector<ForeignRow> rows;
        for (const json::value& each : said->at("foreign").as_array()) rows.push_back(foreign_in(each.as_object()));
        return rows;
    }

    std::string note() override { return ""; }

private:
    template <class Item, class Read>
    Result<Listed<Item>, Answer> paged(const Target& target, int limit, const char* member, Read read) {
        Listed<Item> listed;
        std::string before;
        do {
            const int wanted = std::min(kPageMax, limit - static_cast<int>(listed.items.size()));
            Target page = target;
            page.add("limit", std::to_string(wanted));
            if (!before.empty()) page.add("before", before);
            const auto said = ask_daemon(options_, {.path = page.text()});
            if (!said) return unexpected{said.error()};
            for (const json::value& each : said->at(member).as_array()) {
                auto item = read(each.as_object());
                if (!item) return unexpected{failure("the answer cannot be read; is taktd another version?")};
                listed.items.push_back(std::move(*item));
            }
            before = text_in(*said, "next");
        } while (!before.empty() && std::ssize(listed.items) < limit);
        listed.has_more = !before.empty();
        return listed;
    }

    const Options& options_;
    const Context& context_;
};

class StoreSource final : public Source {
public:
    StoreSource(std::unique_ptr<Queries> queries, const Options& options, const Context& context, bool is_fallback)
        : queries_{std::move(queries)}, options_{options}, context_{context}, is_fallback_{is_fallback} {}

    Result<Listed<RunRow>, Answer> runs(const RunSearch& search) override {
        RunFilter filter = search.filter;
        if (search.is_overdue) filter.overdue = context_.now;
        if (!search.label.empty()) {
            const auto settings = require_config(options_.config_path());
            if (!settings) return unexpected{settings.error()};
            auto jobs = std::make_shared<std::set<std::string>>();
            const std::size_t equals = search.label.find('=');
            for (const auto& [name, job] : settings->config->jobs) {
                const auto label = job->labels.find(search.label.substr(0, equals));
                if (label != job->labels.end() && label->second == search.label.substr(equals + 1)) jobs->insert(name);
            }
            filter.jobs = std::move(jobs);
        }
        auto page = queries_->page_of_runs(filter);
        if (page.items.empty() && filter.job) {
            if (auto unknown = unknown_job(*filter.job)) return unexpected{std::move(*unknown)};
        }
        return Listed<RunRow>{std::move(page.items), !page.next.empty()};
    }

    Result<ShownRun, Answer> show(const std::string& reference) override {
        const auto id = find_run(*queries_, reference, context_);
        if (!id) {
            const std::string job = reference.substr(0, reference.rfind('@'));
            const auto unknown = unknown_job(job);
            return unexpected{unknown && unknown->err.find("did you mean") != std::string::npos ? *unknown
                                                                                                : id.error()};
        }
        auto history = queries_->show(*id);
        if (!history) return unexpected{failure("run " + id->text() + " has just been pruned")};
        return ShownRun{std::move(*history), std::nullopt};
    }

    Result<Listed<ToldTransition>, Answer> transitions(TransitionFilter filter) override {
        Listed<ToldTransition> listed;
        const int limit = filter.limit;
        std::string next;
        do {
            filter.limit = std::min(kPageMax, limit - static_cast<int>(listed.items.size()));
            auto page = queries_->transitions(filter);
            if (page.is_gone) return unexpected{failure("what was listed has just been pruned; ask again")};
            std::ranges::move(page.items, std::back_inserter(listed.items));
            next = page.next;
            filter.behind = TransitionPlace::parse(next);
        } while (filter.behind && std::ssize(listed.items) < limit);
        listed.has_more = !next.empty();
        if (listed.items.empty() && filter.job) {
            if (auto unknown = unknown_job(*filter.job)) return unexpected{std::move(*unknown)};
        }
        return listed;
    }

    Result<std::vector<ForeignRow>, Answer> foreign() override { return queries_->foreign(); }

    std::string note() override {
        return (is_fallback_ ? store_note(*queries_, context_) : "") + note_line(clock_note(*queries_, context_));
    }

private:
    /// Of a job that the store has never heard of.
    std::optional<Answer> unknown_job(const std::string& job) {
        std::vector<std::string> known;
        for (const JobStateRow& row : queries_->job_states()) known.push_back(row.job);
        if (std::ranges::find(known, job) != known.end() || queries_->first_run_from(job, WallTime::min()))
            return std::nullopt;
        return failure("there is no job '" + job + "'" + did_you_mean(job, known));
    }

    std::unique_ptr<Queries> queries_;
    const Options& options_;
    const Context& context_;
    bool is_fallback_;
};

}  // namespace

std::optional<ShownRun> shown_in(const json::object& said) {
    auto history = history_in(said);
    if (!history) return std::nullopt;
    return ShownRun{std::move(*history), stop_facts_in(said.at("run").as_object())};
}

std::string store_note(Queries& queries, const Context& context) {
    const WallTime newest = queries.newest();
    const auto age = std::chrono::floor<std::chrono::seconds>(std::max(context.now - newest, Duration{}));
    return note_line("taktd is not running, or you may not ask it; this is what its store knew at " +
                     local_text(std::chrono::floor<std::chrono::seconds>(newest), *context.zone) + " (" +
                     rough_text(age) + " ago)");
}

Result<std::unique_ptr<Source>, Answer> open_source(const Options& options, const Context& context) {
    const bool asks_store = !options.db.empty();
    if (!asks_store && reach_daemon(options, {.path = "/healthz"}).is_there)
        return std::make_unique<DaemonSource>(options, context);
    auto queries = open_queries(options);
    if (!queries) return unexpected{std::move(queries.error())};
    return std::make_unique<StoreSource>(std::move(*queries), options, context, !asks_store);
}

}  // namespace taktd::ctl
