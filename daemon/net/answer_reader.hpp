// SPDX-License-Identifier: Apache-2.0
// An HTTP answer whose body comes bit by bit and may have no end: it is given bytes as they came, cut anywhere.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace taktd {

class AnswerReader {
public:
    static constexpr std::size_t kHeaderBytesMax = 64 * 1024;

    AnswerReader();
    ~AnswerReader();
    AnswerReader(AnswerReader&& other) noexcept;
    AnswerReader& operator=(AnswerReader&& other) noexcept;

    /// Adds to `body` what of it is in `bytes`. False: they are no HTTP answer, and nothing can be read any more; what
    /// came before the fault has been added.
    bool read(std::string_view bytes, std::string& body);
    /// 0: its head is not complete.
    int status() const;
    bool is_chunked() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace taktd
