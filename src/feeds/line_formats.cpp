#include "feeds/line_formats.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "feeds/feed_text.h"

namespace refrain::feeds {

namespace {

using Fields = std::vector<std::string_view>;

/// At most `most` fields; the last one holds the rest of the line.
Fields split(std::string_view text, std::size_t most) {
    Fields fields;
    while (fields.size() + 1 < most) {
        const std::size_t comma = text.find(',');
        if (comma == std::string_view::npos) {
            break;
        }
        fields.push_back(trimmed(text.substr(0, comma)));
        text.remove_prefix(comma + 1);
    }
    fields.push_back(trimmed(text));
    return fields;
}

/// Lines with something in them; refuses those that no format can hold.
std::optional<Line> next_content(ByteFeed& bytes, FeedSink& sink) {
    while (!sink.has_ended()) {
        std::optional<Line> line = bytes.next_line();
        if (!line) {
            return line;
        }
        if (line->is_too_long) {
            sink.refuse("line_too_long", line->number, excerpt(line->text));
        } else if (line->text.find('\0') != std::string_view::npos) {
            sink.refuse("nul_byte", line->number, {});
        } else if (line->text = trimmed(line->text);
                   line->text.empty() || line->text.starts_with('#')) {
            sink.pass_over();
        } else {
            return line;
        }
    }
    return std::nullopt;
}

/// The columns of a table; no names: the line is no heading.
struct Columns {
    std::vector<std::string> names;
    std::size_t hash = 0;
};

Columns columns_of(std::string_view line) {
    Columns columns;
    const Fields fields = split(line, FeedLimits::kMaxLabels);
    const auto found = std::find_if(fields.begin(), fields.end(), [](std::string_view name) {
        return name == "hash" || name == "pdq" || name == "pdq_hash";
    });
    if (found == fields.end()) {
        return columns;
    }
    columns.hash = static_cast<std::size_t>(found - fields.begin());
    columns.names.assign(fields.begin(), fields.end());
    return columns;
}

class PdqLines {
  public:
    PdqLines(bool is_word_reversed, FeedSink& sink)
        : is_word_reversed_(is_word_reversed), sink_(sink) {}

    void take(const Line& line) {
        if (std::exchange(is_first_, false)) {
            columns_ = columns_of(line.text);
            if (!columns_.names.empty()) {
                sink_.pass_over();
                return;
            }
        }
        FeedEntry entry;
        entry.kind = SignalKind::kPdq;
        entry.line = line.number;
        const Refused why = !columns_.names.empty()          ? row(line.text, entry)
                            : line.text.starts_with("hash=") ? pairs(line.text, entry)
                                                             : bare(line.text, entry);
        if (why.data() != nullptr) {
            sink_.refuse(why, line.number, excerpt(line.text));
        } else {
            sink_.entry(std::move(entry));
        }
    }

  private:
    [[nodiscard]] Refused code(std::string_view hex, FeedEntry& entry) const {
        return read_pdq(hex, is_word_reversed_, entry.pdq);
    }

    [[nodiscard]] static Refused quality(std::string_view text, FeedEntry& entry) {
        const auto value = read_quality(text);
        entry.quality = value.value_or(entry.quality);
        return value ? Refused() : Refused("bad_quality");
    }

    [[nodiscard]] Refused bare(std::string_view line, FeedEntry& entry) const {
        const Fields fields = split(line, 3);
        if (const Refused why = code(fields[0], entry); why.data() != nullptr) {
            return why;
        }
        if (fields.size() == 1) {
            return {};
        }
        if (fields.size() == 3 && read_quality(fields[1])) {
            add_label(entry, "name", fields[2]);
            return quality(fields[1], entry);
        }
        add_label(entry, "meta", trimmed(line.substr(line.find(',') + 1)));
        return {};
    }

