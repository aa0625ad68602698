// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/lane.hpp"

#include <algorithm>
#include <ranges>

namespace taktd::notify {
namespace {

using namespace std::chrono_literals;

/// An instant that no rule here makes: the clock was set back since.
bool is_out_of_reach(WallTime next, WallTime now) { return next - now > 2 * Lane::kRetryMax; }

}  // namespace

Pace pace_of(NotifyTarget::Kind kind) {
    switch (kind) {
        case NotifyTarget::Kind::dingtalk:
        case NotifyTarget::Kind::wecom: return {.per_minute = 20, .is_slow_on_the_hour = true};
        case NotifyTarget::Kind::feishu: return {.per_minute = 60, .gap = 200ms, .is_slow_on_the_hour = true};
        case NotifyTarget::Kind::slack: return {.per_minute = 60, .gap = 1s};
        case NotifyTarget::Kind::webhook:
        case NotifyTarget::Kind::ntfy:
        case NotifyTarget::Kind::command: break;
    }
    return {};
}

WallTime Lane::first_try(NoticeType type, const std::string& job, Duration wait, WallTime now) {
    constexpr Duration kJitterMax = 10s, kBusyFor = 1min;
    const bool is_critical = severity_of(type) == Severity::critical;
    WallTime next = now + wait;
    if (is_critical) return next;
    auto& began = told_[{type, job}];
    if (began <= now && now - began < kGatherFor) {
        next = std::max(next, began + kGatherFor);
    } else {
        began = now;
    }
    if (pace_.is_slow_on_the_hour && next - std::chrono::floor<std::chrono::hours>(next) < kBusyFor)
        next += std::chrono::duration_cast<Duration>(kJitterMax * random_.fraction());
    return next;
}

void Lane::add(const OutboxRow& row) { waiting_.try_emplace(row.event, row); }

std::vector<OutboxRow> Lane::withdraw(RunId run, NoticeType type) {
    std::vector<OutboxRow> withdrawn;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        OutboxRow& row = it->second;
        if (row.run != run || row.type != type || row.attempts > 0) {
            ++it;
            continue;
        }
        row.done = true;
        withdrawn.push_back(std::move(row));
        it = waiting_.erase(it);
    }
    return withdrawn;
}

int Lane::permits(BootTime now) {
    while (!sent_.empty() && now - sent_.front() >= 1min) sent_.pop_front();
    return pace_.per_minute - static_cast<int>(sent_.size());
}

Lane::Step Lane::step(Now now) {
    Step step;
    OutboxRow* head = nullptr;
    std::optional<WallTime> next;
    for (auto& [id, row] : waiting_) {
        if (is_out_of_reach(row.next, now.wall)) row.next = now.wall;
        // One that has failed keeps its place; one that is to come later is passed by.
        if (row.next <= now.wall) head = &row;
        if (head != nullptr) break;
        next = next ? std::min(*next, row.next) : row.next;
        if (row.attempts > 0) break;
    }
    if (head == nullptr) {
        step.until = next;
        return step;
    }
    const int left = permits(now.boot);
    const Duration since_last = sent_.empty() ? pace_.gap : now.boot - sent_.back();
    if (left <= 0 || since_last < pace_.gap) {
        const Duration wait = left <= 0 ? 1min - (now.boot - sent_.front()) : pace_.gap - since_last;
        step.until = now.wall + wait;
        return step;
    }
    step.rows = gathered_with(*head, now.wall, left);
    if (!step.rows.empty()) return step;
    step.send = *head;
    sent_.push_back(now.boot);
    return step;
}

std::vector<OutboxRow> Lane::gathered_with(const OutboxRow& head, WallTime now, int permits) {
    if (head.attempts > 0) return {};
    std::vector<NoticeId> alike, of_one_job;
    int due = 0;
    for (const auto& [id, row] : waiting_) {
        if (row.next > now) continue;
        ++due;
        if (row.type != head.type || row.attempts > 0) continue;
        alike.push_back(id);
        if (row.job == head.job && severity_of(row.type) != Severity::critical) of_one_job.push_back(id);
    }
    const auto& together = due > permits ? alike : of_one_job;
    return together.size() < 2 ? std::vector<OutboxRow>{} : gather(together);
}

std::vector<OutboxRow> Lane::gather(const std::vector<NoticeId>& ids) {
    std::vector<OutboxRow> rows;
    for (const NoticeId& id : ids) {
        rows.push_back(std::move(waiting_.at(id)));
        waiting_.erase(id);
    }
    OutboxRow one = gather_(rows);
    for (OutboxRow& row : rows) row.done = true;
    rows.insert(rows.begin(), std::move(one));
    return rows;
}

std::vector<OutboxRow> Lane::shrink() {
    if (waiting_.size() <= kWaitingMax) return {};
    std::map<NoticeType, std::vector<NoticeId>> by_type;
    for (const auto& [id, row] : waiting_) {
        if (row.attempts == 0) by_type[row.type].push_back(id);
    }
    const auto most = std::ranges::max_element(by_type, {}, [](const auto& entry) { return entry.second.size(); });
    return most == by_type.end() || most->second.size() < 2 ? std::vector<OutboxRow>{} : gather(most->second);
}

OutboxRow Lane::settle(const OutboxRow& sent, const Verdict& verdict, Now now) {
    OutboxRow row = sent;
    ++row.attempts;
    row.done = !waiting_.contains(row.event) ||  // withdrawn meanwhile
               verdict.kind == Verdict::Kind::delivered || verdict.kind == Verdict::Kind::never ||
               now.wall - row.created >= kGivenUpAfter;
    if (row.done) {
        waiting_.erase(row.event);
        return row;
    }
    Duration pause = kRetryMax;
    if (verdict.kind == Verdict::Kind::again) {
        constexpr int kDoublingsMax = 10;
        pause = std::min<Duration>(kRetryInitial * (1 << std::min(row.attempts - 1, kDoublingsMax)), kRetryMax);
        constexpr double kJitter = 0.2;
        pause += std::chrono::duration_cast<Duration>(pause * (kJitter * (2 * random_.fraction() - 1)));
        if (verdict.after) pause = std::clamp(*verdict.after, Duration{kRetryInitial}, Duration{kRetryMax});
    }
    row.next = now.wall + pause;
    waiting_.insert_or_assign(row.event, row);
    return row;
}

void Lane::renew(Pace pace) {
    pace_ = pace;
    for (auto& [id, row] : waiting_) {
        if (row.attempts > 0) row.next = WallTime{};
    }
}

bool Lane::is_due(WallTime now) const {
    return std::ranges::any_of(waiting_ | std::views::values,
                               [now](const OutboxRow& row) { return row.attempts == 0 && row.next <= now; });
}

std::vector<OutboxRow> Lane::take_older(WallTime now, bool has_target) {
    std::vector<OutboxRow> taken;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        if (has_target && now - it->second.created < kGivenUpAfter) {
            ++it;
            continue;
        }
        it->second.done = true;
        taken.push_back(std::move(it->second));
        it = waiting_.erase(it);
    }
    return taken;
}

std::optional<WallTime> Lane::oldest() const {
    if (waiting_.empty()) return std::nullopt;
    return std::ranges::min(waiting_ | std::views::values, {}, &OutboxRow::created).created;
}

}  // namespace taktd::notify
