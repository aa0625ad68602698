// Tokens are secrets: like a provider's credentials they are references, and a value that is none is never shown.
#include "daemon/settings/control.hpp"

#include "daemon/settings/sections/credentials.hpp"
#include "daemon/settings/values/endpoint.hpp"

namespace taktd {
namespace {

constexpr std::size_t kSocketPathBytesMax = 107;  // sun_path

void read_tokens(const Field& field, Findings& findings) {
    if (!field.value->is_mapping()) {
        hide_values(*field.value, findings);
        findings.error(field.at(), "'tokens' must be a mapping; write 'tokens: {operator: \"${credential:NAME}\"}'");
        return;
    }
    Section tokens{*field.value, "'tokens'", findings};
    for (const char* role : {"operator", "viewer"}) {
        if (const Field f = tokens.take(role)) read_secret_reference(f, findings);
    }
    for (const Field& unknown : tokens.rest()) {
        hide_values(*unknown.value, findings);
        refuse_secret_key(unknown, tokens.known(), "'tokens'", findings);
    }
}

void read_http(const Field& field, Findings& findings) {
    const std::size_t errors_before = findings.error_count();
    Section http{*field.value, "'http'", findings};
    if (!http.is_usable()) return;
    if (const Field f = http.need("listen", "'listen: \"127.0.0.1:8484\"'", field.key->at)) {
        const auto text = read_text(f, findings);
        if (text && !is_listen_address(*text)) {
            findings.error(f.at(), "'listen' must be an address and a port, such as 127.0.0.1:8484 or [::1]:8484");
        }
    }
    if (const Field f = http.take("tokens")) read_tokens(f, findings);
    http.refuse_rest();
    if (findings.error_count() != errors_before) return;
    findings.warning(field.key->at, "'http' is not served by this version of taktd: nothing will listen there");
}

}  // namespace

void read_control(const Field& field, Settings& settings, Findings& findings) {
    Section control{*field.value, "'control'", findings};
    if (!control.is_usable()) return;
    if (const Field f = control.take("socket"))
        settings.control_socket = read_path(f, kSocketPathBytesMax, findings).value_or("");
    if (const Field f = control.take("http")) read_http(f, findings);
    control.refuse_rest();
}

}  // namespace taktd
