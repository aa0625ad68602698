// SPDX-License-Identifier: Apache-2.0
// HTTP messages as the corpora keep them, close enough to the wire to be read and mutated: a first line of words, a
// header on each line, an empty line, then the body, byte for byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/net/http.hpp"

namespace taktd::fuzz {

struct MessageText {
    std::vector<std::string> words;  ///< of the first line
    HttpHeaders headers;
    std::string body;
};
MessageText read_message(std::string_view input);
/// `METHOD TARGET`, as far as the first line has them.
HttpRequest request_of(const MessageText& message);

/// Of a text, what the value of a signed header can be made of; two readers may differ on the rest.
std::string as_header(std::string text);

}  // namespace taktd::fuzz
