// SPDX-License-Identifier: Apache-2.0
// Each template is merged over the defaults once and each job over its template. Templates and defaults are read on
// their own, too: so that one which nobody uses is checked, and so that an error in one is told once.
#include "daemon/settings/sections/jobs.hpp"

#include <memory>
#include <set>

#include "daemon/settings/sections/merge.hpp"
#include "daemon/settings/sections/resolved.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

class JobsReader {
public:
    JobsReader(const WrittenJobs& written, const std::string& resolve, JobSurroundings& around)
        : written_{written}, resolve_{resolve}, around_{around}, findings_{around.findings} {}

    ReadJobs read() {
        read_defaults();
        for (const Field& entry : written_.templates) {
            if (!is_over_) read_template(entry);
        }
        for (const auto& [name, node] : templates_) template_names_.push_back(name);
        for (const Field& entry : written_.jobs) {
            if (is_over_) break;
            refuse_bad_name(entry, "job");
            read_one(entry);
        }
        return std::move(read_);
    }

private:
    void refuse_bad_name(const Field& entry, const std::string& what) {
        if (is_name(entry.name())) return;
        findings_.error(entry.key->at, "bad " + what + " name " + findings_.quoted(entry.key->at, entry.name()) + "; " +
                                           std::string{kNameRule});
    }

    void read_defaults() {
        if (written_.defaults.empty()) return;
        defaults_.kind = YamlNode::Kind::mapping;
        defaults_.at = written_.defaults.front().key->at;
        defaults_key_.at = defaults_.at;
        for (const Field& f : written_.defaults) {
            defaults_.children.insert(defaults_.children.end(), {f.key, f.value});
            defaults_.values += 1 + f.value->values;
        }
        read_job({.completion = Completion::part,
                  .what = "'defaults'",
                  .entry = {.key = &defaults_key_, .value = &defaults_},
                  .own = &defaults_,
                  .use_refused = "'use' is not allowed under 'defaults'; write it into each job"},
                 around_);
    }

    const AdapterSchema* schema_of(const YamlNode& own, const YamlNode& base) const {
        for (const YamlNode* mapping : {&own, &base}) {
            for (std::size_t i = 0; i + 1 < mapping->children.size(); i += 2) {
                if (mapping->children[i]->text != "provider") continue;
                const auto found = around_.providers.find(mapping->children[i + 1]->text);
                return found == around_.providers.end() ? nullptr : found->second.schema;
            }
        }
        return nullptr;
    }

    /// `base` may be null or empty: then it is what stands there.
    const YamlNode* merged(const Field& entry, const YamlNode* base, Merger& merger) const {
        const YamlNode& own = *entry.value;
        const bool is_mergeable = own.is_mapping() || own.kind == YamlNode::Kind::null;
        if (base == nullptr || base->children.empty() || !is_mergeable) return &own;
        return merger.merge_job(own, *base, schema_of(own, *base), entry.key->at);
    }

    void read_template(const Field& entry) {
        refuse_bad_name(entry, "template");
        const YamlNode* node = merged(entry, &defaults_, template_merger_);
        if (!fits(entry, *node)) return;
        templates_.try_emplace(entry.name(), entry.value->is_mapping() ? node : nullptr);
        const std::size_t errors_before = findings_.error_count();
        read_job({.completion = Completion::part,
                  .what = "template '" + entry.name() + "'",
                  .entry = {.key = entry.key, .value = node},
                  .own = entry.value,
                  .use_refused = "'use' is not allowed in a template: templates do not nest"},
                 around_);
        if (findings_.error_count() != errors_before) flawed_.insert(node);
    }

    /// What is merged counts with all that it inherits: a template bomb ends here.
    bool fits(const Field& entry, const YamlNode& node) {
        values_ += node.values;
        is_over_ = values_ > kMergedValuesMax;
        if (is_over_) {
            findings_.error(entry.key->at, "more than " + std::to_string(kMergedValuesMax) +
                                               " values with every template written out");
        }
        return !is_over_;
    }

    void read_one(const Field& entry) {
        bool is_known = true;
        const YamlNode* base = base_of(entry, is_known);
        Merger merger;
        const YamlNode* node = merged(entry, base, merger);
        if (!fits(entry, *node)) return;
        const JobPtr job = read_job({.completion = is_known ? Completion::full : Completion::part,
                                     .what = "job '" + entry.name() + "'",
                                     .entry = {.key = entry.key, .value = node},
                                     .own = entry.value},
                                    around_);
        if (!job) return;
        read_.jobs.try_emplace(entry.name(), job);
        if (entry.name() != resolve_) return;
        read_.resolved = resolve_job({.merged = *node,
                                      .job = *job,
                                      .schema = *around_.providers.at(job->provider->name).schema,
                                      .zone_at = around_.zone_at,
                                      .findings = findings_});
    }

    /// What the job is written over. A template that is unknown or has errors is reported; what it would have given is
    /// not missed.
    const YamlNode* base_of(const Field& entry, bool& is_known) {
        if (!entry.value->is_mapping()) return &defaults_;
        for (std::size_t i = 0; i + 1 < entry.value->children.size(); i += 2) {
            if (entry.value->children[i]->text != "use") continue;
            const Field use{.key = entry.value->children[i], .value = entry.value->children[i + 1]};
            const auto name = read_text(use, findings_);
            const auto found = name ? templates_.find(*name) : templates_.end();
            is_known = found != templates_.end() && found->second != nullptr;
            if (name && found == templates_.end()) report_unknown(use, *name);
            if (!is_known) return &defaults_;
            is_known = !flawed_.contains(found->second);  // what it lacks for its errors is told already
            return found->second;
        }
        return &defaults_;
    }

    void report_unknown(const Field& use, const std::string& name) {
        std::string hint = findings_.is_full() ? std::string{} : did_you_mean(name, template_names_);
        if (hint.empty() && template_names_.empty()) hint = "; the config has no templates";
        if (hint.empty()) hint = "; it must be under 'templates'";
        findings_.error(use.at(), "unknown template" + findings_.named(use.at(), name) + hint);
    }

    const WrittenJobs& written_;
    const std::string& resolve_;
    JobSurroundings& around_;
    Findings& findings_;
    YamlNode defaults_, defaults_key_;
    Merger template_merger_;
    std::map<std::string, const YamlNode*> templates_;  // over the defaults; null: not a mapping, which is reported
    std::vector<std::string> template_names_;
    std::set<const YamlNode*> flawed_;  // templates with errors of their own; only looked up
    std::size_t values_ = 0;
    bool is_over_ = false;
    ReadJobs read_;
};

}  // namespace

ReadJobs read_jobs(const WrittenJobs& written, const std::string& resolve, JobSurroundings& surroundings) {
    return JobsReader{written, resolve, surroundings}.read();
}

}  // namespace taktd
