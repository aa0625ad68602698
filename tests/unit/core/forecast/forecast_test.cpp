// SPDX-License-Identifier: Apache-2.0
// What make_forecast predicts is what the engine then does: random configs over a simulated month, from the beginning
// and from a snapshot in its middle, against a vendor that obeys after a while. TAKTD_SEED=n lives through one world,
// TAKTD_SEEDS=n through many.
#include "daemon/core/forecast/forecast.hpp"

#include <cstdlib>
#include <set>

#include <gtest/gtest.h>

#include "daemon/zones/zone_loader.hpp"
#include "tests/support/chance.hpp"
#include "tests/support/engine_bench.hpp"
#include "tests/support/instants.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;

/// An engine in virtual time before vendors that obey, each answer after its latency.
class SlowWorld {
public:
    SlowWorld(ConfigPtr config, WallTime begin, Duration latency_max, std::uint64_t seed)
        : config_{std::move(config)}, chance_{seed}, latency_max_{latency_max}, engine_{seed} {
        now_ = {begin - Duration{1}, BootTime{1h}};
        Recovered recovered;
        recovered.past.snapshot.clean_stop = true;
        step(recovered);
        step(ConfigLoaded{config_});
    }

    void live_until(WallTime end) {
        while (true) {
            WallTime next = end;
            if (wake_.wall) next = std::min(next, *wake_.wall);
            if (wake_.boot) next = std::min(next, now_.wall + (*wake_.boot - now_.boot));
            if (!answers_.empty()) next = std::min(next, answers_.begin()->first);
            next = std::max(next, now_.wall);
            now_.boot += next - now_.wall;
            now_.wall = next;
            if (!answers_.empty() && answers_.begin()->first <= next) {
                Answered answered = std::move(answers_.begin()->second);
                answers_.erase(answers_.begin());
                answered.result.ended = now_.wall;
                answered.result.ended_boot = now_.boot;
                step(std::move(answered));
                continue;
            }
            if (next >= end) return;
            step(Wake{});
        }
    }

    void hold(HoldRow hold) {
        Command command;
        command.actor = "ann";
        command.body = SetHold{std::move(hold)};
        step(command);
    }

    Past past() const {
        Snapshot found;
        found.clean_stop = true;
        for (const auto& [id, row] : runs) {
            if (is_terminal(row.state)) continue;
            RecoveredRun run;
            run.run = row;
            run.last_seq = seqs_.at(id);
            run.newest_row = row.updated;
            for (const auto& [call_id, call] : calls_) {
                if (call.run == id) run.calls.push_back(call);
            }
            found.live.push_back(std::move(run));
        }
        for (const auto& [name, state] : job_states_) found.jobs.push_back(state);
        for (const auto& [scope, row] : holds_) found.holds.push_back(row);
        Schedules schedules;
        for (const auto& [name, job] : config_->jobs) schedules.emplace(name, job->schedule);
        found.limiters = engine_.limiter_rows(now_);
        found.newest = now_.wall;
        return {std::move(found), std::move(schedules)};
    }

    std::map<RunId, RunRow> runs;
    struct Sent {
        std::optional<WallTime> start, stop;
    };
    std::map<RunId, Sent> sent;

private:
    void step(Event event) {
        queue_.push_back(std::move(event));
        while (!queue_.empty() || wake_.at_once) {
            if (queue_.empty()) queue_.emplace_back(Wake{});
            const Event next = std::move(queue_.front());
            queue_.pop_front();
            perform(engine_.step(next, now_));
        }
    }

    void perform(Effects effects) {
        wake_ = effects.wake;
        if (effects.append) {
            for (const Row& row : effects.append->rows) keep(row);
            queue_.emplace_back(Durable{effects.append->step});
        }
        for (const Send& send : effects.sends) {
            if (send.spec->run) {
                Sent& of_run = sent[*send.spec->run];
                if (send.spec->action == Action::start && !of_run.start) of_run.start = now_.wall;
                if (send.spec->action == Action::stop && !of_run.stop) of_run.stop = now_.wall;
            }
            answers_.emplace(now_.wall + chance_.between(0ns, latency_max_), Answered{send.call, obey(*send.spec)});
        }
    }

