// SPDX-License-Identifier: Apache-2.0
// Nothing that a page says is believed before it is checked against the page's bounds.
#include "daemon/store/salvage/raw_pages.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "daemon/store/json/text.hpp"

namespace taktd {
namespace {

constexpr std::uint32_t kPageSizeMin = 512, kPageSizeMax = 65536;
constexpr std::size_t kFileHeaderBytes = 100;
constexpr std::uint64_t kRowBytesMax = 1 << 20;  // ours are far smaller
constexpr std::size_t kLogHeaderBytes = 32, kFrameHeaderBytes = 24;

// The kinds of pages in a tree.
constexpr unsigned char kIndexInterior = 0x02, kTableInterior = 0x05, kIndexLeaf = 0x0a, kTableLeaf = 0x0d;

std::uint32_t byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
std::uint32_t big2(std::string_view b, std::size_t at) { return byte(b, at) << 8 | byte(b, at + 1); }
std::uint32_t big4(std::string_view b, std::size_t at) { return big2(b, at) << 16 | big2(b, at + 2); }

/// A variable-length integer; moves `at` behind it. Nothing if it would end after the bytes.
std::optional<std::uint64_t> varint(std::string_view bytes, std::size_t& at) {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
        if (at >= bytes.size()) return std::nullopt;
        const std::uint32_t b = byte(bytes, at++);
        if (i == 8) return value << 8 | b;
        value = value << 7 | (b & 0x7f);
        if ((b & 0x80) == 0) return value;
    }
    return std::nullopt;
}

std::int64_t signed_integer(std::string_view bytes) {
    std::uint64_t value = (byte(bytes, 0) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8 | byte(bytes, i);
    return static_cast<std::int64_t>(value);
}

/// One value by its serial type; nothing for what no table of ours holds.
std::optional<RawValue> value_of(std::uint64_t type, std::string_view bytes) {
    if (type == 0) return RawValue{};
    if (type <= 6) return RawValue{signed_integer(bytes)};
    if (type == 8 || type == 9) return RawValue{static_cast<std::int64_t>(type - 8)};
    if (type < 13 || type % 2 == 0 || !is_storable_text(bytes)) return std::nullopt;
    return RawValue{std::string{bytes}};
}

std::uint64_t size_of(std::uint64_t type) {
    constexpr std::uint64_t kSizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
    return type < 12 ? kSizes[type] : (type - 12) / 2;
}

std::optional<std::vector<RawValue>> values_of(std::string_view record) {
    std::size_t at = 0;
    const auto head_bytes = varint(record, at);
    if (!head_bytes || *head_bytes > record.size() || *head_bytes < at) return std::nullopt;
    const std::string_view head = record.substr(0, *head_bytes);
    std::uint64_t body = *head_bytes;
    std::vector<RawValue> values;
    while (at < head.size()) {
        const auto type = varint(head, at);
        if (!type || size_of(*type) > record.size() - body) return std::nullopt;
        auto value = value_of(*type, record.substr(body, size_of(*type)));
        if (!value) return std::nullopt;
        values.push_back(std::move(*value));
        body += size_of(*type);
    }
    if (body != record.size()) return std::nullopt;
    return values;
}

/// The log's running checksum over pairs of words in its own byte order.
struct Checksum {
    std::uint32_t first = 0, second = 0;
    bool big_endian = false;

    void add(std::string_view bytes) {
        for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
            first += word(bytes, i) + second;
            second += word(bytes, i + 4) + first;
        }
    }
    std::uint32_t word(std::string_view b, std::size_t at) const {
        return big_endian ? big4(b, at)
                          : byte(b, at) | byte(b, at + 1) << 8 | byte(b, at + 2) << 16 | byte(b, at + 3) << 24;
    }
    bool is(std::string_view bytes, std::size_t at) const {
        return big4(bytes, at) == first && big4(bytes, at + 4) == second;
    }
};

std::optional<std::string> read_at(int fd, std::uint64_t at, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t n = ::pread(fd, bytes.data() + filled, size - filled, static_cast<off_t>(at + filled));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return std::nullopt;
        filled += static_cast<std::size_t>(n);
    }
    return bytes;
}

