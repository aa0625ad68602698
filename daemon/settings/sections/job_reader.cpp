// SPDX-License-Identifier: Apache-2.0
// The keys of a job in the order in which a person thinks of them: whose, what, when, until when, under which
// policies. Warnings need the whole job and come last, and only for one without errors.
#include "daemon/settings/sections/job_reader.hpp"

#include <algorithm>
#include <memory>

#include "daemon/settings/sections/config_keys.hpp"
#include "daemon/settings/sections/duration_limits.hpp"
#include "daemon/settings/sections/healing.hpp"
#include "daemon/settings/sections/job_warnings.hpp"
#include "daemon/settings/sections/merge.hpp"
#include "daemon/settings/sections/schedules.hpp"
#include "daemon/settings/sections/tasks.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

constexpr std::size_t kLabelsMax = 100;

class JobReader {
public:
    JobReader(const JobSource& source, JobSurroundings& around)
        : source_{source},
          around_{around},
          findings_{around.findings},
          zone_{around.zone},
          section_{*source.entry.value, source.what, around.findings} {}

    JobPtr read() {
        if (!section_.is_usable()) return nullptr;
        const std::size_t errors_before = findings_.error_count();
        job_.name = source_.entry.name();
        // Whose name it bears is looked up by who merges; here it is only known.
        if (const Field use = section_.take("use"); use && !source_.use_refused.empty() && is_own(*use.key))
            findings_.error(use.key->at, source_.use_refused);
        const NamedProvider provider = read_provider();
        if (const Field f = section_.take("time_zone")) zone_ = around_.zones.read(f);
        read_times_and_task(provider);
        read_policies();
        read_words();
        if (is_whole()) check_ceiling();
        refuse_rest();
        if (findings_.error_count() != errors_before || !provider.spec || !is_whole()) return nullptr;
        job_.provider = provider.spec;
        job_.task_key = task_key_of(*provider.spec, job_.task.task_id);
        job_.zone = zone_;
        warn_about(job_, *provider.schema, places_, findings_);
        return std::make_shared<const Job>(std::move(job_));
    }

private:
    bool is_whole() const { return source_.completion == Completion::full; }

    Field need(std::string_view key, std::string_view example) {
        return is_whole() ? section_.need(key, example, source_.entry.key->at) : section_.take(key);
    }

    NamedProvider read_provider() {
        const Field field = need("provider", "the name of one under 'providers'");
        if (!field) return {};
        const auto name = read_text(field, findings_);
        if (!name) return {};
        const auto found = around_.providers.find(*name);
        if (found != around_.providers.end()) return found->second;
        std::string hint = findings_.is_full() ? std::string{} : did_you_mean(*name, around_.provider_names);
        if (hint.empty() && around_.provider_names.empty()) hint = "; the config has no providers";
        if (hint.empty()) hint = "; it must be under 'providers'";
        findings_.error(field.at(), "unknown provider" + findings_.named(field.at(), *name) + hint);
        return {};
    }

    void read_times_and_task(const NamedProvider& provider) {
        const Field task = need("task", "'task: {task_id: 1}' with the vendor's parameters");
        const Field start = need("start", "e.g. 'start: \"0 2 * * *\"'");
        stop_field_ = need("stop", "e.g. 'stop: {after: 30m}': a job without an end is an error");
        std::optional<Schedule> schedule;
        if (start) {
            // An inherited mapping stands nowhere itself; its key does, and all who inherit it are warned of once.
            places_.start = is_own(*start.key) || start.value->is_scalar() ? start.at() : start.key->at;
            schedule = read_start(start, zone_, around_.zones, source_.completion, findings_);
        }
        std::optional<Section> stop;
        std::optional<StopRule> rule;
        if (stop_field_ && is_stop()) {
            stop.emplace(*stop_field_.value, "'stop'", findings_);
            rule = read_stop_rule(*stop, stop_field_, zone_, around_.zones, source_.completion, findings_);
        }
        if (provider.schema != nullptr) {
            if (stop) job_.heal_within = read_healing(*stop, *provider.schema, findings_);
            const TaskSource written{.task = task,
                                     .stop = stop ? &*stop : nullptr,
                                     .schema = *provider.schema,
                                     .provider = provider.spec.get(),
                                     .completion = source_.completion};
            TaskReading reading = read_task(written, findings_);
            job_.task = std::move(reading.spec);
            places_.is_rerun = reading.is_rerun;
        }
        if (is_whole() && schedule && rule) {
            check_stop_against_start(*schedule, *rule, zone_, end_place(), findings_);
        }
        if (schedule) job_.schedule = std::move(*schedule);
        has_rule_ = rule.has_value();
        if (rule) job_.stop = *rule;
    }

    /// A mapping, or `when_done` alone, which is the mapping {when_done: true}.
    bool is_stop() {
        const YamlNode& value = *stop_field_.value;
        if (value.is_mapping()) return true;
        if (is_when_done(value)) {
            when_done_.emplace(value);
            stop_field_.value = &when_done_->mapping;
            return true;
        }
        const bool is_cron = value.is_scalar() && Cron::parse(value.text);
        findings_.error(stop_field_.at(), "'stop' must be a mapping or 'when_done', not " + kind_text(value) +
                                              (is_cron ? "; write 'stop: {cron: \"" + value.text + "\"}'"
                                                       : "; write 'stop: {after: 30m}'"));
        return false;
    }

