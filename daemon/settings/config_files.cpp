// SPDX-License-Identifier: Apache-2.0
// Depth first: what a file includes is read right after it, in the order of its list.
#include "daemon/settings/config_files.hpp"

#include <algorithm>
#include <set>

#include "daemon/settings/sections/credentials.hpp"
#include "daemon/settings/source/file_access.hpp"
#include "daemon/settings/source/limits.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {
namespace {

constexpr std::size_t kIncludeDepthMax = 32;
constexpr std::size_t kPatternBytesMax = 4095;

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string{} : path.substr(0, slash + 1);
}

class FilesReader {
public:
    FilesReader(const LoadContext& context, Findings& findings)
        : context_{context}, findings_{findings}, credential_names_{credential_names(context.adapters)} {}

    void add(FileText file, const std::string& path) {
        ConfigFile& added = files_.emplace_back();
        added.path = path;
        added.identity = std::move(file.identity);
        identities_.insert(added.identity);
        const bool is_too_large = file.text.size() > bytes_left_;
        bytes_left_ -= std::min(bytes_left_, file.text.size());
        added.source = std::make_unique<SourceText>(path, std::move(file.text), credential_names_);
        added.number = findings_.add_source(*added.source);
        open_.push_back(&added);
        if (is_too_large) {
            findings_.error({.file = added.number}, added.is_main()
                                                        ? "the file is larger than 64 MiB"
                                                        : "with this file the config is larger than 64 MiB");
        } else if (auto fault = added.source->fault()) {
            fault->at.file = added.number;
            findings_.error(fault->at, fault->message);
        } else {
            added.document = YamlDocument::parse(findings_, added.number, values_left_);
            read_includes(added);
        }
        open_.pop_back();
    }

    std::deque<ConfigFile> take() { return std::move(files_); }

private:
    void read_includes(const ConfigFile& file) {
        const YamlNode* root = file.document.root();
        if (root == nullptr || !root->is_mapping()) return;
        for (std::size_t i = 0; i + 1 < root->children.size(); i += 2) {
            if (root->children[i]->text != "include") continue;
            const Field include{.key = root->children[i], .value = root->children[i + 1]};
            if (!include.value->is_sequence()) {
                findings_.error(include.at(), "'include' must be a list of files, not " + kind_text(*include.value) +
                                                  "; write 'include: [jobs.d/*.yaml]'");
                return;
            }
            for (const YamlNode* item : include.value->children)
                read_pattern({.key = include.key, .value = item}, file);
            return;
        }
    }

    void read_pattern(const Field& item, const ConfigFile& file) {
        const auto text = read_text(item, findings_);
        if (!text) return;
        if (text->size() > kPatternBytesMax || text->find_first_of("\n\t") != std::string::npos) {
            findings_.error(item.at(), "'include' must hold paths of at most 4095 bytes on one line");
            return;
        }
        const std::string path = text->starts_with('/') ? *text : folder_of(file.path) + *text;
        if (!is_pattern(path)) return read(path, item.at());
        const auto found = context_.find_files ? context_.find_files(path)
                                               : Result<std::vector<std::string>>{std::vector<std::string>{}};
        if (!found) {
            findings_.error(item.at(), "files that match " + shown(path) + " cannot be looked for: " + found.error());
        } else if (found->empty()) {
            findings_.warning(item.at(), "no file matches " + shown(path));
        } else {
            for (const std::string& match : *found) read(match, item.at());
        }
    }

    void read(const std::string& path, Position at) {
        if (is_over_) return;
        // One that was read before is not read again; whether it is, only its identity tells.
        auto file = context_.read_file ? context_.read_file(path, kConfigBytesMax)
                                       : Result<FileText>{unexpected<std::string>{"this config is no file"}};
        if (!file) {
            findings_.error(at, "the included file " + shown(path) + " cannot be read: " + file.error());
            return;
        }
        const auto cycle = std::ranges::find(open_, file->identity, [](const ConfigFile* f) { return f->identity; });
        if (cycle != open_.end()) {
            std::string chain;
            for (auto it = cycle; it != open_.end(); ++it) chain += shown((*it)->path) + " includes ";
            findings_.error(at, "include cycle: " + chain + shown((*cycle)->path) + "; remove one of them");
            return;
        }
        if (identities_.contains(file->identity)) return;
        if (open_.size() > kIncludeDepthMax || files_.size() >= kConfigFilesMax) {
            is_over_ = true;
            findings_.error(at,
                            open_.size() > kIncludeDepthMax
                                ? "files include each other deeper than " + std::to_string(kIncludeDepthMax) + " levels"
                                : "more than " + std::to_string(kConfigFilesMax) + " files");
            return;
        }
        add(std::move(*file), path);
    }

    static std::string shown(const std::string& path) { return "'" + printable(path, 200) + "'"; }

    const LoadContext& context_;
    Findings& findings_;
    std::vector<std::string> credential_names_;
    std::deque<ConfigFile> files_;
    std::set<std::string> identities_;
    std::vector<const ConfigFile*> open_;  // each includes the next
    std::size_t bytes_left_ = kConfigBytesMax, values_left_ = kYamlValuesMax;
    bool is_over_ = false;
};

}  // namespace

std::deque<ConfigFile> read_config_files(FileText main, const std::string& path, const LoadContext& context,
                                         Findings& findings) {
    FilesReader reader{context, findings};
    reader.add(std::move(main), path);
    return reader.take();
}

}  // namespace taktd
