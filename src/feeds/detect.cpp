#include "feeds/detect.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "feeds/feed_text.h"

namespace refrain::feeds {

namespace {

std::string_view without_blanks(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin == text.npos ? std::string_view() : text.substr(begin);
}

/// The format whose name of a field comes first.
std::optional<Detected> detect_json(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, FeedFormat>, 6> kKeys{{
        {"\"hashRecords\"", FeedFormat::kStopNcii},
        {"\"nextSetTimestamp\"", FeedFormat::kStopNcii},
        {"\"results\"", FeedFormat::kTcap},
        {"\"signals\"", FeedFormat::kHma},
        {"\"disable_until_ts\"", FeedFormat::kHma},
        {"\"data\"", FeedFormat::kThreatExchange},
    }};
    const std::string_view inner = without_blanks(text.substr(1));
    if (text[0] == '[' && (inner.starts_with('"') || inner.starts_with(']'))) {
        return Detected{FeedFormat::kVpdq, VpdqForm::kStrings};
    }
    if (inner.starts_with("\"0\"")) {
        return Detected{FeedFormat::kVpdq, VpdqForm::kObjects};
    }
    std::size_t first = text.npos;
    std::optional<Detected> found;
    for (const auto& [key, format] : kKeys) {
        if (const std::size_t at = text.find(key); at < first) {
            first = at;
            found = Detected{format};
        }
    }
    return found;
}

/// Whether a comma-separated line is a frame of a video.
bool is_vpdq_line(std::string_view line) {
    std::array<std::string_view, 4> fields;
    std::size_t count = 0;
    for (; count < fields.size(); ++count) {
        const std::size_t comma = line.find(',');
        fields[count] = trimmed(line.substr(0, comma));
        if (comma == line.npos) {
            ++count;
            break;
        }
        line.remove_prefix(comma + 1);
    }
    Hash256 code;
    return (count == 3 || count == 4) &&
           read_pdq(fields[count - 2], false, code).data() == nullptr &&
           read_seconds(fields[count - 1]).has_value();
}

std::optional<Detected> detect_line(std::string_view line) {
    if (line.starts_with("hash=") || line.find("hash,") != line.npos || line.starts_with("pdq,")) {
        return Detected{FeedFormat::kPdq};
    }
    if (is_vpdq_line(line)) {
        return Detected{FeedFormat::kVpdq};
    }
    if (line.starts_with('\\')) {
        line.remove_prefix(1);
    }
    const std::size_t end = std::min(line.find_first_of(" \t,"), line.size());
    const bool has_name = end < line.size() && line[end] != ',';
    if (!is_hex(line.substr(0, end))) {
        return std::nullopt;
    }
    if (end == 64) {
        return Detected{has_name ? FeedFormat::kDigests : FeedFormat::kPdq};
    }
    return end == 32 || end == 40 ? std::optional(Detected{FeedFormat::kDigests}) : std::nullopt;
}

}  // namespace

std::optional<Detected> detect_format(std::string_view beginning) {
    if (beginning.starts_with(kBundleMagic)) {
        return Detected{FeedFormat::kRecords};
    }
    const std::string_view text = without_blanks(beginning);
    if (text.empty()) {
        return Detected{FeedFormat::kPdq};
    }
    if (text[0] == '<') {
        return Detected{FeedFormat::kNcmec};
    }
    if (text[0] == '{' || text[0] == '[') {
        return detect_json(text);
    }
    // The first lines may be bad ones.
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        line = trimmed(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
        if (!line.empty() && line[0] != '#') {
            if (const auto found = detect_line(line)) {
                return found;
            }
        }
        rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    }
    return std::nullopt;
}

VpdqForm detect_vpdq(std::string_view beginning) {
    const std::string_view text = without_blanks(beginning);
    return text.starts_with('[')   ? VpdqForm::kStrings
           : text.starts_with('{') ? VpdqForm::kObjects
                                   : VpdqForm::kText;
}

}  // namespace refrain::feeds
