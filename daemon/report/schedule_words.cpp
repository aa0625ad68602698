// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/schedule_words.hpp"

#include "daemon/report/time_text.hpp"

namespace taktd::report {
namespace {

/// What a pattern means, without the full stop.
std::string meaning_of(const Cron& cron) {
    std::string sentence = cron.describe();
    if (sentence.ends_with('.')) sentence.pop_back();
    return sentence;
}

struct StartWords {
    const Job& job;

    std::string operator()(const CronRule& rule) const {
        return meaning_of(rule.cron) + ", in " + rule.zone->name() + " (" + rule.text + ").";
    }
    std::string operator()(const OnceRule& rule) const {
        return "Once, at " + local_text_with_day(rule.at, *job.zone) + ".";
    }
    std::string operator()(const EveryRule& rule) const {
        const std::string from = ", from " + local_text_with_day(rule.from_instant, *rule.zone) + " on";
        if (!is_whole_days(rule.period)) return "Every " + to_text(rule.period) + from + ".";
        return "Every " + to_text(rule.period) + from + ", by the calendar of " + rule.zone->name() + ".";
    }
};

struct StopWords {
    const Job& job;

    std::string ceiling() const {
        return job.max_duration > Duration::zero() ? ", at the latest " + to_text(job.max_duration) + " after its start"
                                                   : "";
    }
    std::string operator()(const StopAfter& rule) const {
        return to_text(rule.after) + " after its start" + ceiling() + ".";
    }
    std::string operator()(const StopAt& rule) const {
        return "At " + local_text_with_day(rule.at, *job.zone) + ceiling() + ".";
    }
    std::string operator()(const StopCron& rule) const {
        return meaning_of(rule.cron) + " (" + rule.text + ")" + ceiling() + ".";
    }
    std::string operator()(const StopWhenDone&) const { return "When the task ends by itself" + ceiling() + "."; }
};

}  // namespace

std::vector<std::string> start_sentences(const Job& job) {
    std::vector<std::string> sentences;
    for (const StartRule& rule : job.schedule.rules) sentences.push_back(std::visit(StartWords{job}, rule));
    return sentences;
}

std::string stop_sentence(const Job& job) { return std::visit(StopWords{job}, job.stop); }

}  // namespace taktd::report
