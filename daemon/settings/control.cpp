// SPDX-License-Identifier: Apache-2.0
// Tokens are secrets: like a provider's credentials they are references, and a value that is none is never shown.
#include "daemon/settings/control.hpp"

#include "daemon/settings/sections/credentials.hpp"
#include "daemon/settings/values/endpoint.hpp"

namespace taktd {
namespace {

constexpr std::size_t kHostsMax = 32;

void read_tokens(const Field& field, HttpSettings& http, Findings& findings) {
    if (!field.value->is_mapping()) {
        hide_values(*field.value, findings);
        findings.error(field.at(), "'tokens' must be a mapping; write 'tokens: {operator: \"${credential:NAME}\"}'");
        return;
    }
    Section tokens{*field.value, "'tokens'", findings};
    const auto read = [&](const char* role, std::string& reference) {
        const Field f = tokens.take(role);
        if (f && read_secret_reference(f, findings)) reference = f.value->text;
    };
    read("operator", http.operator_token);
    read("viewer", http.viewer_token);
    for (const Field& unknown : tokens.rest()) {
        hide_values(*unknown.value, findings);
        refuse_secret_key(unknown, tokens.known(), "'tokens'", findings);
    }
    if (!http.operator_token.empty() && http.operator_token == http.viewer_token)
        findings.error(field.at(), "'operator' and 'viewer' must be two secrets: one token has one role");
}

void read_hosts(const Field& field, HttpSettings& http, Findings& findings) {
    const auto& hosts = *field.value;
    if (!hosts.is_sequence() || hosts.children.size() > kHostsMax) {
        findings.error(field.at(), "'hosts' must be a list of at most " + std::to_string(kHostsMax) +
                                       " names; write 'hosts: [taktd.example.com]'");
        return;
    }
    for (const YamlNode* host : hosts.children) {
        if (host->is_scalar() && is_host_header(host->text)) {
            http.hosts.push_back(host->text);
        } else {
            findings.error(host->at,
                           "a host is what a Host header says: a name or an address, with a port if need be, "
                           "such as taktd.example.com");
        }
    }
}

void read_tls(const Field& field, HttpSettings& http, Findings& findings) {
    if (!field.value->is_mapping()) {
        hide_values(*field.value, findings);
        findings.error(field.at(),
                       "'tls' must be a mapping; write 'tls: {certificate: /etc/taktd/tls.crt, key: "
                       "\"${credential:tls-key}\"}'");
        return;
    }
    Section tls{*field.value, "'tls'", findings};
    if (const Field f = tls.need("certificate", "'certificate: /etc/taktd/tls.crt'", field.key->at))
        http.certificate = read_path(f, kPathBytesMax, findings).value_or("");
    const Field key = tls.need("key", "'key: \"${credential:tls-key}\"'", field.key->at);
    if (key && read_secret_reference(key, findings)) http.key = key.value->text;
    for (const Field& unknown : tls.rest()) {
        hide_values(*unknown.value, findings);
        refuse_secret_key(unknown, tls.known(), "'tls'", findings);
    }
}

std::optional<HttpSettings> read_http(const Field& field, Findings& findings) {
    Section section{*field.value, "'http'", findings};
    if (!section.is_usable()) return std::nullopt;
    HttpSettings http;
    const Field listen = section.need("listen", "'listen: \"127.0.0.1:8484\"'", field.key->at);
    const auto text = listen ? read_text(listen, findings) : std::nullopt;
    const auto address = text ? parse_listen_address(*text) : std::nullopt;
    if (text && !address)
        findings.error(
            listen.at(),
            "'listen' must be an address and a port, such as 127.0.0.1:8484 or [::1]:8484; of names it takes "
            "localhost alone");
    if (const Field f = section.take("tokens")) read_tokens(f, http, findings);
    if (const Field f = section.take("hosts")) read_hosts(f, http, findings);
    if (const Field f = section.take("metrics"))
        http.is_metrics_open = read_choice(f, {"token", "open"}, findings) == 1;
    const Field tls = section.take("tls");
    if (tls) read_tls(tls, http, findings);
    section.refuse_rest();
    if (!address) return std::nullopt;
    if (!address->is_loopback && !tls)
        findings.error(listen.at(),
                       "whoever is on the network could read tokens there: add 'tls: {certificate: /etc/taktd/tls.crt, "
                       "key: \"${credential:tls-key}\"}', or listen on 127.0.0.1 behind a reverse proxy");
    http.listen = *text;
    http.address = address->address;
    http.port = address->port;
    return http;
}

}  // namespace

void read_control(const Field& field, Settings& settings, Findings& findings) {
    Section control{*field.value, "'control'", findings};
    if (!control.is_usable()) return;
    if (const Field f = control.take("socket"))
        settings.control_socket = read_path(f, kSocketPathBytesMax, findings).value_or("");
    if (const Field f = control.take("http")) settings.http = read_http(f, findings);
    control.refuse_rest();
}

}  // namespace taktd
