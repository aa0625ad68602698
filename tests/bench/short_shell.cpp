// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/short_shell.hpp"

namespace taktd::bench {

void ShortShell::settle() {
    while (!events_.empty() || wake_.at_once) {
        if (events_.empty()) events_.emplace_back(Wake{});
        const Event next = std::move(events_.front());
        events_.pop_front();
        Effects effects = engine.step(next, time());
        wake_ = effects.wake;
        if (effects.append) append(std::move(*effects.append));
        for (const auto& send : effects.sends) {
            events_.emplace_back(answer(send));
            ++answered;
        }
    }
}

void ShortShell::open(const ConfigPtr& config) {
    Snapshot snapshot;
    snapshot.first_start = true;
    put(Recovered{{std::move(snapshot), {}}, "boot"});
    put(ConfigLoaded{config});
    settle();
}

bool ShortShell::pass_to_next(Duration end) {
    const Now now = time();
    Duration wait = Duration::max();
    if (wake_.wall) wait = std::min(wait, *wake_.wall - now.wall);
    if (wake_.boot) wait = std::min(wait, *wake_.boot - now.boot);
    if (wait > end - ahead) return false;
    ahead += std::max(wait, Duration{});
    put(Wake{});
    settle();
    return true;
}

Now ShortShell::time() const {
    const Now now = read_time();
    return {now.wall + ahead, now.boot + ahead};
}

Answered ShortShell::answer(const Send& send) {
    CallResult result;
    result.outcome = Outcome::accepted;
    result.http_status = 200;
    result.request_id = "0f6a9d1e-0000-4000-8000-000000000001";
    if (send.spec->action == Action::stop) stopped_.insert(send.spec->task_ids.front());
    if (send.spec->action == Action::query)
        for (const auto& task : send.spec->task_ids)
            result.observations[task].remote = stopped_.contains(task) ? RemoteState::ended : RemoteState::running;
    CallRecord record;
    record.method = "POST";
    record.target = "/";
    record.request_body = R"({"TaskId":1000000,"Status":1002})";
    record.response_body = R"({"Response":{"RequestId":"0f6a9d1e-0000-4000-8000-000000000001"}})";
    record.bytes_sent = 600;
    const Now now = read_time();
    record.sent = result.ended = now.wall + ahead;
    record.sent_boot = result.ended_boot = now.boot + ahead;
    return {send.call, std::move(result), std::move(record)};
}

void DurableStep::set(std::uint64_t step) {
    {
        const std::lock_guard lock{mutex_};
        step_ = step;
    }
    changed_.notify_one();
}

std::uint64_t DurableStep::wait_beyond(std::uint64_t known) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return step_ > known; });
    return step_;
}

}  // namespace taktd::bench
