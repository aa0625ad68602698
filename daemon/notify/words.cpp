// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/words.hpp"

#include <array>
#include <initializer_list>
#include <string_view>

#include "daemon/report/time_text.hpp"

namespace taktd::notify {
namespace {

using enum NoticeType;

struct Terms {
    std::string_view en, zh;
    std::string_view in(Locale locale) const { return locale == Locale::zh ? zh : en; }
};

/// What stands in front of a title, in the order of the types.
constexpr std::array<Terms, kNoticeTypes> kTitles{{
    {"Overdue", "停止超时"},
    {"Recovered", "已恢复"},
    {"Failed", "运行失败"},
    {"Not started", "未启动"},
    {"Start not confirmed", "启动未确认"},
    {"Started", "已启动"},
    {"Stopped", "已停止"},
    {"Completed", "已完成"},
    {"Starts missed", "错过启动"},
    {"Credentials refused", "凭证被拒绝"},
    {"Credentials accepted again", "凭证已恢复"},
    {"Store cannot be written", "存储无法写入"},
    {"Store can be written again", "存储已恢复"},
    {"Hold engaged", "已暂停启动"},
    {"Hold released", "已解除暂停"},
    {"Hold expired", "暂停已到期"},
    {"Runs without taktd", "发现外部运行"},
    {"Foreign run ended", "外部运行已结束"},
    {"Config refused", "配置被拒绝"},
    {"Config reloaded", "配置已重新加载"},
    {"taktd started", "taktd 已启动"},
    {"taktd stops", "taktd 正在停止"},
    {"Test", "测试"},
}};

std::string_view title_of(NoticeType type, Locale locale) {
    return kTitles.at(static_cast<std::size_t>(type)).in(locale);
}

/// Puts the arguments where the braces are, in order.
std::string fill(std::string_view pattern, std::initializer_list<std::string_view> arguments) {
    std::string text;
    auto argument = arguments.begin();
    while (!pattern.empty()) {
        const std::size_t at = pattern.find("{}");
        text += pattern.substr(0, at);
        if (at == std::string_view::npos) break;
        if (argument != arguments.end()) text += *argument++;
        pattern.remove_prefix(at + 2);
    }
    return text;
}

class Writer {
public:
    Writer(const Notice& notice, Locale locale, const Zone& zone) : n_{notice}, locale_{locale}, zone_{zone} {}

    Wording write() const {
        const std::string about = subject();
        std::string title{title_of(n_.type, locale_)};
        if (!about.empty()) title += ": " + about;
        return {std::move(title), text()};
    }

private:
    std::string subject() const {
        if (!n_.job.empty()) return n_.job;
        if (!n_.provider.empty()) return n_.provider;
        return n_.scope;
    }
    std::string time(WallTime t) const { return report::local_text(t, zone_); }
    std::string say(Terms pattern, std::initializer_list<std::string_view> arguments) const {
        return fill(pattern.in(locale_), arguments);
    }
    /// Behind a sentence, if there is anything to say.
    std::string because(const std::string& what) const { return what.empty() ? what : say({": {}", "：{}"}, {what}); }
    std::string by(const std::string& actor) const {
        return actor.empty() ? actor : say({" by {}", "，操作人 {}"}, {actor});
    }

    std::string overdue() const {
        std::string text = say({"It is overdue by {}: it should have ended at {} and may still be running.",
                                "已超时 {}：应于 {} 结束，任务可能仍在运行。"},
                               {report::rough_text(n_.late), time(n_.run->should_end)});
        if (n_.run->stop_attempts > 0)
            text += say({" Stop asked {} times, last answer: {}.", "已请求停止 {} 次，最近一次应答：{}。"},
                        {std::to_string(n_.run->stop_attempts), n_.run->last_answer});
        return text;
    }

    /// What became of a run: why, and what was said of it.
    std::string outcome(Terms pattern) const {
        std::string why{name_of(n_.run->reason)};
        if (!n_.text.empty()) why += (why.empty() ? "" : "; ") + n_.text;
        return say(pattern, {time(n_.run->start_due), because(why)});
    }

