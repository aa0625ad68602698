// Bytes of an event stream become events: HTTP's chunks first, then the lines of text/event-stream. Pure: it is given
// bytes as they came, cut anywhere. What breaks the form is told by false, and nothing can be read any more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace taktd::ctl {

/// The head of an answer: its status, and whether chunks follow.
struct AnswerHead {
    int status = 0;
    bool is_chunked = false;
};
/// Nothing for what is no HTTP answer. `head`: up to its empty line.
std::optional<AnswerHead> read_head(std::string_view head);

class ChunkReader {
public:
    /// Adds to `body` what of it is in `bytes`. False: they are no chunks.
    bool read(std::string_view bytes, std::string& body);
    bool has_ended() const { return part_ == Part::end; }

private:
    enum class Part { size, data, data_end, end };
    static constexpr std::size_t kSizeTextMax = 8;

    bool read_size();

    Part part_ = Part::size;
    std::string size_text_;
    std::size_t left_ = 0;
};

/// An event as it was told; its data is one JSON document.
struct ToldEvent {
    std::string id{}, name{}, data{};
};

class EventReader {
public:
    static constexpr std::size_t kEventBytesMax = 16 * 1024 * 1024;

    /// Adds to `events` what is complete. False: an event is beyond every measure.
    bool read(std::string_view text, std::vector<ToldEvent>& events);
    /// The last id that came, also with no event; empty: none.
    const std::string& last_id() const { return last_id_; }
    /// A new connection: what was cut off is forgotten, the id is not.
    void begin_anew();

private:
    void read_line(std::string_view line, std::vector<ToldEvent>& events);

    std::string line_, last_id_;
    ToldEvent event_;
};

}  // namespace taktd::ctl