    void keep(const Row& row) {
        if (const auto* run = std::get_if<RunRow>(&row)) {
            runs[run->id] = *run;
        } else if (const auto* transition = std::get_if<TransitionRow>(&row)) {
            seqs_[transition->run] = transition->seq;
            if (is_terminal(transition->to)) {
                std::erase_if(calls_, [&](const auto& entry) { return entry.second.run == transition->run; });
            }
        } else if (const auto* call = std::get_if<CallRow>(&row)) {
            if (call->action != Action::query && call->run) calls_[call->id] = *call;
        } else if (const auto* state = std::get_if<JobStateRow>(&row)) {
            job_states_[state->job] = *state;
        } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
            holds_[hold->scope] = *hold;
        }
    }

    CallResult obey(const CallSpec& spec) {
        CallResult result = accepted();
        if (spec.action == Action::prepare) {
            if (!spec.finds) result.vendor_task_id = "made-" + std::to_string(++made_);
            return result;
        }
        for (const auto& id : spec.task_ids) {
            auto& task = tasks_[id];
            const auto token = [&] { return task.runs == 0 ? std::nullopt : std::optional{std::to_string(task.runs)}; };
            switch (spec.action) {
                case Action::start:
                    task.state = RemoteState::running;
                    ++task.runs;
                    if (spec.provider->traits.token_names_run) result.vendor_run_id = *token();
                    break;
                case Action::stop: task.state = RemoteState::stopped; break;
                default: {
                    Observation seen{task.state, spec.batched ? std::nullopt : token(), {}};
                    for (const auto& [name, job] : config_->jobs) {
                        if (job->task.task_id == id) seen.name = job->task.expect_name;
                    }
                    result.observations[id] = seen;
                }
            }
        }
        return result;
    }

    ConfigPtr config_;
    Chance chance_;
    Duration latency_max_;
    Engine engine_;
    Now now_;
    WakeAt wake_;
    std::deque<Event> queue_;
    std::multimap<WallTime, Answered> answers_;
    std::map<std::string, EngineBench::Task> tasks_;
    int made_ = 0;
    std::map<RunId, int> seqs_;
    std::map<CallId, CallRow> calls_;
    std::map<std::string, JobStateRow> job_states_;
    std::map<std::string, HoldRow> holds_;
};

StartRule random_rule(Chance& chance, WallTime begin) {
    const char* zones[] = {"UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"};
    const ZonePtr zone = load_zone(zones[chance.below(5)]);
    const auto number = [&](int n) { return std::to_string(chance.below(n)); };
    switch (chance.below(6)) {
        case 0: return OnceRule{begin + std::chrono::floor<std::chrono::seconds>(chance.between(1h, 24h * 25))};
        case 1: return EveryRule{1h * (7 + chance.below(30)), {}, WallTime{} + 1min * chance.below(60), zone};
        case 2: {
            const LocalTime from = zone->to_local(begin - 24h * 9 + 1h * chance.below(24));
            return EveryRule{24h * (1 + chance.below(3)), std::chrono::floor<std::chrono::minutes>(from),
                             zone->meaning_of(std::chrono::floor<std::chrono::minutes>(from)).first, zone};
        }
        default: break;
    }
    const std::string text = number(4) + "0 " + (chance.one_in(3) ? "2" : number(24)) + " * * " +
                             (chance.one_in(2) ? "*" : number(7) + "," + number(7));
    return CronRule{Cron::parse(text).value(), zone, text};
}

