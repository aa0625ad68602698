// Who is told what has become durable: the log, metrics, events and the like. On the loop's thread, each step once and
// in order; what a follower does with it must neither block nor throw.
#pragma once

#include <vector>

#include "daemon/core/model/rows.hpp"
#include "daemon/runtime/overdue_watch.hpp"

namespace taktd {

class Follower {
public:
    virtual ~Follower() = default;
    /// One step's rows, once they are on the disk.
    virtual void on_committed(const std::vector<Row>& rows) = 0;
    /// A stop is overdue; told again and again, ever more rarely.
    virtual void on_overdue(const OverdueWatch::Overdue& stop) { static_cast<void>(stop); }
    /// The store can no longer be written, or can again.
    virtual void on_store(bool is_up) { static_cast<void>(is_up); }
};

}  // namespace taktd
