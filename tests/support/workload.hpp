// SPDX-License-Identifier: Apache-2.0
// What an engine really gives its store to keep: the durable steps of a life on the bench, with crashes, refusals and
// operators, recorded with the requests that went out between them, so that a store can be put through the same life
// under faults of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/core/engine/events.hpp"

namespace taktd::test {

struct WorkloadStep {
    std::vector<Row> rows;
    std::vector<CallId> sent_after;  ///< starts and stops released after this step was durable and before the next
};
/// At most `steps_max` of them; the same for the same seed.
std::vector<WorkloadStep> record_workload(std::uint64_t seed, std::size_t steps_max);

/// A number that is equal for two stores exactly when (but for chance) they hold the same rows; each row counts by what
/// never changes in writing.
class Digest {
public:
    void add(const Row& row);
    std::uint64_t value() const { return value_; }

private:
    void replace(const std::string& key, const std::string& text);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> known_;  // sorted: hash of key, hash of text
    std::uint64_t value_ = 0;
};

}  // namespace taktd::test
