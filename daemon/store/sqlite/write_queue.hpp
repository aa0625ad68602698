// SPDX-License-Identifier: Apache-2.0
// What the writer's thread is given: steps in their order, a wish to prune, and how it is to end. Whoever gives waits
// for nothing.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "daemon/store/sqlite/batch.hpp"
#include "daemon/store/sqlite/prune.hpp"

namespace taktd {

class WriteQueue {
public:
    /// Steps share a transaction until it holds so many rows; a longer one would keep its first step waiting.
    static constexpr std::size_t kBatchRowsMax = 4096;

    /// How the writer is to end: later ones overrule earlier ones.
    enum class Ending : std::uint8_t {
        no,
        clean,    ///< everything, then the clean mark; as often as it takes
        flush,    ///< everything, but the first failure ends it
        abandon,  ///< at once
    };

    // Any thread.
    /// Destroys a few steps that were given back, too.
    void push(std::uint64_t step, SharedRows rows);
    void prune(PruneRequest request);
    void end(Ending ending);
    /// The writer looks whether there is work that lies elsewhere.
    void wake() { end(Ending::no); }
    /// What a clean end writes beside its mark.
    void leave(std::vector<LimiterRow> limiters);
    /// Until the writer has ended, or for so long.
    void wait_for_end(Duration wait);

    // The writer's.
    /// Everything that is queued, up to the limit; once that is committed, the last one of a clean end.
    std::optional<Batch> take();
    /// A wish to prune that still holds.
    std::optional<PruneRequest> wish() const;
    /// There is nothing left to prune for it.
    void fulfil(const PruneRequest& request);
    bool is_empty() const;
    /// Waits for work, or for `has_other()`; not longer than `wait`, if there is one. False: the time is over.
    /// `may_prune`: a wish to prune is work.
    template <class Other>
    bool wait(std::optional<Duration> wait, bool may_prune, Other has_other) {
        std::unique_lock lock{mutex_};
        const auto has_work = [&] {
            return ending_ != Ending::no || !steps_.empty() || (may_prune && prune_) || has_other();
        };
        if (wait) return wake_.wait_for(lock, *wait, has_work);
        wake_.wait(lock, has_work);
        return true;
    }
    /// After a failure. False: the writer is to end without another try.
    bool wait_to_retry(Duration backoff);
    /// Whether the writer goes on: there may be work, or what is left is to be written before the end.
    bool goes_on() const;
    void finish();
    /// Steps that nobody needs any more are destroyed by the thread that made them: where one thread frees what another
    /// one allocates, both wait for each other again and again.
    void give_back(std::deque<SharedRows> spent);
    bool has_spent() const;
    /// For an idle writer: that thread makes none any more.
    void destroy_spent();

private:
    mutable std::mutex mutex_;
    std::condition_variable wake_, ended_;
    std::deque<Step> steps_;
    std::deque<SharedRows> spent_;
    std::uint64_t newest_step_ = 0;
    std::optional<PruneRequest> prune_;
    std::vector<Row> limiters_;
    Ending ending_ = Ending::no;
    bool has_finished_ = false;
};

}  // namespace taktd
