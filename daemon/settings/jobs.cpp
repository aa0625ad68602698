// One JobReader per entry. Warnings that need the whole job (a period shorter than its window) come last, and only for
// a job without errors.
#include "daemon/settings/jobs.hpp"

#include <algorithm>
#include <memory>

#include "daemon/settings/schedules.hpp"
#include "daemon/settings/suggest.hpp"
#include "daemon/settings/tasks.hpp"
#include "daemon/settings/values.hpp"

namespace taktd {
namespace {

constexpr std::int64_t kAttemptsMax = 1000;
constexpr Duration kPolicyMin = std::chrono::milliseconds{1};

class JobReader {
public:
    JobReader(const Field& entry, const NamedProviders& providers, const std::vector<std::string>& provider_names,
              ZonePtr zone, Zones& zones, Findings& findings)
        : entry_{entry},
          providers_{providers},
          provider_names_{provider_names},
          zone_{std::move(zone)},
          zones_{zones},
          findings_{findings},
          section_{*entry.value, "job '" + entry.name() + "'", findings} {}

    JobPtr read() {
        if (!section_.is_usable()) return nullptr;
        const std::size_t errors_before = findings_.error_count();
        job_.name = entry_.name();
        section_.refuse_later({{"use", "write the job out"}});
        const NamedProvider provider = read_provider();
        if (const Field f = section_.take("time_zone")) zone_ = zones_.read(f);
        read_times_and_task(provider.schema);
        read_policies();
        section_.refuse_rest();
        if (findings_.error_count() != errors_before || !provider.spec) return nullptr;
        warn(*provider.schema);
        job_.provider = provider.spec;
        job_.task_key = task_key_of(*provider.spec, job_.task.task_id);
        return std::make_shared<const Job>(std::move(job_));
    }

private:
    NamedProvider read_provider() {
        const Field field = section_.need("provider", "the name of one under 'providers'", entry_.key->at);
        if (!field) return {};
        const auto name = read_text(field, findings_);
        if (!name) return {};
        const auto found = providers_.find(*name);
        if (found != providers_.end()) return found->second;
        std::string hint = findings_.is_full() ? std::string{} : did_you_mean(*name, provider_names_);
        if (hint.empty() && provider_names_.empty()) hint = "; the config has no providers";
        if (hint.empty()) hint = "; it must stand under 'providers'";
        findings_.error(field.at(), "unknown provider " + findings_.quoted(field.at(), *name) + hint);
        return {};
    }

    void read_times_and_task(const AdapterSchema* schema) {
        task_field_ = section_.need("task", "'task: {task_id: 1}' with the vendor's parameters", entry_.key->at);
        start_field_ = section_.need("start", "e.g. 'start: \"0 2 * * *\"'", entry_.key->at);
        const Field stop_field =
            section_.need("stop", "e.g. 'stop: {after: 30m}': a job without an end is an error", entry_.key->at);
        std::optional<Schedule> schedule;
        if (start_field_) schedule = read_start(start_field_, zone_, zones_, findings_);
        std::optional<Section> stop;
        std::optional<StopRule> rule;
        if (stop_field && is_stop_mapping(stop_field)) {
            stop.emplace(*stop_field.value, "'stop'", findings_);
            rule = read_stop_rule(*stop, stop_field, zone_, findings_);
        }
        if (schema != nullptr) job_.task = read_task(task_field_, stop ? &*stop : nullptr, *schema, findings_);
        if (schedule && rule) check_stop_against_start(*schedule, *rule, stop_field.at(), findings_);
        if (schedule) job_.schedule = std::move(*schedule);
        if (rule) job_.stop = *rule;
    }

    bool is_stop_mapping(const Field& field) {
        if (field.value->is_mapping()) return true;
        const bool when_done = field.value->is_scalar() && field.value->text == "when_done";
        findings_.error(field.at(), when_done ? "'when_done' is not supported yet; write 'stop: {after: 30m}'"
                                              : "'stop' must be a mapping, not " + kind_text(*field.value) +
                                                    "; write 'stop: {after: 30m}'");
        return false;
    }

