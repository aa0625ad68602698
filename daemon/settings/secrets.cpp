// SPDX-License-Identifier: Apache-2.0
// The three sources of secrets. Bytes go from the source into a Secret without a copy that outlives the call; every
// error names the reference and what to do, never a value.
#include "daemon/settings/secrets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "daemon/core/base/odd_characters.hpp"
#include "daemon/settings/values/references.hpp"

namespace taktd {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

class File {
public:
    // O_NONBLOCK: a pipe of that name must not hang the daemon.
    explicit File(const std::string& path) : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)} {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }

private:
    int fd_;
};

/// A token on one line, or lines that are handed over as they are.
enum class Form : std::uint8_t { token, lines };

std::string system_text(int error) { return std::generic_category().message(error); }

bool is_in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

/// `NAME=value` or `export NAME=value`, as a file of environment variables has it. Base64 has its '=' at the end only.
bool is_assignment(std::string_view value) {
    if (value.starts_with("export ")) value.remove_prefix(7);
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos || equals < 3) return false;
    for (const char c : value.substr(0, equals))
        if (!is_in(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")) return false;
    return value.find_first_not_of('=', equals) != std::string_view::npos;
}

/// What stands around a key or in it that is none of it, and what to do; empty: nothing. Never a part of the value.
std::string fault_of(std::string_view value) {
    if (const auto odd = find_odd_character(value)) return "has " + odd->name + " in it: " + advice_on(*odd);
    if (is_assignment(value)) return "begins with a name and '=', as a file of variables does: write the key alone";
    if (value.size() >= 2 && is_in(value.front(), "'\"") && value.back() == value.front())
        return "has quotes around the key: write it without them";
    if (value.find('\n') != std::string_view::npos) return "has several lines: write the key alone, on one line";
    if (is_in(value.front(), " \t") || is_in(value.back(), " \t"))
        return "has a blank before or after the key: write the key alone";
    if (value.find_first_of(" \t") != std::string_view::npos)
        return "has a blank in it, as no key has: write the key alone";
    for (const char c : value)
        if (c <= ' ' || c >= '\x7F') return "has a character in it that no key has (a control character, or not ASCII)";
    return {};
}

/// A secret goes into HTTP headers, where a line break would begin a second one; and what has a space in it is no key
/// but a key and something else. Refused here, it is read anew by the next attempt.
Result<Secret> checked(std::string value, const std::string& reference, Form form) {
    if (form == Form::lines) {
        if (value.empty()) return unexpected<std::string>{reference + " is empty"};
        return Secret{std::move(value)};
    }
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
    if (value.empty()) return unexpected<std::string>{reference + " is empty"};
    const std::string fault = fault_of(value);
    Secret secret{std::move(value)};
    if (!fault.empty()) return unexpected<std::string>{reference + " " + fault};
    return secret;
}

bool is_our_group(gid_t group) {
    if (group == ::getegid()) return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    return std::ranges::find(groups, group) != groups.end();
}

/// Its owner alone reads it; or it is root's, for a group that we are in: so Kubernetes mounts a secret with fsGroup.
bool is_private(const struct stat& info) {
    if ((info.st_mode & (S_IRGRP | S_IROTH)) == 0) return true;
    const bool is_for_group = (info.st_mode & (S_IWGRP | S_IROTH)) == 0;
    return is_for_group && info.st_uid == 0 && ::geteuid() != 0 && is_our_group(info.st_gid);
}

/// What makes it private, where it lies.
std::string remedy(int fd, const std::string& path) {
    struct statvfs mount {};
    const bool is_read_only = ::fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
    if (is_read_only) return "; its mount is read-only: give the volume 'defaultMode: 0400' (Kubernetes), or mode=0400";
    return "; run: chmod 600 " + path;
}

Result<Secret> read_file(const std::string& path, const std::string& reference, bool must_be_private, Form form) {
    const File file{path};
    if (file.fd() < 0) return unexpected<std::string>{reference + " cannot be read: " + system_text(errno)};
    struct stat info {};
    if (::fstat(file.fd(), &info) != 0)
        return unexpected<std::string>{reference + " cannot be read: " + system_text(errno)};
    if (!S_ISREG(info.st_mode)) return unexpected<std::string>{reference + " is not a regular file"};
    if (must_be_private && !is_private(info))
        return unexpected<std::string>{reference + " may be read by others" + remedy(file.fd(), path)};
    // The size is the file's to claim (procfs says 0), so one byte more than is allowed is asked for.
    std::string value(kSecretBytesMax + 1, '\0');
    std::size_t filled = 0;
    while (filled < value.size()) {
        const ssize_t got = ::read(file.fd(), value.data() + filled, value.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unexpected<std::string>{reference + " cannot be read: " + system_text(errno)};
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > kSecretBytesMax) return unexpected<std::string>{reference + " is larger than 64 KiB"};
    value.resize(filled);
    return checked(std::move(value), reference, form);
}

Result<Secret> read_env(const std::string& name, const std::string& reference, Form form) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return unexpected<std::string>{reference + " is not set in the environment of this process"};
    return checked(value, reference, form);
}

Result<Secret> read_credential(const std::string& name, const std::string& reference, Form form) {
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || *directory == '\0') {
        return unexpected<std::string>{
            reference +
            " is systemd's to hand over, and this process has no $CREDENTIALS_DIRECTORY; the unit takes "
            "it from /etc/taktd/credentials/" +
            name + "; manual: systemd-run, see docs/operating.md"};
    }
    // The directory is private to the service; systemd sets the modes within. What it loads from a directory
    // (LoadCredential=taktd:/etc/taktd/credentials) bears that one's name in front.
    const std::string own = std::string{directory} + "/" + name;
    const std::string shared = std::string{directory} + "/taktd_" + name;
    const bool is_shared = ::access(own.c_str(), F_OK) != 0 && ::access(shared.c_str(), F_OK) == 0;
    return read_file(is_shared ? shared : own, reference, false, form);
}

Result<Secret> read(const std::string& reference, Form form) {
    const auto parsed = parse_reference(reference);
    if (!parsed) return unexpected<std::string>{"a credential " + parsed.error()};
    switch (parsed->kind) {
        case Reference::Kind::env: return read_env(parsed->target, reference, form);
        case Reference::Kind::file: return read_file(parsed->target, reference, true, form);
        case Reference::Kind::credential: break;
    }
    return read_credential(parsed->target, reference, form);
}

}  // namespace

Result<Secret> read_secret(const std::string& reference) { return read(reference, Form::token); }
Result<Secret> read_private_key(const std::string& reference) { return read(reference, Form::lines); }

Result<std::map<std::string, Secret>> read_credentials(const std::map<std::string, std::string>& references) {
    std::map<std::string, Secret> secrets;
    for (const auto& [name, reference] : references) {
        auto secret = read_secret(reference);
        if (!secret) return unexpected<std::string>{name + ": " + secret.error()};
        secrets.emplace(name, std::move(*secret));
    }
    return secrets;
}

bool is_secret_reference(const std::string& text) { return parse_reference(text).has_value(); }

}  // namespace taktd
