// SPDX-License-Identifier: Apache-2.0
// How the commands come to a config and to a store: which file is meant, and what to say when there is none.
#pragma once

#include <memory>
#include <vector>

#include "daemon/app/store_refusal.hpp"
#include "daemon/ctl/answer.hpp"
#include "daemon/ctl/options.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/store/sqlite/reader.hpp"

namespace taktd::ctl {

/// `resolve_job`: whose keys are wanted after merging.
LoadResult load_config(const std::string& path, const std::string& resolve_job = {});

/// For commands that need a good config: all its errors, or the settings.
Result<Settings, Answer> require_config(const std::string& path);

/// Of the store that --db names, else the config's store.path.
Result<std::unique_ptr<Queries>, Answer> open_queries(const Options& options);
/// The same where the question is about the file itself.
Result<Reader, Answer> open_reader(const Options& options);

/// The path of the store, whatever else is wrong with the config: where that cannot be read, the default store if it is
/// there, and a warning.
Result<std::string, Answer> find_store(const Options& options, std::string& warning);

/// What to say when a command on a dead daemon's store was refused.
Answer refused_offline(const StoreRefusal& refusal, const std::string& store_path);

/// Every finding, one after the other, as taktctl prints them.
std::string diagnostics_text(const std::vector<Diagnostic>& diagnostics);

}  // namespace taktd::ctl