    void read_policies() {
        const auto duration = [&](std::string_view key, Duration& into) {
            const Field f = section_.take(key);
            if (f) into = read_duration(f, kPolicyMin, findings_).value_or(into);
        };
        duration("max_duration", job_.max_duration);
        duration("start_grace", job_.start_grace);
        if (const Field f = section_.take("min_window")) {
            min_window_at_ = f.at();
            // 0 means the default in a Job; whoever writes 0s wants any rest of a window to do.
            const auto written = read_duration(f, Duration{0}, findings_);
            if (written) job_.min_window = std::max(*written, Duration{1});
        }
        if (const Field f = section_.take("misfire")) {
            if (const auto i = read_choice(f, {"skip", "run_late"}, findings_)) job_.misfire = static_cast<Misfire>(*i);
        }
        if (const Field f = section_.take("overlap")) read_overlap(f);
        if (const Field f = section_.take("retry")) read_retry(f);
        if (const Field f = section_.take("enabled")) job_.enabled = read_bool(f, findings_).value_or(true);
        if (const Field f = section_.take("on_removal")) {
            if (const auto i = read_choice(f, {"stop", "finish"}, findings_))
                job_.on_removal = static_cast<OnRemoval>(*i);
        }
        if (const Field f = section_.take("description")) {
            job_.description = read_text(f, findings_).value_or(std::string{});
        }
    }

    void read_overlap(const Field& field) {
        const auto choice = read_choice(field, {"skip", "queue", "stop_previous"}, findings_);
        if (!choice || *choice == 0) return;
        findings_.error(field.at(),
                        "'overlap: " + field.value->text + "' is not supported yet; write 'skip' or remove the key");
    }

    void read_retry(const Field& field) {
        Section retry{*field.value, "'retry'", findings_};
        if (!retry.is_usable()) return;
        if (const Field f = retry.take("attempts")) {
            const auto attempts = read_integer(f, 1, kAttemptsMax, findings_);
            if (attempts) job_.retry.attempts = static_cast<int>(*attempts);
        }
        const Field initial = retry.take("initial");
        if (initial) job_.retry.initial = read_duration(initial, kPolicyMin, findings_).value_or(job_.retry.initial);
        const Field max = retry.take("max");
        if (max) job_.retry.max = read_duration(max, kPolicyMin, findings_).value_or(job_.retry.max);
        retry.refuse_rest();
        if (job_.retry.max >= job_.retry.initial) return;
        findings_.error(field.at(), "'retry.max' (" + to_text(job_.retry.max) +
                                        ") must not be less than 'retry.initial' (" + to_text(job_.retry.initial) +
                                        ")");
    }

    void warn(const AdapterSchema& schema) {
        const bool recurring = is_recurring(job_.schedule);
        if (recurring && !schema.recurring_task_warning.empty()) {
            findings_.warning(start_field_.at(), schema.recurring_task_warning);
        }
        const auto* after = std::get_if<StopAfter>(&job_.stop);
        if (after == nullptr) return;
        if (job_.min_window > after->after) {
            findings_.warning(*min_window_at_, "'min_window' (" + to_text(job_.min_window) +
                                                   ") is longer than the window (" + to_text(after->after) +
                                                   "): nothing would start");
        }
        if (!next_due(job_.schedule, WallTime{})) {
            findings_.warning(start_field_.at(), "this schedule never fires");
        }
        const Duration window =
            job_.max_duration > Duration{} ? std::min(after->after, job_.max_duration) : after->after;
        const auto period = shortest_period(job_.schedule);
        if (period && *period < window) {
            findings_.warning(start_field_.at(), "starts follow each other after " + to_text(*period) +
                                                     " but a run lasts " + to_text(window) +
                                                     ": those that overlap are skipped");
        }
    }

    Field entry_;
    const NamedProviders& providers_;
    const std::vector<std::string>& provider_names_;
    ZonePtr zone_;
    Zones& zones_;
    Findings& findings_;
    Section section_;
    Field task_field_, start_field_;
    std::optional<Position> min_window_at_;
    Job job_;
};

}  // namespace

std::map<std::string, JobPtr> read_jobs(const Field& field, const NamedProviders& providers, const ZonePtr& zone,
                                        Zones& zones, Findings& findings) {
    std::map<std::string, JobPtr> jobs;
    const Section section{*field.value, "'jobs'", findings};
    if (!section.is_usable()) return jobs;
    std::vector<std::string> provider_names;
    for (const auto& [name, provider] : providers) provider_names.push_back(name);
    for (const Field& entry : section.rest()) {
        if (entry.name() == "<<") continue;
        if (!is_name(entry.name())) {
            findings.error(entry.key->at, "bad job name " + findings.quoted(entry.key->at, entry.name()) + "; " +
                                              std::string{kNameRule});
        }
        const JobPtr job = JobReader{entry, providers, provider_names, zone, zones, findings}.read();
        if (job) jobs.try_emplace(entry.name(), job);
    }
    return jobs;
}

}  // namespace taktd
