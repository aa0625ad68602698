// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/write_queue.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "daemon/core/base/check.hpp"

namespace taktd {
namespace {

/// More than one, so that they grow fewer; few, so that no step waits for many.
constexpr std::size_t kSpentPerPush = 4;

}  // namespace

void WriteQueue::push(std::uint64_t step, SharedRows rows) {
    std::array<SharedRows, kSpentPerPush> spent;  // destroyed when the lock is free
    {
        const std::lock_guard lock{mutex_};
        TAKTD_CHECK(ending_ == Ending::no && step > newest_step_, "rows are appended in step order");
        newest_step_ = step;
        steps_.push_back({step, std::move(rows)});
        for (auto place = spent.begin(); place != spent.end() && !spent_.empty(); ++place, spent_.pop_front())
            *place = std::move(spent_.front());
    }
    wake_.notify_one();
}

void WriteQueue::prune(PruneRequest request) {
    {
        const std::lock_guard lock{mutex_};
        prune_ = request;
    }
    wake_.notify_one();
}

void WriteQueue::end(Ending ending) {
    {
        const std::lock_guard lock{mutex_};
        ending_ = std::max(ending_, ending);
    }
    wake_.notify_one();
}

void WriteQueue::leave(std::vector<LimiterRow> limiters) {
    const std::lock_guard lock{mutex_};
    limiters_.assign(std::make_move_iterator(limiters.begin()), std::make_move_iterator(limiters.end()));
}

void WriteQueue::wait_for_end(Duration wait) {
    std::unique_lock lock{mutex_};
    ended_.wait_for(lock, wait, [this] { return has_finished_; });
}

std::optional<Batch> WriteQueue::take() {
    const std::lock_guard lock{mutex_};
    if (ending_ == Ending::abandon) return std::nullopt;
    Batch batch;
    for (; !steps_.empty() && batch.rows < kBatchRowsMax; steps_.pop_front()) {
        batch.rows += steps_.front().rows->size();
        batch.steps.push_back(std::move(steps_.front()));
    }
    if (!batch.steps.empty()) return batch;
    if (ending_ != Ending::clean) return std::nullopt;
    batch.last = true;
    batch.limiters = std::move(limiters_);
    return batch;
}

std::optional<PruneRequest> WriteQueue::wish() const {
    const std::lock_guard lock{mutex_};
    return ending_ == Ending::no ? prune_ : std::nullopt;
}

void WriteQueue::fulfil(const PruneRequest& request) {
    const std::lock_guard lock{mutex_};
    if (prune_ && *prune_ == request) prune_.reset();  // a later one stays
}

bool WriteQueue::is_empty() const {
    const std::lock_guard lock{mutex_};
    return steps_.empty();
}

bool WriteQueue::wait_to_retry(Duration backoff) {
    std::unique_lock lock{mutex_};
    return !wake_.wait_for(lock, backoff, [this] { return ending_ >= Ending::flush; });
}

bool WriteQueue::goes_on() const {
    const std::lock_guard lock{mutex_};
    return ending_ <= Ending::clean || (ending_ == Ending::flush && !steps_.empty());
}

void WriteQueue::give_back(std::deque<SharedRows> spent) {
    const std::lock_guard lock{mutex_};
    if (spent_.empty()) {
        spent_ = std::move(spent);
    } else {
        std::ranges::move(spent, std::back_inserter(spent_));
    }
}

bool WriteQueue::has_spent() const {
    const std::lock_guard lock{mutex_};
    return !spent_.empty();
}

void WriteQueue::destroy_spent() {
    std::deque<SharedRows> spent;
    const std::lock_guard lock{mutex_};
    spent.swap(spent_);
}

void WriteQueue::finish() {
    const std::lock_guard lock{mutex_};
    has_finished_ = true;
    ended_.notify_one();
}

}  // namespace taktd
