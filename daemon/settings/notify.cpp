// SPDX-License-Identifier: Apache-2.0
// A robot's address is a secret: whoever has it can post. So it is a reference like any key; only a webhook's and
// ntfy's may stand in the config.
#include "daemon/settings/notify.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/settings/sections/credentials.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/endpoint.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

using Kind = NotifyTarget::Kind;
using Locale = NotifyTarget::Locale;

constexpr std::size_t kMentionsMax = 20, kArgumentsMax = 32, kSecretsMax = 2;
constexpr std::array<std::string_view, 7> kKinds{"webhook", "dingtalk", "feishu", "wecom", "slack", "ntfy", "command"};
constexpr std::array<std::string_view, 2> kLocales{"en", "zh"};

template <class Names>
std::vector<std::string> words_of(const Names& names) {
    return {names.begin(), names.end()};
}

/// What holds for every target that says nothing else.
struct Defaults {
    NoticeTypes events = default_notice_types();
    Locale locale = Locale::en;
};

/// The texts of a list, or nothing after a report; `what` is what each is.
std::optional<std::vector<std::string>> read_list(const Field& field, std::size_t max, const std::string& example,
                                                  Findings& findings) {
    const auto& list = *field.value;
    if (!list.is_sequence() || list.children.empty() || list.children.size() > max) {
        findings.error(field.at(), "'" + field.name() + "' must be a list of 1 to " + std::to_string(max) +
                                       " values; write '" + field.name() + ": " + example + "'");
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const YamlNode* item : list.children) {
        const auto text = read_text(Field{field.key, item}, findings);
        if (!text) return std::nullopt;
        texts.push_back(*text);
    }
    return texts;
}

std::optional<NoticeTypes> read_events(const Field& field, Findings& findings) {
    const auto words = read_list(field, kNoticeTypes, "[overdue, failed]", findings);
    if (!words) return std::nullopt;
    std::vector<std::string> known = words_of(notice_groups());
    for (const NoticeType type : notice_types_of("all")) known.emplace_back(name_of(type));
    NoticeTypes events;
    for (std::size_t i = 0; i < words->size(); ++i) {
        NoticeTypes found = notice_types_of((*words)[i]);
        if (found.empty()) {
            const Position at = field.value->children[i]->at;
            findings.error(at, findings.quoted(at, (*words)[i]) + " is no event" + did_you_mean((*words)[i], known) +
                                   "; events are " + one_of_text(known));
            return std::nullopt;
        }
        events.merge(found);
    }
    return events;
}

std::optional<Locale> read_locale(const Field& field, Findings& findings) {
    const auto choice = read_choice(field, words_of(kLocales), findings);
    return choice ? std::optional{static_cast<Locale>(*choice)} : std::nullopt;
}

Defaults read_defaults(const Field& field, Findings& findings) {
    Defaults defaults;
    Section section{*field.value, "'defaults'", findings};
    if (!section.is_usable()) return defaults;
    if (const Field f = section.take("events")) defaults.events = read_events(f, findings).value_or(defaults.events);
    if (const Field f = section.take("locale")) defaults.locale = read_locale(f, findings).value_or(defaults.locale);
    section.refuse_rest();
    return defaults;
}

/// One target, key by key. Which keys there are depends on its kind.
class TargetReader {
public:
    TargetReader(const Field& field, Findings& findings)
        : section_{*field.value, "a target", findings}, at_{field.key->at}, findings_{findings} {
        target_.name = field.name();
    }

    std::optional<NotifyTarget> read(const Defaults& defaults) {
        if (!section_.is_usable()) return std::nullopt;
        const Field kind = section_.need("kind", "'kind: webhook'", at_);
        const auto choice = kind ? read_choice(kind, words_of(kKinds), findings_) : std::nullopt;
        if (!choice) return std::nullopt;
        target_.kind = static_cast<Kind>(*choice);
        target_.events = defaults.events;
        target_.locale = defaults.locale;
        if (const Field f = section_.take("events")) target_.events = read_events(f, findings_).value_or(NoticeTypes{});
        if (const Field f = section_.take("locale")) target_.locale = read_locale(f, findings_).value_or(Locale::en);
        read_filters();
        if (target_.kind == Kind::command) {
            read_argv();
        } else {
            read_url();
            read_secrets();
        }
        if (target_.kind == Kind::ntfy) read_topic();
        if (can_mention()) read_mentions();
        section_.refuse_rest();
        return std::move(target_);
    }

private:
    bool can_mention() const {
        return target_.kind == Kind::dingtalk || target_.kind == Kind::feishu || target_.kind == Kind::wecom ||
               target_.kind == Kind::slack;
    }

    void read_filters() {
        if (const Field f = section_.take("providers"))
            target_.providers =
                read_list(f, kArgumentsMax, "[perf-sg]", findings_).value_or(std::vector<std::string>{});
        const Field f = section_.take("labels");
        if (!f) return;
        Section labels{*f.value, "'labels'", findings_};
        if (!labels.is_usable()) return;
        for (const Field& label : labels.rest()) {
            if (const auto value = read_text(label, findings_)) target_.labels[label.name()] = *value;
        }
    }

