// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/message_text.hpp"

namespace taktd::fuzz {
namespace {

std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

}  // namespace

MessageText read_message(std::string_view input) {
    MessageText message;
    auto first = take_line(input);
    while (!first.empty()) {
        const auto end = first.find(' ');
        if (end != 0) message.words.emplace_back(first.substr(0, end));
        first.remove_prefix(end == std::string_view::npos ? first.size() : end + 1);
    }
    while (!input.empty()) {
        const auto line = take_line(input);
        if (line.empty()) break;
        const auto colon = line.find(':');
        auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        message.headers.emplace_back(line.substr(0, colon), value);
    }
    message.body = input;
    return message;
}

HttpRequest request_of(const MessageText& message) {
    HttpRequest request;
    if (!message.words.empty()) request.method = message.words[0];
    if (message.words.size() > 1) request.target = message.words[1];
    request.headers = message.headers;
    request.body = message.body;
    return request;
}

std::string as_header(std::string text) {
    std::erase_if(text, [](char c) { return c <= ' ' || c > '~'; });
    return text;
}

}  // namespace taktd::fuzz
