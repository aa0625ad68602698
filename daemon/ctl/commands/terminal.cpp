// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/terminal.hpp"

#include <cerrno>
#include <utility>

#include <unistd.h>

#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/feed/outside.hpp"
#include "daemon/net/clock.hpp"

namespace taktd::ctl {
namespace {

constexpr std::string_view kOwnScreen = "\x1b[?1049h", kScreenBefore = "\x1b[?1049l";
constexpr std::string_view kTop = "\x1b[H", kRestOfLine = "\x1b[K", kRestOfScreen = "\x1b[J";

std::string redrawn(const std::string& picture) {
    std::string text{kTop};
    for (const char c : picture) {
        if (c == '\n') text += kRestOfLine;
        text += c;
    }
    return text.append(kRestOfScreen);
}

/// What makes two pictures differ: not the instant at which a document was made.
std::string essence_of(const std::string& picture, bool is_json) {
    boost::system::error_code error;
    json::value document = is_json ? json::parse(picture, error) : json::value(nullptr);
    if (error || !document.is_object()) return picture;
    document.get_object().erase("now");
    return json::serialize(document);
}

class Screen {
public:
    explicit Screen(bool is_json) : is_json_{is_json} {}

    /// Fails where nothing can be drawn at all: what a first picture is refused for.
    Answer run(const Context& context, const std::function<Answer(const Context&)>& draw) {
        Answer now = draw(context);
        if (now.exit_code != kDone) return now;
        is_own_ = context.width.has_value() && !is_json_;
        auto woken = is_own_ ? outside_.write(kOwnScreen) : Outside::Woken::ready;
        for (; woken == Outside::Woken::ready; now = draw(at_once(context))) {
            woken = show(now);
            if (woken == Outside::Woken::ready) woken = outside_.wait(-1, Outside::Clock::now() + kSecond);
            if (woken == Outside::Woken::time) woken = Outside::Woken::ready;
        }
        return woken == Outside::Woken::interrupted
                   ? Answer{.exit_code = outside_.exit_of_signal(), .out = last_picture(), .err = {}}
                   : Answer{};
    }

private:
    static constexpr auto kSecond = std::chrono::seconds{1};

    static Context at_once(Context context) {
        context.now = read_clocks().wall;
        return context;
    }

    Outside::Woken show(const Answer& now) {
        if (is_own_) {
            picture_ = now.out + now.err;
            return outside_.write(redrawn(picture_));
        }
        if (now.err != said_) write_all(STDERR_FILENO, now.err);
        said_ = now.err;
        std::string essence = essence_of(now.out, is_json_);
        if (now.out.empty() || essence == picture_) return Outside::Woken::ready;
        picture_ = std::move(essence);
        return outside_.write(now.out);
    }

    std::string last_picture() const { return is_own_ ? std::string{kScreenBefore} + picture_ : std::string{}; }

    Outside outside_;
    const bool is_json_;
    bool is_own_ = false;
    std::string picture_, said_;
};

}  // namespace

Answer watch(const Options& options, const Context& context, const std::function<Answer(const Context&)>& draw) {
    return Screen{options.json}.run(context, draw);
}

Consent ask_back(const std::string& shown, const std::string& question) {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return Consent::nobody_to_ask;
    if (write_all(STDERR_FILENO, shown + question + " [y/N] ") != 0) return Consent::nobody_to_ask;
    std::string said;
    for (char c = 0; c != '\n';) {
        const ssize_t got = ::read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        said += c;
    }
    return said == "y\n" || said == "Y\n" || said == "yes\n" ? Consent::given : Consent::refused;
}

}  // namespace taktd::ctl
