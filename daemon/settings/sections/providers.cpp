// SPDX-License-Identifier: Apache-2.0
// One ProviderReader per entry; afterwards the entries are compared, because those of one account share one bucket.
// Secrets are never read here: a reference is checked for its form and kept as text.
#include "daemon/settings/sections/providers.hpp"

#include <algorithm>
#include <memory>

#include "daemon/settings/sections/credentials.hpp"
#include "daemon/settings/sections/duration_limits.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/source/utf8.hpp"
#include "daemon/settings/values/endpoint.hpp"
#include "daemon/settings/values/parameters.hpp"
#include "daemon/settings/values/references.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

constexpr std::int64_t kBurstMax = 1000;
constexpr std::string_view kRegionCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

/// Most requests in any one second. The spacing is rounded up to nanoseconds, so a broken-off second counts as whole.
std::int64_t peak_per_second(Duration interval, int burst) {
    constexpr Duration kSecond = std::chrono::seconds{1};
    return burst + (kSecond.count() + interval.count() - 1) / interval.count();
}

constexpr std::size_t kCodeBytesMax = 200;
constexpr const char* kCodeHelp = "a vendor's code must be text of 1 to 200 characters, e.g. InternalError.Busy";

bool is_code(std::string_view text) {
    const bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c != 0x7F; });
    return !text.empty() && text.size() <= kCodeBytesMax && visible;
}

/// What a provider may say that a code means.
const std::vector<std::string>& outcome_words() {
    static const std::vector<std::string> words = [] {
        std::vector<std::string> all;
        for (const Outcome o : {Outcome::throttled, Outcome::refused_retryable, Outcome::refused_final,
                                Outcome::conflict, Outcome::clock_skew, Outcome::unauthorized, Outcome::uncertain})
            all.emplace_back(name_of(o));
        return all;
    }();
    return words;
}

class ProviderReader {
public:
    ProviderReader(const Field& entry, const LoadContext& context, Findings& findings)
        : entry_{entry},
          context_{context},
          findings_{findings},
          section_{*entry.value, "provider '" + entry.name() + "'", findings} {}

    NamedProvider read() {
        if (!section_.is_usable()) return {};
        const std::size_t errors_before = findings_.error_count();
        spec_.name = entry_.name();
        const Field type = section_.need("type", "e.g. 'type: " + example_type() + "'", entry_.key->at);
        const AdapterSchema* schema = type ? find_schema(type) : nullptr;
        if (schema == nullptr) return {};
        spec_.type = schema->type;
        spec_.traits = schema->traits;
        read_address(*schema);
        read_own_parameters(*schema);
        const Field credentials = section_.need("credentials", credentials_example(*schema), entry_.key->at);
        if (credentials) spec_.credentials = read_credential_references(credentials, *schema, findings_);
        read_limit(*schema);
        read_durations();
        if (const Field f = section_.take("baseline")) spec_.baseline = read_bool(f, findings_).value_or(true);
        if (const Field f = section_.take("foreign")) {
            if (const auto i = read_choice(f, {"ignore", "report", "stop"}, findings_))
                spec_.foreign = static_cast<Foreign>(*i);
        }
        read_codes();
        for (const std::string& name : credential_names({*schema})) {
            if (const Field misplaced = section_.find(name)) {
                hide_values(*misplaced.value, findings_);
                section_.refuse(name, "'" + name + "' belongs under 'credentials'; move it there");
            }
        }
        section_.refuse_rest();
        if (findings_.error_count() != errors_before) return {.schema = schema, .spec = nullptr};
        spec_.account = spec_.type + "|" + spec_.endpoint + "|" + key_id_of(*schema);
        return {.schema = schema, .spec = std::make_shared<const ProviderSpec>(std::move(spec_))};
    }

private:
    std::string example_type() const { return context_.adapters.empty() ? "..." : context_.adapters.front().type; }

    const AdapterSchema* find_schema(const Field& field) {
        const auto type = read_text(field, findings_);
        if (!type) return nullptr;
        std::vector<std::string> types;
        for (const AdapterSchema& schema : context_.adapters) {
            if (schema.type == *type) return &schema;
            types.push_back(schema.type);
        }
        findings_.error(field.at(), "unknown provider type " + findings_.quoted(field.at(), *type) +
                                        did_you_mean(*type, types) + "; known are " + one_of_text(types));
        return nullptr;
    }