    std::string text() const {
        const std::string count = std::to_string(n_.count);
        switch (n_.type) {
            case run_overdue: return overdue();
            case run_recovered:
                return say({"It has ended, {} after it should have.", "已结束，比应结束时间晚 {}。"},
                           {report::rough_text(n_.late)});
            case run_failed: return outcome({"The run of {} failed{}.", "{} 的运行失败{}。"});
            case run_skipped: return outcome({"The start of {} was not made{}.", "{} 的启动未执行{}。"});
            case run_unconfirmed:
                return outcome(
                    {"Nobody knows whether the start of {} took effect; it is watched and will be stopped{}.",
                     "无法确认 {} 的启动是否生效；taktd 正在观察并会将其停止{}。"});
            case run_started: return outcome({"The run of {} has started{}.", "{} 的运行已启动{}。"});
            case run_stopped: return outcome({"The run of {} has been stopped{}.", "{} 的运行已停止{}。"});
            case run_completed: return outcome({"The run of {} has ended by itself{}.", "{} 的运行已自行结束{}。"});
            case occurrences_missed:
                return say({"taktd was away: {} starts from {} to {} were not made.",
                            "taktd 未在运行：{} 次启动未执行（{} 至 {}）。"},
                           {count, time(n_.first.value_or(n_.at)), time(n_.last.value_or(n_.at))});
            case provider_unauthorized:
                return say(
                    {"It refuses our credentials{}. Its starts are skipped, its stops are tried again and again. "
                     "Renew the key, then: taktctl providers retry {}",
                     "拒绝我们的凭证{}。启动被跳过，停止会不断重试。更新密钥后执行：taktctl providers retry {}"},
                    {because(n_.text), n_.provider});
            case provider_recovered: return say({"It accepts our credentials again.", "已重新接受我们的凭证。"}, {});
            case store_down:
                return say({"Nothing is started until it can be written; stops go out all the same{}.",
                            "在恢复写入之前不会启动任何任务；停止照常发出{}。"},
                           {because(n_.text)});
            case store_up: return say({"Nothing was lost; starts go on.", "没有丢失任何数据；启动继续进行。"}, {});
            case hold_engaged:
                return say({"Nothing is started ({}){}{}{}.", "不会启动任何任务（{}）{}{}{}。"},
                           {n_.scope, n_.until ? say({" until {}", "，直到 {}"}, {time(*n_.until)}) : std::string{},
                            by(n_.actor), because(n_.text)});
            case hold_released:
                return say({"Starts go on ({}){}{}.", "启动继续进行（{}）{}{}。"},
                           {n_.scope, by(n_.actor), because(n_.text)});
            case hold_expired: return say({"Starts go on ({}).", "启动继续进行（{}）。"}, {n_.scope});
            case foreign_seen:
                return say(
                    {"The task {} runs although taktd did not start it.", "任务 {} 正在运行，但不是由 taktd 启动的。"},
                    {n_.text});
            case foreign_ended:
                return say({"The task {} is no longer seen running on its own.", "任务 {} 的外部运行已结束。"},
                           {n_.text});
            case config_refused:
                return say({"{} errors; the config before it stays in force{}.", "{} 个错误；原配置继续生效{}。"},
                           {count, because(n_.text)});
            case config_reloaded: return say({"{} jobs are in force.", "{} 个任务已生效。"}, {count});
            case daemon_started:
                return say({"Stops owed: {}.{}", "待执行的停止：{}。{}"},
                           {count, n_.text.empty() ? n_.text : " " + n_.text});
            case daemon_stopped:
                return say({"Nothing is started from now on. Stops owed to the next start: {}.",
                            "此后不会启动任何任务。留待下次启动执行的停止：{}。"},
                           {count});
            case test: return say({"taktd can reach you here.", "taktd 可以在此通知你。"}, {});
        }
        return {};
    }

    const Notice& n_;
    const Locale locale_;
    const Zone& zone_;
};

}  // namespace

Wording words_of(const Notice& notice, Locale locale, const Zone& zone) { return Writer{notice, locale, zone}.write(); }

Wording words_of_many(NoticeType type, std::size_t count, const std::vector<std::string>& titles, Locale locale) {
    Wording many;
    many.title = fill(Terms{"{} times: {}", "{} 次：{}"}.in(locale), {std::to_string(count), title_of(type, locale)});
    for (const std::string& title : titles) many.text += (many.text.empty() ? "" : "; ") + title;
    if (count > titles.size())
        many.text +=
            fill(Terms{"; and {} more", "；以及另外 {} 条"}.in(locale), {std::to_string(count - titles.size())});
    return many;
}

std::string open_word(Locale locale) { return std::string{Terms{"Open the run", "查看"}.in(locale)}; }

}  // namespace taktd::notify