    /// Of the end itself: whoever writes it is the one to correct it, be it in a template.
    Position end_place() const {
        const std::vector<const YamlNode*>& children = stop_field_.value->children;
        for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
            if (children[i]->text == "at" || children[i]->text == "cron") return children[i]->at;
        }
        return stop_field_.at();
    }

    void read_policies() {
        const auto duration = [&](std::string_view key, const DurationLimits& limits, Duration& into) {
            const Field f = section_.take(key);
            if (f) into = read_duration(f, limits, findings_).value_or(into);
            return static_cast<bool>(f);
        };
        has_ceiling_ = duration("max_duration", limits::kMaxDuration, job_.max_duration);
        duration("start_grace", limits::kStartGrace, job_.start_grace);
        if (const Field f = section_.take("min_window")) {
            places_.min_window = f.at();
            // 0 means the default in a Job; whoever writes 0s wants any rest of a window to do.
            const auto written = read_duration(f, limits::kMinWindow, findings_);
            if (written) job_.min_window = std::max(*written, Duration{1});
        }
        const auto choice = [&](std::string_view key, const std::vector<std::string>& words, auto& into) {
            const Field f = section_.take(key);
            const auto i = f ? read_choice(f, words, findings_) : std::nullopt;
            if (i) into = static_cast<std::decay_t<decltype(into)>>(*i);
            return f;
        };
        choice("misfire", {"skip", "run_late"}, job_.misfire);
        if (const Field f = choice("overlap", {"skip", "queue", "stop_previous"}, job_.overlap))
            places_.overlap = f.at();
        if (const Field f = section_.take("retry")) read_retry(f);
        if (const Field f = section_.take("enabled")) job_.enabled = read_bool(f, findings_).value_or(true);
        choice("on_removal", {"stop", "finish"}, job_.on_removal);
    }

    void read_retry(const Field& field) {
        Section retry{*field.value, "'retry'", findings_};
        if (!retry.is_usable()) return;
        if (const Field f = retry.take("attempts")) {
            const auto attempts = read_integer(f, 1, kAttemptsMax, findings_);
            if (attempts) job_.retry.attempts = static_cast<int>(*attempts);
        }
        const Field initial = retry.take("initial");
        if (initial)
            job_.retry.initial = read_duration(initial, limits::kRetryPause, findings_).value_or(job_.retry.initial);
        const Field max = retry.take("max");
        if (max) job_.retry.max = read_duration(max, limits::kRetryPause, findings_).value_or(job_.retry.max);
        retry.refuse_rest();
        if (job_.retry.max >= job_.retry.initial || !is_whole()) return;
        findings_.error((max ? max : initial).at(), "'retry.max' (" + to_text(job_.retry.max) +
                                                        ") must not be less than 'retry.initial' (" +
                                                        to_text(job_.retry.initial) + ")");
    }

    /// What is for people only.
    void read_words() {
        const auto words = [&](std::string_view key, std::string& into) {
            if (const Field f = section_.take(key)) into = read_text(f, findings_).value_or(std::string{});
        };
        words("description", job_.description);
        words("owner", job_.owner);
        words("runbook", job_.runbook);
        const Field labels = section_.take("labels");
        if (!labels) return;
        const Section section{*labels.value, "'labels'", findings_};
        if (!section.is_usable()) return;
        const std::vector<Field> entries = section.rest();
        if (entries.size() > kLabelsMax) {
            findings_.error(labels.key->at, "'labels' holds at most " + std::to_string(kLabelsMax) + " labels");
            return;
        }
        for (const Field& entry : entries) {
            if (!read_text({.key = labels.key, .value = entry.key}, findings_)) continue;
            if (const auto text = read_text(entry, findings_)) job_.labels.try_emplace(entry.name(), *text);
        }
    }

    /// Where no length follows from the end itself, somebody has to say how long is too long.
    void check_ceiling() {
        if (has_ceiling_ || !has_rule_) return;
        const bool is_cron = std::holds_alternative<StopCron>(job_.stop);
        if (!is_cron && !std::holds_alternative<StopWhenDone>(job_.stop)) return;
        findings_.error(source_.entry.key->at,
                        std::string{is_cron ? "'stop.cron'" : "'stop: when_done'"} +
                            " needs 'max_duration', the longest that a run may last; write e.g. 'max_duration: 2h'");
    }

    void refuse_rest() {
        section_.refuse_rest([this](const YamlNode& key) { return is_own(key); });
    }

    bool is_own(const YamlNode& key) const {
        if (source_.own == nullptr || source_.own == source_.entry.value) return true;
        return std::ranges::find(source_.own->children, &key) != source_.own->children.end();
    }

    const JobSource& source_;
    JobSurroundings& around_;
    Findings& findings_;
    ZonePtr zone_;
    Section section_;
    Field stop_field_;
    std::optional<WhenDone> when_done_;
    bool has_ceiling_ = false, has_rule_ = false;
    JobPlaces places_;
    Job job_;
};

}  // namespace

JobPtr read_job(const JobSource& source, JobSurroundings& surroundings) {
    return JobReader{source, surroundings}.read();
}

}  // namespace taktd