class Descriptor {
public:
    explicit Descriptor(const std::string& path)
        : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}, cause_{fd_ < 0 ? errno : 0} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }
    int cause() const { return cause_; }
    std::uint64_t size() const {
        struct stat status {};
        return ::fstat(fd_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
    }

private:
    int fd_, cause_;
};

}  // namespace

struct RawPages::File {
    explicit File(const std::string& path) : database{path}, log{path + "-wal"} {}
    Descriptor database, log;
};

RawPages::RawPages(std::unique_ptr<File> file) : file_{std::move(file)} {}
RawPages::RawPages(RawPages&&) noexcept = default;
RawPages::~RawPages() = default;

Result<RawPages> RawPages::open(const std::string& path) {
    auto file = std::make_unique<File>(path);
    const bool is_gone = file->database.cause() == ENOENT && file->log.fd() >= 0;
    if (file->database.fd() < 0 && !is_gone)
        return unexpected{"cannot read the store " + path + ": " + std::strerror(file->database.cause())};
    RawPages pages{std::move(file)};
    pages.read_header();
    pages.read_log();
    return pages;
}

void RawPages::read_header() {
    const auto head = read_at(file_->database.fd(), 0, kFileHeaderBytes);
    if (head && head->starts_with(std::string_view{"SQLite format 3\0", 16})) {
        const std::uint32_t said = big2(*head, 16) == 1 ? kPageSizeMax : big2(*head, 16);
        const bool is_power = (said & (said - 1)) == 0;
        if (is_power && said >= kPageSizeMin) page_size_ = said;
        usable_ = page_size_ - std::min(byte(*head, 20), 32U);
    }
    pages_ = static_cast<std::uint32_t>(file_->database.size() / page_size_);
}

void RawPages::read_log() {
    const int fd = file_->log.fd();
    const auto head = fd < 0 ? std::nullopt : read_at(fd, 0, kLogHeaderBytes);
    if (!head || (big4(*head, 0) | 1) != 0x377f0683 || big4(*head, 8) < kPageSizeMin || big4(*head, 8) > kPageSizeMax)
        return;
    Checksum sum{.big_endian = (big4(*head, 0) & 1) != 0};
    sum.add(std::string_view{*head}.substr(0, 24));
    if (!sum.is(*head, 24)) return;
    // Only the log knows the size of its pages for sure: the file's own header may be what is broken.
    page_size_ = big4(*head, 8);
    usable_ = std::min(usable_, page_size_);
    pages_ = static_cast<std::uint32_t>(file_->database.size() / page_size_);

    std::map<std::uint32_t, std::uint64_t> pending;
    for (std::uint64_t at = kLogHeaderBytes;; at += kFrameHeaderBytes + page_size_) {
        const auto frame = read_at(fd, at, kFrameHeaderBytes + page_size_);
        if (!frame || frame->compare(8, 8, *head, 16, 8) != 0) return;  // another generation's
        sum.add(std::string_view{*frame}.substr(0, 8));
        sum.add(std::string_view{*frame}.substr(kFrameHeaderBytes));
        if (!sum.is(*frame, 16)) return;
        pending[big4(*frame, 0)] = at + kFrameHeaderBytes;
        const std::uint32_t pages_after = big4(*frame, 4);
        if (pages_after == 0) continue;  // its commit is yet to come
        for (const auto& [number, where] : pending) in_log_[number] = where;
        pending.clear();
        pages_ = pages_after;
    }
}

std::optional<RawPages::Page> RawPages::page(std::uint32_t number) const {
    if (number == 0 || number > pages_) return std::nullopt;
    const auto logged = in_log_.find(number);
    if (logged != in_log_.end()) return read_at(file_->log.fd(), logged->second, page_size_);
    return read_at(file_->database.fd(), std::uint64_t{number - 1} * page_size_, page_size_);
}

std::set<std::uint32_t> RawPages::free_pages() const {
    std::set<std::uint32_t> free;
    const auto first = page(1);
    std::uint32_t trunk = first && first->starts_with("SQLite format 3") ? big4(*first, 32) : 0;
    while (trunk != 0 && free.insert(trunk).second) {
        const auto bytes = page(trunk);
        if (!bytes) break;
        const std::uint32_t leaves = std::min(big4(*bytes, 4), usable_ / 4 - 2);
        for (std::uint32_t i = 0; i < leaves; ++i) free.insert(big4(*bytes, 8 + 4 * i));
        trunk = big4(*bytes, 0);
    }
    return free;
}