    /// The text with its `${env:}` expanded. Messages speak of the text as written: a variable may hold anything.
    std::optional<std::string> read_expanded(const Field& field) {
        const auto text = read_text(field, findings_);
        if (!text) return std::nullopt;
        auto expanded = expand_env(*text, context_.get_env);
        if (expanded) return *expanded;
        findings_.error(field.at(), "'" + field.name() + "' " + expanded.error());
        return std::nullopt;
    }

    void read_address(const AdapterSchema& schema) {
        const Field region = section_.take("region");
        if (region) {
            const auto text = read_expanded(region);
            const bool plain =
                text && text->size() <= 64 && text->find_first_not_of(kRegionCharacters) == std::string::npos;
            if (text && !plain)
                findings_.error(region.at(), "'region' must be letters, digits and '-', e.g. ap-southeast-3");
            if (plain) spec_.region = *text;
        }
        if (const Field f = section_.take("endpoint")) {
            const auto text = read_expanded(f);
            const auto endpoint = text ? canonical_endpoint(*text) : Result<std::string>{};
            if (!endpoint) findings_.error(f.at(), "'endpoint' " + endpoint.error());
            if (endpoint) spec_.endpoint = *endpoint;
            return;
        }
        std::string endpoint = schema.endpoint_template;
        const std::size_t place = endpoint.find("{region}");
        if (place != std::string::npos && !region) {
            findings_.error(entry_.key->at, "provider '" + entry_.name() + "' needs 'region', or 'endpoint' instead");
            return;
        }
        if (place != std::string::npos) endpoint.replace(place, std::string_view{"{region}"}.size(), spec_.region);
        if (const auto canonical = canonical_endpoint(endpoint)) spec_.endpoint = *canonical;
    }

    void read_own_parameters(const AdapterSchema& schema) {
        for (const Parameter& p : schema.provider) {
            const Field field =
                p.required ? section_.need(p.name, example_of(p), entry_.key->at) : section_.take(p.name);
            if (!field) continue;
            if (p.kind != Parameter::Kind::text) {
                read_parameter(p, field, Completion::full, findings_);
                continue;
            }
            const auto text = read_expanded(field);
            if (!text) continue;
            // Checked as it will be sent, through a node of its own at the written place.
            YamlNode node = *field.value;
            node.text = *text;
            const Field expanded{.key = field.key, .value = &node};
            if (*text != field.value->text && !is_allowed(p, *text)) {
                findings_.error(field.at(), "'" + p.name + "' does not hold what it may, after its variable is put in");
            } else if (read_parameter(p, expanded, Completion::full, findings_) && p.name == schema.scope_parameter) {
                if (!is_scope(*text)) {
                    findings_.error(field.at(), "'" + p.name + "' goes into requests and task keys; write printable " +
                                                    "ASCII without blanks and '|', as the vendor's console shows it");
                }
                spec_.scope = *text;
            }
        }
    }

