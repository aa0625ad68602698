// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/message.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/json.hpp>

#include "daemon/runtime/kept_text.hpp"
#include "providers/crypto.hpp"

namespace taktd::notify {
namespace {

namespace json = boost::json;
using Kind = NotifyTarget::Kind;

constexpr std::size_t kWhyBytesMax = 300;

std::int64_t seconds_of(WallTime t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}
std::int64_t milliseconds_of(WallTime t) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

/// So that nobody's name, or a vendor's message, can call people or draw a link: a zero-width space takes `@` and `<`
/// apart from what follows, and Markdown's signs are escaped.
std::string plain(const std::string& text, std::string_view escaped) {
    constexpr std::string_view kApart = "\u200b";
    std::string safe;
    for (const char c : text) {
        if (c == '\n' || c == '\r') {
            safe += ' ';
            continue;
        }
        if (escaped.find(c) != std::string_view::npos) safe += '\\';
        safe += c;
        if (c == '@' || c == '<') safe += kApart;
    }
    return safe;
}
constexpr std::string_view kMarkdownSigns = "\\`*[]";

/// Slack's own escapes.
std::string slack_text(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '&') {
            safe += "&amp;";
        } else if (c == '<') {
            safe += "&lt;";
        } else if (c == '>') {
            safe += "&gt;";
        } else {
            safe += c;
        }
    }
    return safe;
}

std::string cut(std::string text, std::size_t bytes_max) { return kept_text(std::move(text), bytes_max); }

/// Only what is critical calls anybody.
bool calls(const NotifyTarget& target, const Told& told) {
    return !target.mentions.empty() && told.severity == Severity::critical;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kKept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (kKept.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += kHex[byte >> 4];
        encoded += kHex[byte & 15];
    }
    return encoded;
}

HttpRequest json_post(const NotifyEndpoint& target, const json::value& body) {
    return {.method = "POST",
            .target = target.path.reveal(),
            .headers = {{"Content-Type", "application/json; charset=utf-8"}},
            .body = json::serialize(body)};
}

HttpRequest webhook(const NotifyEndpoint& target, NoticeId id, const std::string& event, WallTime now) {
    const std::string timestamp = std::to_string(seconds_of(now));
    std::string signatures;
    for (const Secret& key : target.keys) {
        if (!signatures.empty()) signatures += ' ';
        signatures += "v1," + base64(hmac_sha256(key.reveal(), id.text() + "." + timestamp + "." + event));
    }
    return {.method = "POST",
            .target = target.path.reveal(),
            .headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                        {"webhook-id", id.text()},
                        {"webhook-timestamp", timestamp},
                        {"webhook-signature", signatures}},
            .body = event};
}

/// What is shown below the title, a line each.
std::string markdown_of(const Told& told, Locale locale, const std::string& line_feed) {
    std::string text = plain(told.text, kMarkdownSigns);
    if (!told.link.empty()) text += line_feed + "[" + open_word(locale) + "](" + told.link + ")";
    if (told.link.empty() && !told.command.empty()) text += line_feed + "`" + told.command + "`";
    return text;
}

HttpRequest dingtalk(const NotifyEndpoint& target, const Told& told, WallTime now) {
    constexpr std::size_t kBytesMax = 15'000;
    std::string text =
        "### " + plain(told.title, kMarkdownSigns) + "\n\n" + markdown_of(told, target.settings.locale, "\n\n");
    json::array mobiles;
    bool is_all = false;
    if (calls(target.settings, told)) {
        for (const std::string& who : target.settings.mentions) {
            is_all = is_all || who == "all";
            if (who == "all") continue;
            mobiles.emplace_back(who);
            text += " @" + who;
        }
    }
    HttpRequest request = json_post(
        target,
        json::object{{"msgtype", "markdown"},
                     {"markdown", json::object{{"title", plain(told.title, "")}, {"text", cut(text, kBytesMax)}}},
                     {"at", json::object{{"atMobiles", std::move(mobiles)}, {"isAtAll", is_all}}}});
    if (!target.keys.empty()) {
        const std::string& key = target.keys.front().reveal();
        const std::string timestamp = std::to_string(milliseconds_of(now));
        request.target += (request.target.find('?') == std::string::npos ? "?timestamp=" : "&timestamp=") + timestamp +
                          "&sign=" + percent_encoded(base64(hmac_sha256(key, timestamp + "\n" + key)));
    }
    return request;
}

std::string_view colour_of(const Told& told) {
    if (told.type == NoticeType::run_recovered || told.type == NoticeType::provider_recovered ||
        told.type == NoticeType::store_up)
        return "green";
    constexpr std::array<std::string_view, 3> kColours{"blue", "orange", "red"};
    return kColours.at(static_cast<std::size_t>(told.severity));
}

