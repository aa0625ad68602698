// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/journal.hpp"

#include <algorithm>
#include <iterator>

#include "daemon/core/base/check.hpp"

namespace taktd {

Journal::Place Journal::write(Row row) {
    rows_.push_back(std::move(row));
    return rows_.size() - 1;
}

void Journal::write_intent(const CallRow& row) {
    write(row);
    intents_.push_back(row.id);
}

Journal::Closed Journal::close(std::vector<Row> run_rows) {
    Closed closed;
    std::vector<Row> rows = std::move(run_rows);
    if (rows.empty()) {
        rows = std::move(rows_);
    } else {
        rows.insert(rows.end(), std::move_iterator{rows_.begin()}, std::move_iterator{rows_.end()});
    }
    rows_ = {};
    touched_.clear();
    if (!rows.empty()) {
        Waiting& waiting = waiting_[++step_];
        waiting.rows = rows.size();
        waiting.intents = std::exchange(intents_, {});
        uncommitted_ += rows.size();
        closed.append = Append{step_, std::move(rows)};
    }
    // What a reply says may stem from an earlier step that is not durable yet.
    for (auto& promise : std::exchange(promises_, {})) {
        const bool waits = closed.append || (promise.is_ok() && !waiting_.empty());
        (waits ? waiting_.at(step_).replies : closed.replies).push_back(std::move(promise));
    }
    return closed;
}

Journal::Committed Journal::commit(StepId step) {
    Committed committed;
    const bool was_full = !has_room();
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first <= step;) {
        uncommitted_ -= first->second.rows;
        std::ranges::move(first->second.intents, std::back_inserter(committed.intents));
        std::ranges::move(first->second.replies, std::back_inserter(committed.replies));
        first = waiting_.erase(first);
    }
    committed.has_room_again = was_full && has_room();
    return committed;
}

void Journal::assert_invariants() const {
    std::size_t rows = 0;
    for (const auto& [step, waiting] : waiting_) {
        TAKTD_CHECK(waiting.rows > 0, "a step that waits for the disk has rows");
        rows += waiting.rows;
    }
    TAKTD_CHECK(rows == uncommitted_, "each row that is not durable is counted once");
    TAKTD_CHECK(waiting_.empty() || waiting_.rbegin()->first <= step_, "no step waits that was not closed");
    TAKTD_CHECK(rows_.empty() && touched_.empty() && intents_.empty() && promises_.empty(),
                "between two steps nothing is left unwritten");
}

}  // namespace taktd
