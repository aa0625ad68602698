// SPDX-License-Identifier: Apache-2.0
// Where the reading commands read: a living daemon through its socket, else the store that it left, which is said on
// stderr. Both give the same rows, so that each table is written once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::ctl {

struct RunSearch {
    RunFilter filter;
    std::string label = {};  ///< name=value; empty: any
    bool is_overdue = false;
};

template <class Item>
struct Listed {
    std::vector<Item> items;
    bool has_more = false;
};

struct ShownRun {
    RunHistory history;
    std::optional<report::StopFacts> stop{};
};

/// Out of what the API answers of a run; nothing for another form.
std::optional<ShownRun> shown_in(const json::object& said);

class Source {
public:
    virtual ~Source() = default;
    /// `filter.limit` at most, in as many pages as that takes.
    virtual Result<Listed<RunRow>, Answer> runs(const RunSearch& search) = 0;
    /// A run as people name it.
    virtual Result<ShownRun, Answer> show(const std::string& reference) = 0;
    virtual Result<Listed<ToldTransition>, Answer> transitions(TransitionFilter filter) = 0;
    virtual Result<std::vector<ForeignRow>, Answer> foreign() = 0;
    /// What is to be said beside the answer, in lines for stderr; empty if nothing is.
    virtual std::string note() = 0;
};

/// --db names a store, which is read whoever lives; else the daemon is asked, and where none answers its store.
Result<std::unique_ptr<Source>, Answer> open_source(const Options& options, const Context& context);
/// The sentence that says whose word a store's is: nobody must take it for the present.
std::string store_note(Queries& queries, const Context& context);

}  // namespace taktd::ctl