HttpRequest feishu(const NotifyEndpoint& target, const Told& told, WallTime now) {
    constexpr std::size_t kBytesMax = 15'000;
    std::string text = plain(told.text, kMarkdownSigns);
    if (calls(target.settings, told)) {
        for (const std::string& who : target.settings.mentions) text += " <at id=" + who + "></at>";
    }
    json::array elements{
        json::object{{"tag", "div"}, {"text", json::object{{"tag", "lark_md"}, {"content", cut(text, kBytesMax)}}}}};
    if (!told.link.empty())
        elements.push_back(json::object{
            {"tag", "action"},
            {"actions", json::array{json::object{{"tag", "button"},
                                                 {"type", told.severity == Severity::critical ? "danger" : "default"},
                                                 {"text", json::object{{"tag", "plain_text"},
                                                                       {"content", open_word(target.settings.locale)}}},
                                                 {"url", told.link}}}}});
    json::object body{
        {"msg_type", "interactive"},
        {"card",
         json::object{{"header", json::object{{"template", colour_of(told)},
                                              {"title", json::object{{"tag", "plain_text"}, {"content", told.title}}}}},
                      {"elements", std::move(elements)}}}};
    if (!target.keys.empty()) {
        const std::string timestamp = std::to_string(seconds_of(now));
        body["timestamp"] = timestamp;
        // What DingTalk signs is Feishu's key.
        body["sign"] = base64(hmac_sha256(timestamp + "\n" + target.keys.front().reveal(), ""));
    }
    return json_post(target, body);
}

HttpRequest wecom(const NotifyEndpoint& target, const Told& told) {
    constexpr std::size_t kBytesMax = 4'000;
    std::string text =
        "**" + plain(told.title, kMarkdownSigns) + "**\n" + markdown_of(told, target.settings.locale, "\n");
    text = cut(text, kBytesMax);
    if (calls(target.settings, told)) {
        for (const std::string& who : target.settings.mentions) text += " <@" + who + ">";
    }
    return json_post(target, json::object{{"msgtype", "markdown"}, {"markdown", json::object{{"content", text}}}});
}

HttpRequest slack(const NotifyEndpoint& target, const Told& told) {
    constexpr std::size_t kBlockBytesMax = 2'900;
    std::string text = "*" + slack_text(told.title) + "*\n" + slack_text(told.text);
    text = cut(text, kBlockBytesMax);
    if (!told.link.empty()) text += "\n<" + told.link + "|" + open_word(target.settings.locale) + ">";
    if (calls(target.settings, told)) {
        for (const std::string& who : target.settings.mentions)
            text += who == "all" ? " <!channel>" : " <@" + who + ">";
    }
    return json_post(
        target, json::object{{"text", slack_text(told.title)},
                             {"blocks", json::array{json::object{
                                            {"type", "section"},
                                            {"text", json::object{{"type", "mrkdwn"}, {"text", std::move(text)}}}}}}});
}

HttpRequest ntfy(const NotifyEndpoint& target, const Told& told) {
    constexpr std::size_t kBytesMax = 4'000;
    constexpr std::array<int, 3> kPriorities{3, 4, 5};
    json::object body{{"topic", target.settings.topic},
                      {"title", told.title},
                      {"message", cut(told.text, kBytesMax)},
                      {"priority", kPriorities.at(static_cast<std::size_t>(told.severity))},
                      {"tags", json::array{"taktd", std::string{name_of(told.type)}}}};
    if (!told.link.empty()) body["click"] = told.link;
    HttpRequest request = json_post(target, body);
    if (!target.keys.empty()) request.headers.emplace_back("Authorization", "Bearer " + target.keys.front().reveal());
    return request;
}

/// Seconds; a date is not understood.
std::optional<Duration> retry_after(const HttpResponse& response) {
    const auto header = find_header(response.headers, "Retry-After");
    if (!header) return std::nullopt;
    std::int64_t value = -1;
    const auto read = std::from_chars(header->data(), header->data() + header->size(), value);
    if (read.ec != std::errc{} || read.ptr != header->data() + header->size() || value < 0) return std::nullopt;
    return std::chrono::seconds{value};
}

struct Code {
    std::int64_t code;
    Verdict::Kind kind;
    std::string_view why;
};

// As several public senders and the vendors' pages have them; a code that is not here is tried again.
constexpr std::array kDingtalkCodes{
    Code{130101, Verdict::Kind::again, "too many messages"},
    Code{-1, Verdict::Kind::again, "busy"},
    Code{310000, Verdict::Kind::setting,
         "the word, the signature or our address is refused; look at %.secret, at the "
         "robot's security settings and at the clock"},
    Code{300001, Verdict::Kind::setting, "the robot's token is refused; look at %.url"},
};
constexpr std::array kFeishuCodes{
    Code{11232, Verdict::Kind::again, "too many messages"},
    Code{11233, Verdict::Kind::again, "too many messages"},
    Code{19021, Verdict::Kind::setting, "the signature or the time is wrong; look at %.secret and the clock"},
    Code{19022, Verdict::Kind::setting, "our address is refused; look at the robot's security settings"},
    Code{19024, Verdict::Kind::setting,
         "the robot requires a word that the message lacks; look at its security settings"},
    Code{9499, Verdict::Kind::never, "the form of the message is refused"},
};
constexpr std::array kWecomCodes{
    Code{45009, Verdict::Kind::again, "too many messages"},
    Code{-1, Verdict::Kind::again, "busy"},
    Code{93000, Verdict::Kind::setting, "the robot's key is refused; look at %.url"},
};

