// SPDX-License-Identifier: Apache-2.0
// What telling the targets of `notify` needs beside the config: their addresses and keys, read where the references
// point. A target whose secret cannot be read is told nothing until a reload; the others are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/core/base/secret.hpp"
#include "daemon/settings/notify.hpp"

namespace taktd {

struct NotifyEndpoint {
    NotifyTarget settings;
    std::string endpoint{};      ///< scheme, host and port; empty: a command, or `problem`
    Secret path{};               ///< and query
    std::vector<Secret> keys{};  ///< a webhook's decoded; else as they are
    std::string problem{};       ///< why it cannot be told anything; names the key of the config, never a value
};

/// Waits for files no longer than CredentialCache::kPatience, for all of them together. `on_secret` hears of every
/// secret before anything else does.
std::vector<NotifyEndpoint> read_notify_front(const std::vector<NotifyTarget>& targets,
                                              const std::function<void(const Secret&)>& on_secret);

/// The bytes behind `whsec_`, 24 to 64 of them (Standard Webhooks); empty: it is no such key.
std::string webhook_key_of(const std::string& written);

}  // namespace taktd
