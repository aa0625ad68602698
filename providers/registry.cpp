// SPDX-License-Identifier: Apache-2.0
#include "providers/registry.hpp"

#include <algorithm>
#include <array>

#include "providers/huawei_cpts/adapter.hpp"
#include "providers/huawei_cpts/twin.hpp"
#include "providers/tencent_cfg/adapter.hpp"
#include "providers/tencent_cfg/twin.hpp"

namespace taktd {
namespace {

/// One line per provider; a new one is added here and nowhere else.
const auto& table() {
    static const std::array kProviders{
        ProviderEntry{"huawei-cpts", create_huawei_cpts_adapter, create_huawei_cpts_twin},
        ProviderEntry{"tencent-cfg", create_tencent_cfg_adapter, create_tencent_cfg_twin},
    };
    return kProviders;
}

}  // namespace

std::span<const ProviderEntry> providers() { return table(); }

const ProviderEntry* find_provider(std::string_view type) {
    const auto& entries = table();
    const auto* found = std::ranges::find(entries, type, &ProviderEntry::type);
    return found == entries.end() ? nullptr : found;
}

std::vector<AdapterSchema> adapter_schemas() {
    std::vector<AdapterSchema> schemas;
    for (const auto& entry : table()) schemas.push_back(entry.create_adapter()->schema());
    return schemas;
}

}  // namespace taktd
