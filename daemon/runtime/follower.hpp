// SPDX-License-Identifier: Apache-2.0
// Who is told what has become durable: the log, metrics, events and the like. On the loop's thread, each step once and
// in order; what a follower does with it must neither block nor throw.
#pragma once

#include <vector>

#include "daemon/core/model/past.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/runtime/overdue_watch.hpp"
#include "daemon/store/store.hpp"

namespace taktd {

class Follower {
public:
    virtual ~Follower() = default;
    /// What the store knew: first what is owed, later the rest.
    virtual void on_recovered(const Snapshot& snapshot) { static_cast<void>(snapshot); }
    /// One step's rows, once they are on the disk.
    virtual void on_committed(const std::vector<Row>& rows) = 0;
    /// A stop is overdue; told again and again, ever more rarely.
    virtual void on_overdue(const OverdueWatch::Overdue& stop) { static_cast<void>(stop); }
    /// The store can no longer be written, or can again.
    virtual void on_store(bool is_up) { static_cast<void>(is_up); }
    /// A transaction of the store has ended well; its steps are told by on_committed().
    virtual void on_store_commit(const StoreCommit& commit) { static_cast<void>(commit); }
    /// One step and its effects took so long on the loop.
    virtual void on_step(Duration took) { static_cast<void>(took); }
};

}  // namespace taktd