/// A robot's answer: `member` of its JSON is 0 when it has taken the message.
template <std::size_t N>
Verdict robot_verdict(const NotifyTarget& target, const HttpResponse& response, std::string_view member,
                      const std::array<Code, N>& codes) {
    boost::system::error_code malformed;
    const json::value body = json::parse(response.body, malformed);
    const json::value* code = !malformed && body.is_object() ? body.get_object().if_contains(member) : nullptr;
    if (code == nullptr || !code->is_int64())
        return {.why = "the answer has no '" + std::string{member} + "': is this the robot's address?"};
    const std::int64_t number = code->get_int64();
    if (number == 0) return {.kind = Verdict::Kind::delivered};
    const auto known = std::ranges::find(codes, number, &Code::code);
    // Of the 40xxx and 400xxx the vendors say that the message or the key is wrong.
    constexpr std::int64_t kLow = 40'000, kHigh = 50'000, kLongLow = 400'000, kLongHigh = 410'000;
    const bool is_ours = (number >= kLow && number < kHigh) || (number >= kLongLow && number < kLongHigh);
    Verdict verdict{.kind = is_ours ? Verdict::Kind::setting : Verdict::Kind::again};
    std::string why = is_ours ? "refused; look at %.url" : "refused";
    if (known != codes.end()) {
        verdict.kind = known->kind;
        why = std::string{known->why};
    }
    if (const std::size_t place = why.find('%'); place != std::string::npos)
        why.replace(place, 1, "notify.targets." + target.name);
    verdict.why = std::to_string(number) + ", " + why;
    return verdict;
}

Verdict by_status(const HttpResponse& response, Verdict::Kind refused) {
    constexpr int kTooMany = 429, kUnavailable = 503, kGone = 410, kTimeout = 408, kUnauthorized = 401,
                  kForbidden = 403;
    const int status = response.status;
    if (status >= 200 && status < 300) return {.kind = Verdict::Kind::delivered};
    Verdict verdict{.why = "HTTP " + std::to_string(status)};
    if (status == kGone) {
        verdict.kind = Verdict::Kind::gone;
    } else if (status == kTooMany || status == kUnavailable) {
        verdict.after = retry_after(response);
    } else if (status == kUnauthorized || status == kForbidden) {
        verdict.kind = Verdict::Kind::setting;
    } else if (status >= 300 && status < 400) {
        verdict.kind = Verdict::Kind::setting;
        verdict.why += ": it redirects, which is not followed";
    } else if (status >= 400 && status < 500 && status != kTimeout) {
        verdict.kind = refused;
    }
    return verdict;
}

}  // namespace

HttpRequest request_for(const NotifyEndpoint& target, NoticeId id, const std::string& event, WallTime now,
                        const std::string& agent) {
    const auto made = [&] {
        if (target.settings.kind == Kind::webhook) return webhook(target, id, event, now);
        const Told told = told_of(event);
        switch (target.settings.kind) {
            case Kind::dingtalk: return dingtalk(target, told, now);
            case Kind::feishu: return feishu(target, told, now);
            case Kind::wecom: return wecom(target, told);
            case Kind::slack: return slack(target, told);
            case Kind::ntfy: return ntfy(target, told);
            case Kind::webhook:
            case Kind::command: break;
        }
        return HttpRequest{};
    };
    HttpRequest request = made();
    request.headers.emplace_back("User-Agent", agent);
    return request;
}

Verdict verdict_of(const NotifyTarget& target, const HttpResponse& response) {
    const bool is_taken = response.status >= 200 && response.status < 300;
    switch (target.kind) {
        case Kind::webhook: return by_status(response, Verdict::Kind::again);
        case Kind::dingtalk:
            return is_taken ? robot_verdict(target, response, "errcode", kDingtalkCodes)
                            : by_status(response, Verdict::Kind::again);
        case Kind::feishu:
            return is_taken ? robot_verdict(target, response, "code", kFeishuCodes)
                            : by_status(response, Verdict::Kind::again);
        case Kind::wecom:
            return is_taken ? robot_verdict(target, response, "errcode", kWecomCodes)
                            : by_status(response, Verdict::Kind::again);
        case Kind::slack: {
            if (is_taken && response.body != "ok") return {.why = "the answer is not 'ok': is this Slack's address?"};
            Verdict verdict = by_status(response, Verdict::Kind::never);
            if (!is_taken && !response.body.empty()) verdict.why += ": " + kept_text(response.body, kWhyBytesMax);
            if (response.body == "no_service" || response.body == "invalid_token" || response.body == "no_team" ||
                response.body == "channel_is_archived" || response.body == "channel_not_found")
                verdict.kind = Verdict::Kind::setting;
            return verdict;
        }
        case Kind::ntfy: return by_status(response, Verdict::Kind::never);
        case Kind::command: break;
    }
    return {};
}

Verdict verdict_of(const HttpFailure& failure) { return {.why = failure.message}; }

}  // namespace taktd::notify
