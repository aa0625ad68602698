// SPDX-License-Identifier: Apache-2.0
// `taktctl show`: the history of one run. Facts first, then transitions and calls as one story in order of time; with
// --wire each call is followed by what was sent and what came back.
#include <algorithm>
#include <sstream>
#include <tuple>

#include "daemon/core/rules/ends.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/source.hpp"
#include "daemon/ctl/commands/waiting.hpp"
#include "daemon/log/escape.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/table.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

using std::chrono::days;
using std::chrono::floor;

class Story {
public:
    Story(const ShownRun& shown, const Context& context, bool wire)
        : history_{shown.history}, run_{shown.history.run}, stop_{shown.stop}, context_{context}, wire_{wire} {}

    std::string tell() {
        facts();
        events();
        return text_;
    }

private:
    void fact(const std::string& name, const std::string& value) {
        if (value.empty()) return;
        constexpr std::size_t kNameWidth = 12;
        text_ +=
            coloured(name, Colour::dim, context_.colour) + std::string(kNameWidth - name.size(), ' ') + value + "\n";
    }

    std::string painted(std::string_view text, Colour colour) const { return coloured(text, colour, context_.colour); }

    void facts() {
        const ProviderSpec& provider = *run_.plan.provider;
        const Zone& zone = *context_.zone;
        std::string state = painted(name_of(run_.state), colour_of(run_.state));
        if (run_.reason != Reason::none) state += " (" + std::string{name_of(run_.reason)} + ")";
        if (is_overdue(run_, context_.now)) state += painted(", overdue", Colour::red);
        fact("run", run_.id.text());
        fact("job", painted(log::escape_text(run_.job), Colour::bold));
        fact("state", state);
        fact("obligation", std::string{name_of(run_.obligation)});
        fact("origin", std::string{name_of(run_.origin)});
        fact("start due", local_text(run_.start_due, zone));
        fact("stop due", local_text(run_.stop_due, zone) + " (after " + to_text(run_.stop_due - run_.start_due) + ")");
        if (run_.max_end != run_.stop_due) fact("at most to", local_text(run_.max_end, zone));
        stop_facts();
        fact("provider", log::escape_text(run_.provider + ", " + provider.type + " at " + provider.endpoint));
        fact("task", log::escape_text(run_.plan.task.task_id));
        if (run_.vendor_task_id != run_.plan.task.task_id) fact("vendor task", log::escape_text(run_.vendor_task_id));
        fact("vendor run", log::escape_text(run_.vendor_run_id));
        if (run_.remote_state != RemoteState::unknown) fact("last seen", std::string{name_of(run_.remote_state)});
        if (!run_.residue.empty()) {
            const std::string left = "may still be in place: " + log::escape_text(run_.residue);
            fact("faults", is_terminal(run_.state) ? painted(left, Colour::red) : left);
        }
        if (run_.waits_since) {
            const std::string since = ", seen first at " + local_text(*run_.waits_since, zone);
            fact("waited for", painted("a person: " + log::escape_text(run_.waits_for), Colour::yellow) + since);
        }
        if (run_.baseline) {
            const auto& seen = run_.baseline->seen;
            fact("baseline", std::string{name_of(seen.remote)} + ", " +
                                 (seen.token ? "run id " + log::escape_text(*seen.token) : "no run id") + ", asked " +
                                 local_text(run_.baseline->asked, zone));
        }
    }

    /// Only a living daemon knows them.
    void stop_facts() {
        if (!is_terminal(run_.state) && run_.stop_due > context_.now)
            fact("left", to_text(floor<std::chrono::seconds>(run_.stop_due - context_.now)));
        if (!stop_) return;
        fact("stops asked", std::to_string(stop_->attempts));
        if (stop_->next) fact("next stop", local_text(*stop_->next, *context_.zone));
    }

    void events() {
        struct Event {
            WallTime at;
            const TransitionRow* transition;
            const CallRow* call;
        };
        std::vector<Event> events;
        for (const auto& t : history_.transitions) events.push_back({t.at, &t, nullptr});
        for (const auto& c : history_.calls) events.push_back({c.intent, nullptr, &c});
        // The step that makes a call writes its transition first.
        std::ranges::stable_sort(events, {}, &Event::at);
        for (const Event& event : events) {
            begin_line(event.at);
            if (event.transition != nullptr) tell(*event.transition);
            if (event.call != nullptr) tell(*event.call);
        }
        if (history_.calls.empty() || wire_) return;
        text_ += painted("\n--wire shows the requests and answers.\n", Colour::dim);
    }