    void read_url() {
        const bool may_be_plain = target_.kind == Kind::webhook || target_.kind == Kind::ntfy;
        const std::string example = may_be_plain ? "'url: https://hooks.example.com/taktd'"
                                                 : "'url: \"${credential:" + target_.name + "-url}\"'";
        const Field f = section_.need("url", example, at_);
        if (!f) return;
        if (f.value->is_scalar() && parse_reference(f.value->text)) {
            target_.url = f.value->text;
            return;
        }
        if (!may_be_plain) {  // a robot's address: whoever has it can post
            read_secret_reference(f, findings_);
            return;
        }
        const auto text = read_text(f, findings_);
        if (!text) return;
        const auto address = parse_web_address(*text);
        if (!address) findings_.error(f.at(), "'url' " + address.error());
        target_.url = *text;
    }

    void read_secrets() {
        const bool has_token = target_.kind == Kind::ntfy;
        const bool has_secret =
            target_.kind == Kind::webhook || target_.kind == Kind::dingtalk || target_.kind == Kind::feishu;
        if (!has_token && !has_secret) return;
        const Field f = section_.take(has_token ? "token" : "secret");
        if (!f) {
            if (target_.kind == Kind::webhook)
                findings_.error(at_,
                                "a webhook needs a key that its receiver checks it by: write 'secret: "
                                "\"${credential:hook-secret}\"'; make one with: echo whsec_$(openssl rand -base64 32)");
            return;
        }
        if (target_.kind != Kind::webhook || !f.value->is_sequence()) {
            if (read_secret_reference(f, findings_)) target_.secrets.push_back(f.value->text);
            return;
        }
        if (f.value->children.empty() || f.value->children.size() > kSecretsMax) {
            findings_.error(f.at(), "'secret' takes one key, or two while it is changed: [new, old]");
            return;
        }
        for (const YamlNode* item : f.value->children) {
            const Field one{f.key, item};
            if (read_secret_reference(one, findings_)) target_.secrets.push_back(item->text);
        }
    }

    void read_topic() {
        const Field f = section_.need("topic", "'topic: taktd'", at_);
        const auto topic = f ? read_text(f, findings_) : std::nullopt;
        if (!topic) return;
        constexpr std::string_view kSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
        if (topic->size() > 64 || topic->find_first_not_of(kSigns) != std::string::npos)
            findings_.error(f.at(), "'topic' must be 1 to 64 of letters, digits, '_' and '-'");
        target_.topic = *topic;
    }

    void read_mentions() {
        if (const Field f = section_.take("mention"))
            target_.mentions = read_list(f, kMentionsMax, "[all]", findings_).value_or(std::vector<std::string>{});
    }

    void read_argv() {
        const Field f = section_.need("argv", "'argv: [/usr/local/bin/tell, --urgent]'", at_);
        if (!f) return;
        target_.argv =
            read_list(f, kArgumentsMax, "[/usr/local/bin/tell]", findings_).value_or(std::vector<std::string>{});
        if (!target_.argv.empty() && !target_.argv.front().starts_with('/'))
            findings_.error(f.at(), "'argv' begins with the absolute path of a program; no shell reads it");
        const auto is_address = [](const std::string& argument) { return argument.find('@') != std::string::npos; };
        if (target_.is_sendmail() && std::ranges::none_of(target_.argv, is_address))
            findings_.error(f.at(), "sendmail needs an address; write 'argv: [/usr/sbin/sendmail, ops@example.com]'");
    }

    Section section_;
    Position at_;
    Findings& findings_;
    NotifyTarget target_;
};

}  // namespace

std::string_view name_of(NotifyTarget::Kind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

bool NotifyTarget::wants(NoticeType type, const std::string& provider, const Job* job) const {
    if (!events.contains(type)) return false;
    if (!providers.empty() && !provider.empty() && std::ranges::find(providers, provider) == providers.end())
        return false;
    if (labels.empty() || job == nullptr) return labels.empty() || provider.empty();
    return std::ranges::all_of(labels, [job](const auto& label) {
        const auto found = job->labels.find(label.first);
        return found != job->labels.end() && found->second == label.second;
    });
}

std::vector<NotifyTarget> read_notify(const Field& field, Findings& findings) {
    std::vector<NotifyTarget> targets;
    Section notify{*field.value, "'notify'", findings};
    if (!notify.is_usable()) return targets;
    Defaults defaults;
    if (const Field f = notify.take("defaults")) defaults = read_defaults(f, findings);
    if (const Field f = notify.take("targets")) {
        const Section section{*f.value, "'targets'", findings};
        if (section.is_usable() && section.rest().size() > kNotifyTargetsMax)
            findings.error(f.at(), "at most " + std::to_string(kNotifyTargetsMax) + " targets can be told");
        for (const Field& entry : section.is_usable() ? section.rest() : std::vector<Field>{}) {
            if (entry.name() == "<<") continue;
            if (!is_name(entry.name())) {
                findings.error(entry.key->at, std::string{kNameRule});
                continue;
            }
            if (auto target = TargetReader{entry, findings}.read(defaults)) targets.push_back(std::move(*target));
        }
    }
    notify.refuse_rest();
    return targets;
}

}  // namespace taktd
