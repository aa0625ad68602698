// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/json/detail_json.hpp"

#include <array>
#include <utility>

#include <boost/json.hpp>

#include "daemon/store/json/text.hpp"

namespace taktd {
namespace {

namespace json = boost::json;

// The facts' fields, each with the name that the store uses for it.
using Flag = std::pair<const char*, bool StartFacts::*>;
constexpr std::array kFlags{Flag{"by_hand", &StartFacts::by_hand},
                            Flag{"disabled", &StartFacts::disabled},
                            Flag{"removed", &StartFacts::removed},
                            Flag{"held", &StartFacts::held},
                            Flag{"provider_closed", &StartFacts::provider_closed},
                            Flag{"waited", &StartFacts::waited},
                            Flag{"is_newest_missed", &StartFacts::is_newest_missed},
                            Flag{"needs_task", &StartFacts::needs_task},
                            Flag{"task_is_taken", &StartFacts::task_is_taken},
                            Flag{"looked_in_vain", &StartFacts::looked_in_vain},
                            Flag{"prepared_in_vain", &StartFacts::prepared_in_vain},
                            Flag{"is_wrong_task", &StartFacts::is_wrong_task}};
using Instant = std::pair<const char*, WallTime Window::*>;
constexpr std::array kInstants{Instant{"start_due_ns", &Window::start_due}, Instant{"stop_due_ns", &Window::stop_due},
                               Instant{"max_end_ns", &Window::max_end}};
using Length = std::pair<const char*, Duration Window::*>;
constexpr std::array kLengths{Length{"start_grace_ns", &Window::start_grace},
                              Length{"min_window_ns", &Window::min_window}};
constexpr std::array kBaselines{"not_needed", "none", "inactive", "active_early", "active"};
constexpr std::array kMisfires{"skip", "run_late"};
constexpr std::array kOverlaps{"skip", "queue", "stop_previous"};

template <class Enum, std::size_t kCount>
const char* word_of(Enum value, const std::array<const char*, kCount>& words) {
    return words.at(static_cast<std::size_t>(value));
}

template <class Enum, std::size_t kCount>
void read_word(const json::object& object, const char* key, const std::array<const char*, kCount>& words, Enum& into) {
    const std::string_view text{object.at(key).as_string()};
    for (std::size_t i = 0; i < kCount; ++i) {
        if (text == words.at(i)) into = static_cast<Enum>(i);
    }
}

json::object facts_object(const StartFacts& facts) {
    json::object object{{"now_ns", to_ns(facts.now)},
                        {"misfire", word_of(facts.misfire, kMisfires)},
                        {"overlap", word_of(facts.overlap, kOverlaps)},
                        {"earlier_live", facts.earlier_live},
                        {"baseline", word_of(facts.baseline, kBaselines)}};
    for (const auto& [name, member] : kInstants) object[name] = to_ns(facts.window.*member);
    for (const auto& [name, member] : kLengths) object[name] = (facts.window.*member).count();
    for (const auto& [name, member] : kFlags) object[name] = facts.*member;
    return object;
}

/// Throws what Boost.JSON throws when something is missing or of another kind.
StartFacts facts_of(const json::object& object) {
    StartFacts facts;
    facts.now = wall_from_ns(object.at("now_ns").as_int64());
    read_word(object, "misfire", kMisfires, facts.misfire);
    read_word(object, "overlap", kOverlaps, facts.overlap);
    read_word(object, "baseline", kBaselines, facts.baseline);
    facts.earlier_live = json::value_to<int>(object.at("earlier_live"));
    for (const auto& [name, member] : kInstants) facts.window.*member = wall_from_ns(object.at(name).as_int64());
    for (const auto& [name, member] : kLengths) facts.window.*member = Duration{object.at(name).as_int64()};
    for (const auto& [name, member] : kFlags) facts.*member = object.at(name).as_bool();
    return facts;
}

}  // namespace

std::string detail_to_json(const TransitionRow& transition) {
    json::object object;
    if (!transition.detail.empty()) object["note"] = storable_text(transition.detail, kNoteBytesMax);
    if (transition.facts) object["facts"] = facts_object(*transition.facts);
    return object.empty() ? std::string{} : json::serialize(object);
}

void detail_from_json(std::string_view text, TransitionRow& transition) {
    if (text.empty()) return;
    boost::system::error_code error;
    const json::value value = json::parse({text.data(), text.size()}, error);
    const json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr) {
        transition.detail = text;
        return;
    }
    if (const json::value* note = object->if_contains("note"); note != nullptr && note->is_string())
        transition.detail = note->get_string();
    const json::value* facts = object->if_contains("facts");
    if (facts == nullptr || !facts->is_object()) return;
    try {
        transition.facts = std::make_shared<const StartFacts>(facts_of(facts->get_object()));
    } catch (const std::exception&) {
        transition.facts = nullptr;  // of another version
    }
}

std::string detail_to_json(const ActionRow& action) {
    json::object object;
    if (action.run) object["run"] = action.run->text();
    if (action.until) object["until_ns"] = to_ns(*action.until);
    if (!action.note.empty()) object["note"] = storable_text(action.note, kNoteBytesMax);
    return object.empty() ? std::string{} : json::serialize(object);
}

void detail_from_json(std::string_view text, ActionRow& action) {
    boost::system::error_code error;
    const json::value value = json::parse({text.data(), text.size()}, error);
    const json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr) return;
    if (const json::value* run = object->if_contains("run"); run != nullptr && run->is_string())
        if (const auto id = RunId::parse(run->get_string())) action.run = *id;
    if (const json::value* until = object->if_contains("until_ns"); until != nullptr && until->is_int64())
        action.until = wall_from_ns(until->get_int64());
    if (const json::value* note = object->if_contains("note"); note != nullptr && note->is_string())
        action.note = note->get_string();
}

}  // namespace taktd
