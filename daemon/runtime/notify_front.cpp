// SPDX-License-Identifier: Apache-2.0
// Each target has a reading of its own: one on a mount that hangs keeps no other from being told.
#include "daemon/runtime/notify_front.hpp"

#include <memory>
#include <utility>

#include "daemon/runtime/clock.hpp"
#include "daemon/runtime/credential_cache.hpp"
#include "daemon/settings/secrets.hpp"
#include "daemon/settings/values/endpoint.hpp"
#include "providers/crypto.hpp"

namespace taktd {
namespace {

constexpr std::string_view kWebhookPrefix = "whsec_";
constexpr std::size_t kWebhookKeyBytesMin = 24, kWebhookKeyBytesMax = 64;
constexpr const char* kUrl = "url";

std::string key_name(std::size_t i) { return "secret" + std::to_string(i); }

SecretReading::References references_of(const NotifyTarget& target) {
    SecretReading::References references;
    if (is_secret_reference(target.url)) references[kUrl] = target.url;
    for (std::size_t i = 0; i < target.secrets.size(); ++i) references[key_name(i)] = target.secrets[i];
    return references;
}

/// `problem` says what is missing, if anything is.
NotifyEndpoint endpoint_of(const NotifyTarget& target, const Credentials& found) {
    NotifyEndpoint made{.settings = target};
    const std::string where = "notify.targets." + target.name;
    if (target.kind != NotifyTarget::Kind::command) {
        const auto address = parse_web_address(found.contains(kUrl) ? found.at(kUrl).reveal() : target.url);
        if (!address) {
            made.problem = where + ".url " + address.error();
            return made;
        }
        made.endpoint = address->endpoint;
        made.path = Secret{address->target};
    }
    for (std::size_t i = 0; i < target.secrets.size(); ++i) {
        const Secret& key = found.at(key_name(i));
        if (target.kind != NotifyTarget::Kind::webhook) {
            made.keys.push_back(key);
            continue;
        }
        Secret bytes{webhook_key_of(key.reveal())};
        if (bytes.empty()) {
            made.problem = where +
                           ".secret must be 'whsec_' and the base64 of 24 to 64 bytes; make one with: "
                           "echo whsec_$(openssl rand -base64 32)";
            made.endpoint.clear();
            return made;
        }
        made.keys.push_back(std::move(bytes));
    }
    return made;
}

}  // namespace

std::string webhook_key_of(const std::string& written) {
    if (!written.starts_with(kWebhookPrefix)) return {};
    const auto bytes = from_base64(std::string_view{written}.substr(kWebhookPrefix.size()));
    if (!bytes || bytes->size() < kWebhookKeyBytesMin || bytes->size() > kWebhookKeyBytesMax) return {};
    return *bytes;
}

std::vector<NotifyEndpoint> read_notify_front(const std::vector<NotifyTarget>& targets,
                                              const std::function<void(const Secret&)>& on_secret) {
    std::vector<std::unique_ptr<SecretReading>> readings;
    for (const NotifyTarget& target : targets) {
        const auto references = references_of(target);
        readings.push_back(references.empty() ? nullptr : SecretReading::begin(references, read_credentials));
    }
    const BootTime deadline = read_time().boot + CredentialCache::kPatience;
    std::vector<NotifyEndpoint> endpoints;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const NotifyTarget& target = targets[i];
        if (references_of(target).empty()) {
            endpoints.push_back(endpoint_of(target, {}));
            continue;
        }
        const auto patience = std::max(deadline - read_time().boot, Duration::zero());
        const auto read = readings[i] ? readings[i]->wait(patience) : std::nullopt;
        if (read && *read) {
            for (const auto& [name, secret] : **read) on_secret(secret);
            endpoints.push_back(endpoint_of(target, **read));
            continue;
        }
        NotifyEndpoint& unusable = endpoints.emplace_back(NotifyEndpoint{.settings = target});
        unusable.problem =
            "notify.targets." + target.name + ": " +
            (read ? read->error() : "its secrets cannot be read in time; does their disk or mount hang?");
    }
    return endpoints;
}

}  // namespace taktd
