// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/store_path.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/settings/settings.hpp"
#include "daemon/settings/yaml/yaml_document.hpp"

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

bool is_key_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

/// The key of a line `key:`, `key: ...` that begins at the margin; empty if it is another kind of line.
std::string_view key_of(std::string_view line) {
    std::size_t end = 0;
    while (end < line.size() && is_key_letter(line[end])) ++end;
    if (end == 0 || line[0] == '-' || end == line.size() || line[end] != ':') return {};
    const bool ends = end + 1 == line.size() || line[end + 1] == ' ' || line[end + 1] == '\r';
    return ends ? line.substr(0, end) : std::string_view{};
}

/// Nothing of what stands at the margin: blank, a comment, deeper, or an item of the list that the key above holds.
bool is_below(std::string_view line) {
    return line.empty() || std::string_view{" #\r"}.find(line[0]) != std::string_view::npos || line == "-" ||
           line.starts_with("- ");
}

/// The lines of the key `wanted`, empty if there is none. Nothing unless all that stands at the margin are plain keys,
/// as in any config that a person would write: then these lines mean by themselves what they mean in the file.
std::optional<std::string> lines_of(std::string_view wanted, std::string_view text) {
    std::string found;
    bool is_inside = false, is_first = true, has_keys = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        std::string_view line = text.substr(0, end);
        const std::string_view whole = line;
        text.remove_prefix(end);
        if (line.ends_with('\n')) line.remove_suffix(1);
        if (!is_below(line) && !(is_first && line == "---")) {
            const std::string_view key = key_of(line);
            if (key.empty() || (key == wanted && !found.empty())) return std::nullopt;
            is_inside = key == wanted;
            has_keys = true;
        }
        is_first = is_first && (line.empty() || line[0] == '#');
        if (is_inside) found += whole;
    }
    if (!has_keys) return std::nullopt;
    return found;
}

/// What `take` makes of the document.
template <class Take>
Result<std::string> taken_from(const std::string& config_path, std::string text, Take take) {
    const SourceText source{config_path, std::move(text), {}};
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
    return take(*document.root(), findings);
}

Result<std::string> store_path_in(const std::string& config_path, std::string text) {
    return taken_from(config_path, std::move(text),
                      [&](const YamlNode& root, Findings& findings) -> Result<std::string> {
                          const YamlNode* path = find(find(&root, "store"), "path");
                          const bool is_said = path != nullptr && path->is_scalar() && !path->text.empty();
                          if (!is_said) return Settings{}.store_path;
                          auto resolved = resolve_store_path(path->text, config_path);
                          if (resolved) return resolved;
                          findings.error(path->at, "'path' " + resolved.error());
                          return unexpected{findings.take().front().to_text()};
                      });
}

Result<std::string> control_socket_in(const std::string& config_path, std::string text) {
    return taken_from(config_path, std::move(text), [](const YamlNode& root, Findings&) -> Result<std::string> {
        const YamlNode* socket = find(find(&root, "control"), "socket");
        const bool is_said = socket != nullptr && socket->is_scalar() && !socket->text.empty();
        return is_said ? socket->text : Settings{}.control_socket;
    });
}

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

Result<std::string> read_store_path(
    const std::string& config_path,
    const std::function<Result<FileText>(const std::string& path, std::size_t bytes_max)>& read_file) {
    auto file = read_file(config_path, kConfigBytesMax);
    if (!file) return unexpected{config_path + ": error: cannot be read: " + file.error()};
    if (auto lines = lines_of("store", file->text)) {
        if (lines->empty()) return Settings{}.store_path;
        // What is wrong is told of the whole, which knows the lines' numbers.
        if (auto path = store_path_in(config_path, std::move(*lines))) return path;
    }
    return store_path_in(config_path, std::move(file->text));
}

Result<std::string> read_control_socket(const std::string& config_path) {
    auto file = read_main_file(config_path, kConfigBytesMax);
    if (!file) return unexpected{config_path + ": error: cannot be read: " + file.error()};
    const auto lines = lines_of("control", file->text);
    if (lines && lines->empty()) return Settings{}.control_socket;
    return control_socket_in(config_path, lines ? *lines : std::move(file->text));
}

}  // namespace taktd
