// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/store_place.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <sys/stat.h>

namespace taktd {
namespace {

constexpr std::array kCompanions{"-wal", "-journal", "-shm"};

std::string salvage_hint(const std::string& path) {
    return "taktctl salvage --db " + path + " --to NEW saves what can be read";
}

unexpected<std::string> refusal(const std::string& path, const std::string& why) {
    return unexpected{"the store " + path + ": " + why};
}

unexpected<std::string> unseen(const std::string& path, int cause) {
    if (cause == ENOTDIR) return refusal(path, "a part of its path is not a directory; name another");
    const bool is_forbidden = cause == EACCES || cause == EPERM;
    return refusal(path, std::string{"cannot be looked at: "} + std::strerror(cause) +
                             (is_forbidden ? "; run this as the user whose store it is" : ""));
}

/// Nothing, and errno, if there is no such path.
std::optional<std::string> without_links(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real{::realpath(path.c_str(), nullptr), &std::free};
    if (!real) return std::nullopt;
    return std::string{real.get()};
}

/// The size of `path`, or nothing and errno.
std::optional<std::uint64_t> size_of(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

Result<StorePlace> refuse_empty(const std::string& path) {
    std::string why = "it is empty (0 bytes), as no store ever is";
    const auto log = size_of(path + "-wal");
    if (log && *log > 0) why += ", and its log " + path + "-wal holds " + std::to_string(*log) + " bytes";
    return refusal(path, why + "; restore it from a backup, or " + salvage_hint(path) +
                             "; if there never was a store, remove the file");
}

/// The file is not there. What lies beside it belongs to one that was.
Result<StorePlace> without_file(const std::string& path) {
    for (const char* end : kCompanions) {
        const auto size = size_of(path + end);
        if (!size && errno != ENOENT) return unseen(path + end, errno);
        if (!size) continue;
        return refusal(path, "it is not there, but " + path + end + " is (" + std::to_string(*size) +
                                 " bytes): the store was moved or removed; put it back, restore a backup, or " +
                                 salvage_hint(path) + "; if nothing of it is wanted, move that file away, too");
    }
    return StorePlace{path, false};
}

Result<StorePlace> place_without_file(const std::string& path) {
    struct stat link {};
    if (::lstat(path.c_str(), &link) == 0) {
        return refusal(path, "it is a symbolic link that leads to nothing; mount what it leads to, or mend the link");
    }
    const std::filesystem::path name{path};
    const std::filesystem::path directory = name.has_parent_path() ? name.parent_path() : ".";
    const auto real = without_links(directory.string());
    if (!real && errno != ENOENT) return unseen(path, errno);
    if (!real) return StorePlace{path, false};
    return without_file((std::filesystem::path{*real} / name.filename()).string());
}

}  // namespace

Result<StorePlace> locate_store(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) return unseen(path, errno);
        return place_without_file(path);
    }
    if (S_ISDIR(status.st_mode)) {
        return refusal(path, "is a directory; name the file in it, such as " +
                                 (std::filesystem::path{path} / "taktd.db").string());
    }
    if (!S_ISREG(status.st_mode)) return refusal(path, "is not a regular file; name another");
    const auto real = without_links(path);
    if (!real) return unseen(path, errno);
    if (status.st_size == 0) return refuse_empty(*real);
    return StorePlace{*real, true};
}

}  // namespace taktd
