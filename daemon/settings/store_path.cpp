#include "daemon/settings/store_path.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "daemon/settings/yaml_document.hpp"

namespace taktd {
namespace {

const YamlNode* find(const YamlNode* mapping, const char* key) {
    if (mapping == nullptr || !mapping->is_mapping()) return nullptr;
    for (std::size_t i = 0; i + 1 < mapping->children.size(); i += 2) {
        if (mapping->children[i]->text == key) return mapping->children[i + 1];
    }
    return nullptr;
}

unexpected<std::string> refused(std::string why) { return unexpected{std::move(why)}; }

}  // namespace

Result<std::string> resolve_store_path(const std::string& text, const std::string& config_path) {
    if (text == "~" || text.starts_with("~/"))
        return refused("must be written out: nobody replaces '~' here; write /home/NAME/taktd.db");
    if (text == ":memory:") return refused("must be a file: a store in memory forgets what runs");
    if (text.starts_with("file:")) return refused("must be a plain path, not a URI; write it without 'file:'");
    const std::filesystem::path path{text};
    if (!path.has_filename() || path.filename() == "." || path.filename() == "..")
        return unexpected{"must name a file, not a directory; write " +
                          (path / "taktd.db").lexically_normal().string()};
    if (path.is_absolute()) return text;
    return (std::filesystem::path{config_path}.parent_path() / path).lexically_normal().string();
}

Result<std::string> read_store_path(const std::string& config_path) {
    std::ifstream file{config_path, std::ios::binary};
    std::string text, chunk(1 << 16, '\0');
    while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0)
        text.append(chunk, 0, static_cast<std::size_t>(file.gcount()));
    if (!file.eof()) return unexpected{config_path + ": error: cannot be read: " + std::strerror(errno)};
    const SourceText source{config_path, text, {}};
    Findings findings{source};
    if (const auto fault = source.fault()) {
        findings.error(fault->at, fault->message);
        return unexpected{findings.take().front().to_text()};
    }
    const YamlDocument document = YamlDocument::parse(findings);
    if (document.root() == nullptr) {
        const auto found = findings.take();
        return unexpected{found.empty() ? config_path + ": error: the config is empty" : found.front().to_text()};
    }
    const YamlNode* path = find(find(document.root(), "store"), "path");
    const bool is_said = path != nullptr && path->is_scalar() && !path->text.empty();
    if (!is_said) return Settings{}.store_path;
    auto resolved = resolve_store_path(path->text, config_path);
    if (resolved) return resolved;
    findings.error(path->at, "'path' " + resolved.error());
    return unexpected{findings.take().front().to_text()};
}

}  // namespace taktd