ConfigPtr random_config(Chance& chance, WallTime begin) {
    auto config = std::make_shared<Config>();
    std::vector<ProviderPtr> providers;
    for (int n = 0; n < 2; ++n) {
        ProviderSpec spec = make_provider("provider-" + std::to_string(n));
        if (chance.one_in(2)) spec.account = "account-" + std::to_string(n);
        spec.rate_limit = chance.one_in(2) ? RateLimit{1s, 3} : RateLimit{1s * (4 + chance.below(12)), 2};
        spec.poll_interval = 24h * 90;  // polls take permits by chance
        spec.baseline = !chance.one_in(3);
        spec.traits.query_batch_max = chance.one_in(2) ? 1 : 100;
        providers.push_back(std::make_shared<const ProviderSpec>(spec));
    }
    // Providers that share an account share its limit.
    if (providers[0]->account == providers[1]->account) {
        ProviderSpec spec = *providers[1];
        spec.rate_limit = providers[0]->rate_limit;
        providers[1] = std::make_shared<const ProviderSpec>(spec);
    }
    for (const auto& provider : providers) config->providers.emplace(provider->name, provider);
    for (int n = 0; n < 8; ++n) {
        Job job = make_job("job-" + std::to_string(n), "", 0s, std::to_string(chance.below(6)));
        job.provider = providers[static_cast<std::size_t>(chance.below(2))];
        for (int rules = 1 + chance.below(2); rules > 0; --rules)
            job.schedule.rules.push_back(random_rule(chance, begin));
        job.stop = StopAfter{1min * (3 + chance.below(chance.one_in(4) ? 60 * 30 : 60))};
        if (chance.one_in(5)) {
            job.stop = StopCron{Cron::parse("30 3 * * *").value(), "30 3 * * *"};
            job.max_duration = 2h;
        } else if (chance.one_in(6)) {
            job.stop = StopWhenDone{};
            job.max_duration = 45min;
        } else if (chance.one_in(4)) {
            job.max_duration = 1min * (2 + chance.below(40));
        }
        job.overlap = static_cast<Overlap>(chance.below(3));
        job.misfire = chance.one_in(2) ? Misfire::skip : Misfire::run_late;
        if (chance.one_in(5)) job.min_window = 1min * chance.below(40);
        if (chance.one_in(4)) job.start_grace = 1s * (10 + chance.below(200));
        job.enabled = !chance.one_in(8);
        if (chance.one_in(5)) {
            job.task.task_id.clear();
            job.task.prepare_json = R"({"template_id":33})";
        } else if (chance.one_in(4)) {
            job.task.expect_name = "task " + job.task.task_id;
        }
        job.task_key = task_key_of(*job.provider, job.task.task_id);
        config->jobs.emplace(job.name, std::make_shared<const Job>(job));
    }
    // Jobs on one task expect one name.
    std::map<std::string, std::string> names;
    for (auto& [name, job] : config->jobs) names[job->task.task_id] = job->task.expect_name;
    for (auto& [name, job] : config->jobs) {
        if (job->task.task_id.empty()) continue;
        Job same = *job;
        same.task.expect_name = names[job->task.task_id];
        job = std::make_shared<const Job>(same);
    }
    return config;
}

/// What became of one occurrence.
struct Outline {
    std::string state;
    std::optional<WallTime> start, stop;
};
using Outlines = std::map<std::pair<std::string, WallTime>, Outline>;

std::string outline_of(const RunRow& row) {
    return std::string{name_of(row.state)} + " " + std::string{name_of(row.reason)};
}

Outlines lived(const SlowWorld& world, WallTime from, WallTime until) {
    Outlines outlines;
    for (const auto& [id, row] : world.runs) {
        if (row.start_due < from || row.start_due >= until) continue;
        const auto sent = world.sent.find(id);
        outlines[{row.job, row.start_due}] = {outline_of(row),
                                              sent == world.sent.end() ? std::nullopt : sent->second.start,
                                              sent == world.sent.end() ? std::nullopt : sent->second.stop};
    }
    return outlines;
}

Outlines foretold(const Forecast& forecast, WallTime from, WallTime until) {
    Outlines outlines;
    for (const ForecastRun& run : forecast.runs) {
        if (run.row.start_due < from || run.row.start_due >= until) continue;
        outlines[{run.row.job, run.row.start_due}] = {outline_of(run.row), run.start_sent, run.stop_sent};
    }
    return outlines;
}

