// SPDX-License-Identifier: Apache-2.0
#include "daemon/net/answer_reader.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace taktd {

namespace http = boost::beast::http;

struct AnswerReader::State {
    State() {
        parser.eager(true);
        parser.header_limit(kHeaderBytesMax);
        parser.body_limit(boost::none);
    }
    http::response_parser<http::string_body> parser;
    std::string pending;  // what the parser wants to see more of
};

AnswerReader::AnswerReader() : state_{std::make_unique<State>()} {}
AnswerReader::~AnswerReader() = default;
AnswerReader::AnswerReader(AnswerReader&& other) noexcept = default;
AnswerReader& AnswerReader::operator=(AnswerReader&& other) noexcept = default;

bool AnswerReader::read(std::string_view bytes, std::string& body) {
    auto& [parser, pending] = *state_;
    pending += bytes;
    boost::system::error_code error;
    std::size_t used = 0;
    while (!error && used < pending.size() && !parser.is_done())
        used += parser.put(boost::asio::buffer(pending.data() + used, pending.size() - used), error);
    pending.erase(0, used);
    body += std::exchange(parser.get().body(), {});
    return !error || error == http::error::need_more;
}

int AnswerReader::status() const {
    return state_->parser.is_header_done() ? static_cast<int>(state_->parser.get().result_int()) : 0;
}

bool AnswerReader::is_chunked() const { return state_->parser.is_header_done() && state_->parser.chunked(); }

}  // namespace taktd
