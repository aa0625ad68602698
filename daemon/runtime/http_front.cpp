// SPDX-License-Identifier: Apache-2.0
// Read on a thread like a provider's secrets: a mount that hangs must not keep a config from taking over.
#include "daemon/runtime/http_front.hpp"

#include "daemon/runtime/credential_cache.hpp"
#include "daemon/settings/secrets.hpp"
#include "daemon/settings/source/file_access.hpp"

namespace taktd {
namespace {

constexpr std::size_t kCertificateBytesMax = 256 * 1024;

Result<Secret> read_one(const std::string& name, const std::string& source) {
    if (name == "key") return read_private_key(source);
    if (name != "certificate") return read_secret(source);
    auto text = read_regular_file(source, kCertificateBytesMax);
    if (!text) return unexpected{source + " cannot be read: " + text.error()};
    return Secret{std::move(text->text)};
}

Result<Credentials> read_all(const SecretReading::References& sources) {
    Credentials found;
    for (const auto& [name, source] : sources) {
        auto one = read_one(name, source);
        if (!one) return unexpected{"control.http, " + name + ": " + one.error()};
        found.emplace(name, std::move(*one));
    }
    return found;
}

std::optional<std::string> objection_to(const Credentials& found) {
    for (const char* role : {"operator", "viewer"}) {
        const auto token = found.find(role);
        if (token == found.end() || token->second.size() >= kTokenBytesMin) continue;
        return "control.http, " + std::string{role} + ": the token has fewer than " + std::to_string(kTokenBytesMin) +
               " characters; make one with: openssl rand -hex 24";
    }
    if (found.contains("operator") && found.contains("viewer") && found.at("operator") == found.at("viewer"))
        return "control.http: the operator's token is the viewer's as well; make another one with: openssl rand -hex "
               "24";
    return std::nullopt;
}

}  // namespace

Result<HttpFront> read_http_front(const HttpSettings& settings, const std::function<void(const Secret&)>& on_secret) {
    SecretReading::References sources;
    if (!settings.operator_token.empty()) sources["operator"] = settings.operator_token;
    if (!settings.viewer_token.empty()) sources["viewer"] = settings.viewer_token;
    if (!settings.certificate.empty()) sources["certificate"] = settings.certificate;
    if (!settings.key.empty()) sources["key"] = settings.key;
    HttpFront front{.settings = settings};
    if (sources.empty()) return front;
    const auto reading = SecretReading::begin(sources, read_all);
    const auto read = reading ? reading->wait(CredentialCache::kPatience) : std::nullopt;
    if (!read)
        return unexpected<std::string>{
            "control.http: its tokens or its certificate cannot be read in time; does their disk or mount hang?"};
    if (!*read) return unexpected{read->error()};
    const Credentials& found = **read;
    if (auto objection = objection_to(found)) return unexpected{std::move(*objection)};
    const auto secret_of = [&](const char* name) { return found.contains(name) ? found.at(name) : Secret{}; };
    front.operator_token = secret_of("operator");
    front.viewer_token = secret_of("viewer");
    front.certificate = secret_of("certificate");
    front.key = secret_of("key");
    for (const Secret* token : {&front.operator_token, &front.viewer_token}) {
        if (!token->empty()) on_secret(*token);
    }
    return front;
}

}  // namespace taktd
