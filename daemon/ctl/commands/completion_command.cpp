// SPDX-License-Identifier: Apache-2.0
// `taktctl completion` prints a few lines for a shell; all of them ask the hidden `taktctl __complete`, which is given
// the words of the line, the one that is being typed last, and prints what it may become, a word a line. Names are
// asked of a living daemon, which has little time; where none answers, only what is known without it is offered.
#include <algorithm>
#include <map>
#include <set>

#include "daemon/core/model/model.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"

namespace taktd::ctl {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds{200};

constexpr const char* kBash = R"shell(_taktctl() {
    local words
    mapfile -t words < <(taktctl __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    COMPREPLY=("${words[@]}")
}
complete -o default -F _taktctl taktctl
)shell";
constexpr const char* kZsh = R"shell(#compdef taktctl
_taktctl() {
    local -a found
    found=(${(f)"$(taktctl __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    compadd -a found || _files
}
compdef _taktctl taktctl
)shell";
constexpr const char* kFish = R"shell(function __taktctl_words
    set -l words (commandline -opc)
    taktctl __complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c taktctl -a '(__taktctl_words)'
)shell";

const std::vector<std::string> kEventTypes{"transition", "call",   "query", "overdue", "recovered", "holds",
                                           "job",        "config", "store", "foreign", "providers", "status"};

/// Asks a living daemon for names; none if it does not answer in time.
class Names {
public:
    explicit Names(const Options& options) : options_{options} {}

    std::vector<std::string> jobs() { return members("/api/v1/jobs?limit=1000", "jobs", "job"); }
    std::vector<std::string> providers() { return members("/api/v1/providers", "providers", "provider"); }
    std::vector<std::string> runs(bool is_live) {
        const std::string path = "/api/v1/runs?fields=brief&limit=100";
        std::vector<std::string> ids = members(path + (is_live ? "&live=true" : ""), "runs", "id");
        constexpr std::size_t kShown = 8;
        for (std::string& id : ids) id = id.substr(id.size() - std::min(kShown, id.size()));
        return ids;
    }
    std::vector<std::string> labels() {
        std::set<std::string> found;
        const auto said = ask("/api/v1/jobs?limit=1000");
        if (!said) return {};
        for (const json::value& job : said->at("jobs").as_array()) {
            for (const auto& [name, value] : job.at("labels").as_object())
                found.insert(std::string{name} + "=" + std::string{value.as_string()});
        }
        return {found.begin(), found.end()};
    }

private:
    std::optional<json::object> ask(const std::string& path) {
        auto said = ask_daemon(options_, {.path = path, .timeout = kPatience});
        return said ? std::optional{std::move(*said)} : std::nullopt;
    }
    std::vector<std::string> members(const std::string& path, const char* list, const char* member) {
        std::vector<std::string> found;
        const auto said = ask(path);
        if (!said) return found;
        for (const json::value& each : said->at(list).as_array()) found.push_back(text_in(each.as_object(), member));
        return found;
    }

    const Options& options_;
};

std::vector<std::string> states() {
    std::vector<std::string> names;
    for (auto state = RunState::due;; state = static_cast<RunState>(static_cast<int>(state) + 1)) {
        names.emplace_back(name_of(state));
        if (state == RunState::cancelled) return names;
    }
}

/// What may stand behind an option; nothing for one that takes no value that is known.
std::optional<std::vector<std::string>> values_of(const std::string& option, Names& names) {
    if (option == "--job" || option == "--resolved") return names.jobs();
    if (option == "--provider") return names.providers();
    if (option == "--label") return names.labels();
    if (option == "--run") return names.runs(false);
    if (option == "--types") return kEventTypes;
    if (option == "--state") return states();
    if (option == "--output") return std::vector<std::string>{"table", "json"};
    if (option == "--format") return std::vector<std::string>{"table", "json", "csv"};
    if (option == "--config" || option == "--db" || option == "--socket" || option == "--to")
        return std::vector<std::string>{};  // the shell completes files
    return std::nullopt;
}

std::vector<std::string> arguments_of(const std::string& command, Names& names) {
    static const std::set<std::string> kOfJobs{"start", "disable", "enable", "jobs"};
    if (kOfJobs.contains(command)) return names.jobs();
    if (command == "completion") return {"bash", "zsh", "fish"};
    const bool is_of_live = command == "stop" || command == "pause" || command == "resume" || command == "discharge";
    if (!is_of_live && command != "show" && command != "why") return {};
    std::vector<std::string> words = names.runs(is_of_live);
    std::ranges::move(names.jobs(), std::back_inserter(words));
    return words;
}

}  // namespace

Answer completion(const Options&, const CompletionOptions& command, const Context&) {
    const std::map<std::string, const char*> scripts{{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};
    return {.exit_code = kDone, .out = scripts.at(command.shell), .err = {}};
}

Answer complete(const Options& options, const CompleteOptions& command, const Context&) {
    std::vector<std::string> words = command.words;
    if (words.empty()) words.emplace_back();
    const std::string typed = words.back();
    words.pop_back();
    Options asked = options;  // the line that is being typed may name the daemon
    std::string chosen;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool has_value = i + 1 < words.size();
        if (words[i] == "--config" && has_value) asked.config = words[i + 1];
        if (words[i] == "--socket" && has_value) asked.socket = words[i + 1];
        if (chosen.empty() && !words[i].empty() && command.known.contains(words[i])) chosen = words[i];
    }
    Names names{asked};
    std::vector<std::string> offered;
    const auto values = words.empty() ? std::nullopt : values_of(words.back(), names);
    if (values) {
        offered = *values;
    } else if (typed.starts_with('-')) {
        if (const auto own = command.known.find(chosen); own != command.known.end()) offered = own->second;
    } else if (!chosen.empty()) {
        offered = arguments_of(chosen, names);
    } else {
        for (const auto& [name, options_of_it] : command.known)
            if (!name.empty()) offered.push_back(name);
    }
    Answer answer;
    for (const std::string& word : offered) {
        if (word.starts_with(typed)) answer.out += log::escape_text(word) + "\n";
    }
    return answer;
}

}  // namespace taktd::ctl