bool is_near(std::optional<WallTime> a, std::optional<WallTime> b, Duration tolerance) {
    if (a.has_value() != b.has_value()) return false;
    return !a || (*a - *b <= tolerance && *b - *a <= tolerance);
}

std::string text_of(const Outline& o) {
    return o.state + ", start " + (o.start ? to_rfc3339(*o.start) : "-") + ", stop " +
           (o.stop ? to_rfc3339(*o.stop) : "-");
}

/// A start that was made, and its stop, both before `until`; or a start that was not made.
bool is_over_by(const Outline& outline, WallTime until) {
    return !outline.start || (outline.stop && *outline.stop < until);
}

std::string difference(const Outlines& truth, const Outlines& forecast, WallTime until, Duration tolerance) {
    std::string text;
    for (const auto& [key, outline] : truth) {
        if (!is_over_by(outline, until)) continue;  // runs that come later may still end it
        const auto told = forecast.find(key);
        const std::string where = key.first + " at " + to_rfc3339(key.second) + ": ";
        if (told == forecast.end()) {
            text += where + text_of(outline) + "; not foretold\n";
        } else if (told->second.state != outline.state || !is_near(told->second.start, outline.start, tolerance) ||
                   !is_near(told->second.stop, outline.stop, tolerance)) {
            text += where + text_of(outline) + "; foretold: " + text_of(told->second) + "\n";
        }
    }
    for (const auto& [key, outline] : forecast) {
        if (!truth.contains(key))
            text += key.first + " at " + to_rfc3339(key.second) + " is foretold and does not come\n";
    }
    return text;
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr Duration kMonth = 24h * 31;

struct Tally {
    std::map<std::string, int> outlines;
};

void live_and_compare(std::uint64_t seed, Duration latency, Duration tolerance, Tally& tally) {
    Chance chance{seed};
    // Both changes of the clocks, in most zones.
    const WallTime begin = utc(chance.one_in(2) ? "2026-03-04T00:00:00Z" : "2026-10-12T00:00:00Z");
    const WallTime middle = begin + 24h * 15 + chance.between(0h, 24h), end = begin + kMonth;
    const ConfigPtr config = random_config(chance, begin);

    SlowWorld world{config, begin, latency, seed};
    Forecast forecast = make_forecast({config, {}, begin, middle});
    world.live_until(middle);
    EXPECT_EQ(difference(lived(world, begin, middle - 24h), foretold(forecast, begin, middle - 24h), middle, tolerance),
              "")
        << "from the beginning; TAKTD_SEED=" << seed;

    HoldRow hold;
    hold.scope = chance.one_in(2) ? "" : "job:job-1";
    hold.until = middle + chance.between(1h, 72h);
    if (chance.one_in(2)) world.hold(hold);
    forecast = make_forecast({config, world.past(), middle, end});
    world.live_until(end + 48h);
    const Outlines truth = lived(world, middle, end);
    for (const auto& [key, outline] : truth) ++tally.outlines[outline.state];
    EXPECT_EQ(difference(truth, foretold(forecast, middle, end), end, tolerance), "")
        << "from the middle, " << to_rfc3339(middle) << "; TAKTD_SEED=" << seed;
}

TEST(Forecast, Forecast_SaysWhatTheEngineThenDoes) {
    const std::uint64_t only = number_from("TAKTD_SEED", 0);
    const std::uint64_t first = only != 0 ? only : number_from("TAKTD_FIRST_SEED", 1);
    const std::uint64_t count = only != 0 ? 1 : number_from("TAKTD_SEEDS", 8);
    Tally tally;
    for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed)
        live_and_compare(seed, 0ns, 0ns, tally);
    if (only != 0 || HasFailure()) return;
    for (const char* outline : {"stopped schedule", "stopped max_duration", "skipped overlap", "skipped task_busy",
                                "skipped disabled", "skipped hold"})
        EXPECT_GT(tally.outlines[outline], 0) << outline;
    if (std::getenv("TAKTD_SEEDS") == nullptr) return;
    for (const auto& [outline, n] : tally.outlines) std::printf("%8d %s\n", n, outline.c_str());
}

}  // namespace
}  // namespace taktd::test
