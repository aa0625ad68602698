// SPDX-License-Identifier: Apache-2.0
// Who owns a vendor's task (R9): the one run that owes it a stop. And which runs of `due` wait for it. By task key.
#pragma once

#include <map>
#include <set>
#include <string>

#include "daemon/core/model/model.hpp"

namespace taktd {

class Tasks {
public:
    /// The run owes a stop from now on.
    void own(const std::string& task_key, const RunId& run) { owners_.insert_or_assign(task_key, run); }
    void release(const std::string& task_key) { owners_.erase(task_key); }
    /// Null: nobody's.
    const RunId* owner(const std::string& task_key) const;
    bool is_owned(const std::string& task_key) const { return owners_.contains(task_key); }

    void wait(const std::string& task_key, const RunId& run) { waiting_[task_key].insert(run); }
    void stop_waiting(const std::string& task_key, const RunId& run);
    const std::set<RunId>& waiting(const std::string& task_key) const;

    void assert_invariants() const;

private:
    std::map<std::string, RunId> owners_;
    std::map<std::string, std::set<RunId>> waiting_;  ///< no empty set
};

}  // namespace taktd
