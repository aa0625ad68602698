// SPDX-License-Identifier: Apache-2.0
// A damaged SQLite file, read without SQLite: every page is looked at on its own, so that one broken page costs its own
// rows and no others, wherever in the tree it stands. The format is SQLite's "Database File Format", sections 1 to 4.
// Pages in the write-ahead log replace those of the file, up to its last whole commit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/base/result.hpp"

namespace taktd {

using RawValue = std::variant<std::monostate, std::int64_t, std::string>;  ///< null, integer, text

/// One row as it lies on a page.
struct RawRecord {
    bool has_rowid = false;  ///< from a table with rowids; else from an index, or a table WITHOUT ROWID
    std::int64_t rowid = 0;
    std::vector<RawValue> values;
};

struct RawPagesSeen {
    std::uint32_t pages = 0;
    std::uint32_t unreadable_pages = 0;  ///< no part of the tree, of a long row or of the free list
    std::uint64_t unreadable_rows =
        0;  ///< on pages that can be read otherwise, or that go on where nothing can be read
};

class RawPages {
public:
    /// The error is a sentence for the operator.
    static Result<RawPages> open(const std::string& path);
    RawPages(RawPages&&) noexcept;
    ~RawPages();

    /// Every row that can be read, in the order of the pages. A row that holds a real number or a blob is not ours, and
    /// counts as unreadable.
    RawPagesSeen read(const std::function<void(RawRecord)>& take);

private:
    using Page = std::string;
    struct File;

    explicit RawPages(std::unique_ptr<File> file);
    void read_header();
    void read_log();
    std::optional<Page> page(std::uint32_t number) const;
    std::set<std::uint32_t> free_pages() const;
    bool read_page(std::uint32_t number, const Page& page, const std::function<void(RawRecord)>& take,
                   RawPagesSeen& seen);
    std::optional<RawRecord> read_cell(const Page& page, std::size_t at, bool has_rowid, bool is_leaf);
    std::optional<std::string> payload(const Page& page, std::size_t at, std::uint64_t size, bool has_rowid);

    std::unique_ptr<File> file_;
    std::uint32_t page_size_ = 4096, usable_ = 4096, pages_ = 0;
    std::map<std::uint32_t, std::uint64_t> in_log_;  ///< page -> where it stands in the log
    std::set<std::uint32_t> continued_;              ///< pages that long rows go on on
};

}  // namespace taktd