RawPagesSeen RawPages::read(const std::function<void(RawRecord)>& take) {
    RawPagesSeen seen{.pages = pages_};
    continued_.clear();
    const auto free = free_pages();
    std::vector<std::uint32_t> strange;
    for (std::uint32_t number = 1; number <= pages_; ++number) {
        if (free.contains(number)) continue;
        const auto bytes = page(number);
        if (!bytes || !read_page(number, *bytes, take, seen)) strange.push_back(number);
    }
    seen.unreadable_pages = static_cast<std::uint32_t>(
        std::ranges::count_if(strange, [&](std::uint32_t number) { return !continued_.contains(number); }));
    return seen;
}

/// False if it is no page of a tree.
bool RawPages::read_page(std::uint32_t number, const Page& page, const std::function<void(RawRecord)>& take,
                         RawPagesSeen& seen) {
    const std::size_t head = number == 1 ? kFileHeaderBytes : 0;
    const std::uint32_t kind = byte(page, head);
    const bool is_leaf = kind == kIndexLeaf || kind == kTableLeaf;
    if (!is_leaf && kind != kIndexInterior && kind != kTableInterior) return false;
    const std::size_t pointers = head + (is_leaf ? 8 : 12);
    const std::uint32_t cells = big2(page, head + 3);
    if (pointers + std::size_t{2} * cells > usable_) return false;
    if (kind == kTableInterior || number == 1) return true;  // no rows; page 1 holds the schema
    for (std::uint32_t i = 0; i < cells; ++i) {
        const std::size_t at = big2(page, pointers + 2 * i);
        auto record = read_cell(page, at, kind == kTableLeaf, is_leaf);
        if (record)
            take(std::move(*record));
        else
            ++seen.unreadable_rows;
    }
    return true;
}

std::optional<RawRecord> RawPages::read_cell(const Page& page, std::size_t at, bool has_rowid, bool is_leaf) {
    const std::string_view usable{page.data(), usable_};
    if (!is_leaf) at += 4;  // the child's number
    const auto size = varint(usable, at);
    if (!size || *size > kRowBytesMax) return std::nullopt;
    RawRecord record;
    record.has_rowid = has_rowid;
    if (has_rowid) {
        const auto rowid = varint(usable, at);
        if (!rowid) return std::nullopt;
        record.rowid = static_cast<std::int64_t>(*rowid);
    }
    const auto bytes = payload(page, at, *size, has_rowid);
    if (!bytes) return std::nullopt;
    auto values = values_of(*bytes);
    if (!values) return std::nullopt;
    record.values = std::move(*values);
    return record;
}

/// A long row begins on its page and goes on on others.
std::optional<std::string> RawPages::payload(const Page& first, std::size_t at, std::uint64_t size, bool has_rowid) {
    const std::uint64_t local_max = has_rowid ? usable_ - 35 : (usable_ - 12) * 64 / 255 - 23;
    const std::uint64_t local_min = (usable_ - 12) * 32 / 255 - 23;
    std::uint64_t local = size;
    if (size > local_max) {
        local = local_min + (size - local_min) % (usable_ - 4);
        if (local > local_max) local = local_min;
    }
    const bool goes_on = local < size;
    if (at + local + (goes_on ? 4 : 0) > usable_) return std::nullopt;
    std::string bytes = first.substr(at, local);
    std::uint32_t next = goes_on ? big4(first, at + local) : 0;
    std::vector<std::uint32_t> used;
    while (bytes.size() < size) {
        const bool is_circle = std::ranges::find(used, next) != used.end();
        const auto more = is_circle ? std::nullopt : page(next);
        if (!more) return std::nullopt;
        used.push_back(next);
        bytes.append(*more, 4, std::min<std::uint64_t>(usable_ - 4, size - bytes.size()));
        next = big4(*more, 0);
    }
    continued_.insert(used.begin(), used.end());
    return bytes;
}

}  // namespace taktd
