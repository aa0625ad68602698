// SPDX-License-Identifier: Apache-2.0
// What a peer may send, byte by byte, at both of the API's doors. Each request that the server could read is answered
// by one whole response; what is refused is a problem document and has changed nothing, and neither has a look; what is
// no HTTP is refused once, and the connection ends.
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "tests/fuzz/api_world.hpp"
#include "tests/fuzz/property.hpp"

namespace {

using namespace taktd;
using fuzz::require;
namespace json = boost::json;

constexpr std::string_view kLineEnd = "\r\n";
constexpr int kRefused = 400, kInternal = 500;

bool is_token(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    for (const char c : text) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && kMarks.find(c) == std::string_view::npos) return false;
    }
    return !text.empty();
}

bool is_line(std::string_view text) {
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return false;
    }
    return true;
}

std::string_view header(const HttpHeaders& headers, std::string_view wanted) {
    for (const auto& [name, value] : headers) {
        if (name == wanted) return value;
    }
    return {};
}

void check_problem(const json::object& problem, int status) {
    require(problem.contains("type") && problem.contains("title"), "a problem has a type and a title");
    const json::value* said = problem.if_contains("status");
    require(said != nullptr && said->is_int64() && said->get_int64() == status, "a problem says its status");
    for (const char* name : {"code", "detail"}) {
        const json::value* text = problem.if_contains(name);
        require(text != nullptr && text->is_string() && !text->get_string().empty(), "a problem says what it is", name);
    }
}

/// The code of the problem that a refusal is; empty: it is none.
std::string check_response(const HttpHeaders& headers, int status, const std::string& body) {
    for (const auto& [name, value] : headers) {
        require(is_token(name), "a header's name is a token", name);
        require(is_line(value), "a header's value is one line", value);
    }
    const std::string_view type = header(headers, "Content-Type");
    if (status >= kRefused) require(type == "application/problem+json", "a refusal is a problem document", body);
    if (type != "application/json" && type != "application/problem+json") return {};
    boost::system::error_code error;
    const json::value document = json::parse(body, error);
    require(!error && document.is_object(), "a document is a JSON object", body);
    if (status < kRefused) return {};
    check_problem(document.get_object(), status);
    return std::string{document.get_object().at("code").get_string()};
}

void check(const fuzz::ApiWorld::Exchange& exchange) {
    const int status = exchange.response.status;
    require(status >= 200 && status < 600, "an answer has a final status");
    require(status != kInternal, "nothing breaks within", exchange.response.body);
    const std::string code = check_response(exchange.response.headers, status, exchange.response.body);
    // A start that a rule stands against leaves a run that is skipped, and says so.
    if (status >= kRefused && code != "blocked")
        require(!exchange.has_changed, "what is refused changes nothing", exchange.response.body);
    if (exchange.method == "GET" || exchange.method == "HEAD")
        require(!exchange.has_changed, "a look changes nothing", exchange.target);
}

/// What the peer has heard, from its beginning.
class Heard {
public:
    explicit Heard(std::string_view text) : rest_{text} {}

    struct Head {
        int status = 0;
        HttpHeaders headers;
    };
    Head take_head() {
        Head head;
        do {  // 100: the peer may go on
            head = take_one_head();
        } while (head.status == 100);
        return head;
    }
    std::string take_bytes(std::size_t count) {
        require(rest_.size() >= count, "a body is as long as it says", rest_);
        const std::string bytes{rest_.substr(0, count)};
        rest_.remove_prefix(count);
        return bytes;
    }
    void take_chunks() {
        for (std::size_t size = 1; size > 0;) {
            const std::string_view line = take_line();
            const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
            require(error == std::errc{} && end == line.data() + line.size(), "a chunk has a size", line);
            take_bytes(size);
            require(take_line().empty(), "a chunk ends");
        }
    }
    /// Nothing, or that the peer may go on with a request that then never came.
    bool is_empty() {
        constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
        while (rest_.starts_with(kGoOn)) rest_.remove_prefix(kGoOn.size());
        return rest_.empty();
    }

private:
    std::string_view take_line() {
        const std::size_t end = rest_.find(kLineEnd);
        require(end != std::string_view::npos, "a line ends", rest_);
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end + kLineEnd.size());
        return line;
    }
    Head take_one_head() {
        constexpr std::string_view kVersion = "HTTP/1.1 ";
        Head head;
        const std::string_view first = take_line();
        require(first.starts_with(kVersion), "an answer begins with its version", first);
        std::from_chars(first.data() + kVersion.size(), first.data() + first.size(), head.status);
        for (std::string_view line = take_line(); !line.empty(); line = take_line()) {
            const std::size_t colon = line.find(": ");
            require(colon != std::string_view::npos, "a header has a name", line);
            head.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
        }
        return head;
    }

    std::string_view rest_;
};

std::size_t length_of(const HttpHeaders& headers) {
    const std::string_view text = header(headers, "Content-Length");
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    require(error == std::errc{} && end == text.data() + text.size(), "an answer says how long it is", text);
    return length;
}

void check(const fuzz::ApiWorld::Talk& talk) {
    Heard heard{talk.said};
    for (const auto& exchange : talk.exchanges) {
        check(exchange);
        const auto head = heard.take_head();
        require(head.status == (exchange.is_stream ? 200 : exchange.response.status), "the answer's status is written");
        if (exchange.is_stream && exchange.method != "HEAD") {
            heard.take_chunks();
            continue;
        }
        const std::size_t length = length_of(head.headers);
        if (exchange.method != "HEAD")
            require(heard.take_bytes(length) == exchange.response.body, "the answer's body is written");
    }
    if (heard.is_empty()) return;
    const auto head = heard.take_head();
    require(head.status >= kRefused, "nothing is answered that nobody asked");
    require(header(head.headers, "Connection") == "close", "what is no HTTP ends the connection");
    check_response(head.headers, head.status, heard.take_bytes(length_of(head.headers)));
    require(heard.is_empty(), "it is refused once");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // As long as nothing has changed it, one world serves all; so each input meets the same.
    static std::optional<fuzz::ApiWorld> world;
    const std::string input{reinterpret_cast<const char*>(data), size};
    for (const auto door : {control::Door::socket, control::Door::tcp}) {
        if (!world || world->has_changed()) {
            world.reset();
            world.emplace();
        }
        check(world->talk(door, input));
    }
    return 0;
}
