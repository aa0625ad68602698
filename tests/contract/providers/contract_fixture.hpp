// SPDX-License-Identifier: Apache-2.0
// What the contract asks every provider through: credentials, calls and parameters made from its schema alone, so that
// a new line in the registry is tested without a new line here.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "providers/registry.hpp"

namespace taktd::contract {

/// 2026-11-22T02:00:00Z
inline constexpr WallTime kNow{std::chrono::seconds{1795312800}};

/// Invented values for one alternative of the schema's credential sets.
Credentials credentials_of(const std::vector<std::string>& set, bool with_optional);
/// Every alternative, with and without what is optional.
std::vector<Credentials> all_credentials(const AdapterSchema& schema);

/// The default of each parameter, and the least that is valid of each required one.
std::string parameters_json(const std::vector<std::vector<Parameter>>& groups);

/// Every line of the registry, and how tests call it.
std::vector<const ProviderEntry*> entries();
std::string type_name(const ::testing::TestParamInfo<const ProviderEntry*>& info);

/// One provider: its adapter, its twin, and a way to put a call to both.
class ProviderContract : public ::testing::TestWithParam<const ProviderEntry*> {
protected:
    ProviderContract();

    void open_twin(const Credentials& credentials, RateLimit rate = {});
    CallSpec call(Action action, std::vector<std::string> task_ids = {"1"}, bool batched = false) const;
    /// Making a task of its own for a run, or looking for it.
    CallSpec prepare(const std::string& run, bool finds = false) const;
    /// adapter -> twin -> adapter
    CallResult perform(const CallSpec& what, WallTime now);
    CallResult perform(Action action, WallTime now) { return perform(call(action), now); }
    /// What a query shows of task 1.
    Observation observe(WallTime now);

    std::unique_ptr<Adapter> adapter_;
    std::unique_ptr<Twin> twin_;
    const AdapterSchema& schema_;
    ProviderPtr provider_;
    Credentials credentials_;
};

}  // namespace taktd::contract
