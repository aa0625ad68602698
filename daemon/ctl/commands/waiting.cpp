// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/waiting.hpp"

#include <utility>

#include "daemon/core/model/model.hpp"
#include "daemon/ctl/commands/event_lines.hpp"
#include "daemon/ctl/commands/run_watch.hpp"
#include "daemon/net/clock.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::ctl {
namespace {

constexpr const char* kTypes = "transition,overdue,recovered";
constexpr const char* kTypesOfShow = "transition,call,overdue,recovered";

class Waiting {
public:
    Waiting(const Options& options, const Context& context, const json::object& run, const Wait& wait)
        : options_{options},
          context_{context},
          wait_{wait},
          run_{options, run, wait.what == Wait::For::show ? kTypesOfShow : kTypes, wait.tell_whole != nullptr,
               outside_} {
        if (wait.timeout) deadline_ = Outside::Clock::now() + *wait.timeout;
    }

    Answer stay() {
        if (!options_.json) {
            if (auto answer = write(wait_.begun)) return std::move(*answer);
        }
        while (!run_.has_ended()) {
            const RunNews news = run_.next(deadline_);
            if (auto answer = hear(news)) return std::move(*answer);
        }
        return told_end();
    }

private:
    using Kind = RunNews::Kind;

    bool is_show() const { return wait_.what == Wait::For::show; }
    std::string name() const { return "run " + short_id_in({{"id", run_.id()}}) + " of " + run_.job(); }

    std::optional<Answer> hear(const RunNews& news) {
        switch (news.kind) {
            case Kind::whole: return write(wait_.tell_whole(news.data));
            case Kind::event: return tell(news);
            case Kind::lost:
                Outside::note(news.why + "; the run is stopped in time all the same, waiting goes on");
                return std::nullopt;
            case Kind::back: Outside::note("taktd answers again"); return std::nullopt;
            case Kind::refused: return news.answer;
            case Kind::timed_out:
                return failure(name() + " is still " + run_.state() + "; taktd goes on with it",
                               run_.is_away() ? kUnreachable : kFailed);
            case Kind::interrupted: return interrupted();
            case Kind::reader_gone:
                if (is_show()) return Answer{};
                return failure("the output is not read any more; " + name() + " goes on");
        }
        return std::nullopt;
    }

    std::optional<Answer> tell(const RunNews& news) {
        Context context = context_;
        context.now = read_clocks().wall;
        const std::string text = options_.json ? event_document(news.event.name, news.event.id, news.data)
                                               : lines_.line_of(news.event.name, news.data, context);
        return write(text);
    }

    std::optional<Answer> write(const std::string& text) {
        switch (outside_.write(text)) {
            case Outside::Woken::interrupted: return interrupted();
            case Outside::Woken::reader_gone: return hear({.kind = Kind::reader_gone});
            default: return std::nullopt;
        }
    }

    std::optional<Answer> interrupted() {
        if (wait_.is_left_when_interrupted || std::exchange(is_stopping_, true)) {
            if (!is_show()) Outside::note(name() + " is left to taktd, which stops it in time");
            return Answer{.exit_code = outside_.exit_of_signal(), .out = {}, .err = {}};
        }
        Outside::note("stopping " + name() + "; press ^C again to leave it to taktd");
        const auto said = ask_daemon(options_, {.method = "POST",
                                                .path = "/api/v1/runs/" + escaped(run_.id()) + "/stop",
                                                .body = {{"reason", "interrupted while waiting for it"}}});
        if (!said) return said.error();
        return std::nullopt;
    }

    Answer told_end() const {
        const auto state = parse_name<RunState>(run_.state());
        bool is_good = is_show();
        if (is_show()) {
            // whatever became of it, it was shown
        } else if (wait_.what == Wait::For::stop) {
            is_good = state != RunState::failed;
        } else {
            is_good = state == RunState::completed || (state == RunState::stopped && run_.reason() == "schedule");
        }
        const std::string reason = run_.reason();
        const std::string text = "Run " + short_id_in({{"id", run_.id()}}) + " of " + log::escape_text(run_.job()) +
                                 " is " + run_.state() + (reason.empty() ? "" : " (" + reason + ")") + ".\n";
        const json::object data{{"run_id", run_.id()},
                                {"job", run_.job()},
                                {"state", run_.state()},
                                {"reason", reason.empty() ? json::value(nullptr) : json::value(json::string{reason})}};
        return {.exit_code = is_good ? kDone : kFailed,
                .out = options_.json ? event_document("end", "", data) : text,
                .err = {}};
    }

    const Options& options_;
    const Context& context_;
    const Wait& wait_;
    Outside outside_;
    RunWatch run_;
    EventLines lines_;
    Outside::Clock::time_point deadline_ = Outside::Clock::time_point::max();
    bool is_stopping_ = false;
};

}  // namespace

Answer wait_for_run(const Options& options, const Context& context, const json::object& run, const Wait& wait) {
    return Waiting{options, context, run, wait}.stay();
}

Result<std::optional<Duration>, Answer> read_timeout(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto read = parse_duration(text);
    if (!read) return unexpected{failure("--timeout: " + read.error(), kUsage)};
    return *read;
}

}  // namespace taktd::ctl