    [[nodiscard]] Refused pairs(std::string_view line, FeedEntry& entry) const {
        while (!line.empty()) {
            const std::size_t equals = line.find('=');
            if (equals == std::string_view::npos) {
                return "bad_field";
            }
            const std::string_view name = trimmed(line.substr(0, equals));
            // The file's name is last, and may hold commas.
            const std::size_t comma = name == "filename" ? line.npos : line.find(',', equals);
            const std::string_view value = trimmed(
                line.substr(equals + 1, comma == line.npos ? line.npos : comma - equals - 1));
            line = comma == line.npos ? std::string_view() : line.substr(comma + 1);
            Refused why;
            if (name == "hash") {
                why = code(value, entry);
            } else if (name == "quality") {
                why = quality(value, entry);
            } else if (name == "filename") {
                add_label(entry, "name", value);
            } else if (name != "norm" && name != "delta") {
                add_label(entry, name, value);
            }
            if (why.data() != nullptr) {
                return why;
            }
        }
        return {};
    }

    [[nodiscard]] Refused row(std::string_view line, FeedEntry& entry) const {
        const Fields fields = split(line, columns_.names.size());
        if (fields.size() != columns_.names.size()) {
            return "bad_field";
        }
        for (std::size_t i = 0; i < fields.size(); ++i) {
            Refused why;
            if (i == columns_.hash) {
                why = code(fields[i], entry);
            } else if (columns_.names[i] == "quality") {
                why = quality(fields[i], entry);
            } else {
                add_label(entry, columns_.names[i], fields[i]);
            }
            if (why.data() != nullptr) {
                return why;
            }
        }
        return {};
    }

    bool is_word_reversed_;
    FeedSink& sink_;
    bool is_first_ = true;
    Columns columns_;
};

Refused read_digest_line(std::string_view line, FeedEntry& entry) {
    // sha256sum marks names with escapes in them like this.
    if (line.starts_with('\\')) {
        line.remove_prefix(1);
    }
    const std::size_t end = line.find_first_of(" \t,");
    if (const Refused why = read_digest(line.substr(0, end), SignalKind::kNone, entry);
        why.data() != nullptr) {
        return why;
    }
    if (end == std::string_view::npos) {
        return {};
    }
    std::string_view name = trimmed(line.substr(end + 1));
    if (name.starts_with('*')) {
        name.remove_prefix(1);
    }
    add_label(entry, "name", name);
    return {};
}

Refused read_frame(const Fields& fields, bool is_word_reversed, FeedFrame& frame) {
    if (fields.size() != 3 && fields.size() != 4) {
        return "bad_field";
    }
    const std::span<const std::string_view> last = std::span(fields).last(3);
    const auto quality = read_quality(last[0]);
    const auto time = read_seconds(last[2]);
    if (!quality || !time) {
        return quality ? "bad_time" : "bad_quality";
    }
    frame.quality = *quality;
    frame.time = *time;
    return read_pdq(last[1], is_word_reversed, frame.hash);
}

}  // namespace

void read_pdq_lines(ByteFeed& bytes, bool is_word_reversed, FeedSink& sink) {
    PdqLines lines(is_word_reversed, sink);
    while (const std::optional<Line> line = next_content(bytes, sink)) {
        lines.take(*line);
    }
}

void read_digest_lines(ByteFeed& bytes, FeedSink& sink) {
    while (const std::optional<Line> line = next_content(bytes, sink)) {
        FeedEntry entry;
        entry.line = line->number;
        if (const Refused why = read_digest_line(line->text, entry); why.data() != nullptr) {
            sink.refuse(why, line->number, excerpt(line->text));
        } else {
            sink.entry(std::move(entry));
        }
    }
}

void read_vpdq_lines(ByteFeed& bytes, bool is_word_reversed, FeedSink& sink) {
    FeedEntry video;
    while (const std::optional<Line> line = next_content(bytes, sink)) {
        video.line = line->number;
        FeedFrame frame;
        if (const Refused why = read_frame(split(line->text, 5), is_word_reversed, frame);
            why.data() != nullptr) {
            sink.refuse(why, line->number, excerpt(line->text));
        } else if (video.frames.size() == FeedLimits::kMaxFrames) {
            sink.refuse("too_many_frames", line->number, {});
        } else {
            video.frames.push_back(frame);
        }
    }
    finish_video(std::move(video), sink);
}

void finish_video(FeedEntry&& video, FeedSink& sink) {
    if (video.frames.empty()) {
        return;
    }
    video.kind = SignalKind::kVpdq;
    std::stable_sort(video.frames.begin(), video.frames.end(),
                     [](const FeedFrame& a, const FeedFrame& b) { return a.time < b.time; });
    sink.entry(std::move(video));
}

}  // namespace refrain::feeds