    void begin_line(WallTime at) {
        const auto day = floor<days>(context_.zone->to_local(at));
        if (day != day_) {
            day_ = day;
            text_ += "\n" + painted(local_text(at, *context_.zone).substr(0, 10), Colour::dim) + "\n";
        }
        text_ += painted(clock_text_ms(at, *context_.zone), Colour::dim) + "  ";
    }

    void tell(const TransitionRow& t) {
        if (t.from) text_ += std::string{name_of(*t.from)} + " -> ";
        text_ += painted(name_of(t.to), colour_of(t.to));
        if (t.reason != Reason::none) text_ += "  " + std::string{name_of(t.reason)};
        if (!t.actor.empty() && t.actor != "taktd") text_ += "  by " + log::escape_text(t.actor);
        if (!t.detail.empty()) text_ += "  (" + log::escape_text(t.detail) + ")";
        text_ += "\n";
    }

    void tell(const CallRow& c) {
        text_ += "  " + std::string{name_of(c.action)};
        if (c.attempt > 1) text_ += " #" + std::to_string(c.attempt);
        text_ += "  ";
        if (c.result) {
            const CallResult& r = *c.result;
            text_ += painted(name_of(r.outcome), colour_of(r.outcome));
            if (r.http_status != 0) text_ += "  HTTP " + std::to_string(r.http_status);
            if (c.record.sent) text_ += "  in " + rough_text(r.ended - *c.record.sent);
            if (!r.vendor_code.empty()) text_ += "  " + log::escape_text(r.vendor_code);
            if (!r.vendor_message.empty()) text_ += "  " + log::quote_text(r.vendor_message);
            if (!r.vendor_run_id.empty()) text_ += "  run " + log::escape_text(r.vendor_run_id);
            if (!r.request_id.empty()) text_ += painted("  request " + log::escape_text(r.request_id), Colour::dim);
        } else {
            text_ += painted("in flight", Colour::yellow);
        }
        text_ += "\n";
        if (wire_) tell_wire(c);
    }

    void tell_wire(const CallRow& c) {
        const std::string target = log::escape_text(c.record.method + " " + c.record.target);
        if (!c.record.method.empty()) text_ += std::string(kWireIndent, ' ') + painted(target, Colour::bold) + "\n";
        body("> ", c.record.request_body);
        body("< ", c.record.response_body);
    }

    void body(const std::string& mark, const std::string& written) {
        if (written.empty()) return;
        std::istringstream lines{indented_json(written).value_or(written)};
        for (std::string line; std::getline(lines, line);) {
            text_ += std::string(kWireIndent, ' ') + painted(mark, Colour::dim) + log::escape_text(line) + "\n";
        }
    }

    static constexpr std::size_t kWireIndent = 16;

    const RunHistory& history_;
    const RunRow& run_;
    const std::optional<StopFacts>& stop_;
    const Context& context_;
    bool wire_;
    std::string text_;
    std::chrono::local_days day_{std::chrono::days{-1'000'000}};
};

}  // namespace

Answer show(const Options& options, const ShowOptions& command, const Context& context) {
    if (command.is_followed) {
        if (!options.db.empty()) return failure("--follow asks a living taktd, --db a store; give one of them", kUsage);
        const auto run = ask_of_run(options, command.run, context);
        if (!run) return run.error();
        Wait wait{.what = Wait::For::show};
        wait.tell_whole = [&](const json::object& said) {
            if (options.json) return json::serialize(said) + "\n";
            const auto shown = shown_in(said);
            return shown ? Story{*shown, context, command.wire}.tell() : std::string{};
        };
        return wait_for_run(options, context, *run, wait);
    }
    auto source = open_source(options, context);
    if (!source) return source.error();
    const auto shown = (*source)->show(command.run);
    if (!shown) return shown.error();
    Answer answer;
    answer.err = (*source)->note();
    answer.out = options.json ? show_json(shown->history, shown->stop) : Story{*shown, context, command.wire}.tell();
    return answer;
}

}  // namespace taktd::ctl