    static bool is_scope(const std::string& text) {
        return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '|'; });
    }

    static bool is_allowed(const Parameter& p, const std::string& text) {
        const auto length = static_cast<std::int64_t>(utf8_count(text));
        const bool fits = length >= p.min.value_or(0) && (!p.max || length <= *p.max);
        return fits && (p.one_of.empty() || std::find(p.one_of.begin(), p.one_of.end(), text) != p.one_of.end());
    }

    void read_limit(const AdapterSchema& schema) {
        spec_.rate_limit = schema.default_rate_limit;
        const Field field = section_.take("rate_limit");
        if (!field) return;
        Section limit{*field.value, "'rate_limit'", findings_};
        if (!limit.is_usable()) return;
        if (const Field f = limit.take("rate")) {
            const auto text = read_text(f, findings_);
            const auto interval = text ? parse_rate(*text) : Result<Duration>{Duration{}};
            if (!interval) {
                findings_.error(
                    f.at(), "'rate' must be a rate, not " + findings_.quoted(f.at(), *text) + "; " + interval.error());
            } else if (text) {
                spec_.rate_limit.interval = *interval;
            }
        }
        if (const Field f = limit.take("burst")) {
            // One token is kept for stops, so with a burst of 1 nothing could ever start.
            const auto burst = read_integer(f, 2, kBurstMax, findings_);
            if (burst) spec_.rate_limit.burst = static_cast<int>(*burst);
        }
        limit.refuse_rest();
        warn_above_vendor(field, schema);
    }

    void warn_above_vendor(const Field& field, const AdapterSchema& schema) {
        if (!schema.vendor_interval_min) return;
        const std::int64_t vendor = std::chrono::seconds{1} / *schema.vendor_interval_min;
        const std::int64_t peak = peak_per_second(spec_.rate_limit.interval, spec_.rate_limit.burst);
        if (spec_.rate_limit.interval >= *schema.vendor_interval_min && peak <= vendor) return;
        findings_.warning(field.at(), "this limit lets up to " + std::to_string(peak) +
                                          " requests into one second; the vendor takes " + std::to_string(vendor) +
                                          " (rate and burst count together)");
    }

    void read_durations() {
        // Plain HTTP is for this machine's own addresses: a stand-in of the vendor, which is as quick as its tests.
        const bool is_vendor = !spec_.endpoint.starts_with("http://");
        const auto read = [&](std::string_view key, const DurationLimits& limits, Duration& into) {
            const Field f = section_.take(key);
            if (f) into = read_duration(f, limits, findings_, is_vendor).value_or(into);
        };
        read("timeout", limits::kTimeout, spec_.timeout);
        read("poll_interval", limits::kPollInterval, spec_.poll_interval);
        read("settle", limits::kSettle, spec_.settle);
    }

    void read_codes() {
        if (const Field f = section_.take("outcomes")) read_outcomes(f);
        if (const Field f = section_.take("success_codes")) read_success_codes(f);
    }

    void read_outcomes(const Field& field) {
        const Section outcomes{*field.value, "'outcomes'", findings_};
        for (const Field& entry : outcomes.rest()) {
            if (!is_code(entry.name())) {
                findings_.error(entry.key->at, kCodeHelp);
            } else if (entry.value->is_scalar() && entry.value->text == name_of(Outcome::accepted)) {
                findings_.error(entry.at(),
                                "a code that means success belongs under 'success_codes'; write "
                                "'success_codes: [" +
                                    printable(entry.name(), kCodeBytesMax) + "]'");
            } else if (const auto word = read_choice(entry, outcome_words(), findings_)) {
                spec_.outcomes[entry.name()] = *parse_name<Outcome>(outcome_words()[*word]);
            }
        }
    }

    void read_success_codes(const Field& field) {
        if (!field.value->is_sequence()) {
            findings_.error(field.at(), "'success_codes' must be a list of the vendor's codes, not " +
                                            kind_text(*field.value) + "; write 'success_codes: [CODE]'");
            return;
        }
        for (const YamlNode* item : field.value->children) {
            if (!item->is_scalar() || !is_code(item->text)) {
                findings_.error(item->at, kCodeHelp);
            } else if (spec_.outcomes.contains(item->text)) {
                findings_.error(item->at, "this code is under 'outcomes', too; remove one");
            } else if (std::ranges::count(spec_.success_codes, item->text) == 0) {
                spec_.success_codes.push_back(item->text);
            }
        }
    }

    /// The reference of whichever key id is given: the first name of its credential set.
    std::string key_id_of(const AdapterSchema& schema) const {
        for (const auto& set : schema.credential_sets) {
            const auto found = set.empty() ? spec_.credentials.end() : spec_.credentials.find(set.front());
            if (found != spec_.credentials.end()) return found->second;
        }
        return {};
    }

    Field entry_;
    const LoadContext& context_;
    Findings& findings_;
    Section section_;
    ProviderSpec spec_;
};

}  // namespace

NamedProviders read_providers(const std::vector<Field>& entries, const LoadContext& context, Findings& findings) {
    NamedProviders providers;
    std::map<std::string, ProviderPtr> by_account;
    for (const Field& entry : entries) {
        if (entry.name() == "<<") continue;
        if (!is_name(entry.name())) {
            findings.error(entry.key->at, "bad provider name " + findings.quoted(entry.key->at, entry.name()) + "; " +
                                              std::string{kNameRule});
            providers.try_emplace(entry.name());
            continue;
        }
        const NamedProvider provider = ProviderReader{entry, context, findings}.read();
        if (!providers.try_emplace(entry.name(), provider).second || !provider.spec) continue;
        const auto [other, is_first] = by_account.try_emplace(provider.spec->account, provider.spec);
        if (!is_first && other->second->rate_limit != provider.spec->rate_limit) {
            findings.error(entry.key->at, "provider '" + entry.name() + "' uses the account of '" +
                                              other->second->name +
                                              "' (one endpoint and key id) with another rate_limit; they share one "
                                              "bucket, give both the same");
        }
    }
    return providers;
}

}  // namespace taktd
