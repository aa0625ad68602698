// SPDX-License-Identifier: Apache-2.0
// The adapters that this process can use, by type. The composition root fills it from the registry; nothing below knows
// which providers there are.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "providers/provider.hpp"

namespace taktd {

class AdapterTable {
public:
    void add(std::string type, std::unique_ptr<Adapter> adapter) {
        adapters_.insert_or_assign(std::move(type), std::move(adapter));
    }
    /// Null if there is none: a run of another build's provider.
    const Adapter* find(const std::string& type) const {
        const auto found = adapters_.find(type);
        return found == adapters_.end() ? nullptr : found->second.get();
    }

private:
    std::map<std::string, std::unique_ptr<Adapter>> adapters_;
};

}  // namespace taktd
