#include "json/json_parts.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

#include "json/utf8.h"

namespace refrain::json {

namespace {

std::string hex_text(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 15U]);
    }
    return text;
}

std::string_view evidence_name(Evidence evidence) {
    switch (evidence) {
        case Evidence::kExact:
            return "exact";
        case Evidence::kFrames:
            return "frames";
        case Evidence::kLocal:
            return "local";
        case Evidence::kAudio:
            return "audio";
    }
    return "frames";
}

std::string_view role_name(PartRole role) {
    switch (role) {
        case PartRole::kMain:
            return "main";
        case PartRole::kPicture:
            return "picture";
        case PartRole::kTrack:
            return "track";
        case PartRole::kAttached:
            return "attached";
        case PartRole::kUnshown:
            return "unshown";
    }
    return "main";
}

Object span_json(const TimeSpan& span) { return Object::array({span.begin.ms(), span.end.ms()}); }

Object transform_json(const Transform& transform) {
    Object box = Object::array();
    for (const double side : transform.box) {
        box.push_back(rounded(side, 4));
    }
    return {{"mirrored", transform.is_mirrored},
            {"rotation_deg", rounded(transform.rotation_deg, 3)},
            {"scale", rounded(transform.scale, 4)},
            {"box", std::move(box)},
            {"negative", transform.is_negative}};
}

void append_parts(Object& object,
                  const std::optional<MatchedPart>& query,
                  const std::optional<MatchedPart>& reference) {
    if (query) {
        object["part"] = part_json(*query);
    }
    if (reference) {
        object["reference_part"] = part_json(*reference);
    }
}

Object segment_json(const Segment& segment) {
    Object object = Object::object();
    if (segment.query) {
        object["query_ms"] = span_json(*segment.query);
    }
    if (segment.reference) {
        object["reference_ms"] = span_json(*segment.reference);
    }
    object["speed"] = rounded(segment.speed, 3);
    object["hits"] = segment.hits;
    object["score"] = rounded(segment.score, 3);
    if (segment.transform) {
        object["transform"] = transform_json(*segment.transform);
    }
    append_parts(object, segment.part, segment.reference_part);
    return object;
}

}  // namespace

Object start_input_line(std::string_view schema, const std::string& input) {
    Object line = Object::object();
    line["schema"] = schema;
    line["input"] = to_utf8(input);
    if (!is_utf8(input)) {
        line["input_hex"] = hex_text(input);
    }
    return line;
}

Object error_json(const std::optional<Error>& error) {
    if (!error) {
        return nullptr;
    }
    return {{"code", error_code_name(error->code)}, {"message", to_utf8(error->message)}};
}

std::string_view kind_name(MediaKind kind) { return kind == MediaKind::kVideo ? "video" : "image"; }

Object part_json(const MatchedPart& part) {
    return {{"index", part.index}, {"kind", kind_name(part.kind)}, {"role", role_name(part.role)}};
}

Object media_json(const MediaInfo& media) {
    return {{"kind", kind_name(media.kind)},
            {"width", media.width},
            {"height", media.height},
            {"duration_ms", media.duration.ms()},
            {"sha256", to_hex(media.digest.sha256)},
            {"md5", to_hex(media.digest.md5)},
            {"bytes", media.digest.bytes},
            {"container", to_utf8(media.container)},
            {"codec", to_utf8(media.codec)}};
}

Object part_json(const PartSummary& part) {
    Object object = {{"index", part.part.index},
                     {"kind", kind_name(part.media.kind)},
                     {"role", role_name(part.part.role)}};
    if (part.part.is_on_white) {
        object["ground"] = "white";
    }
    object["width"] = part.media.width;
    object["height"] = part.media.height;
    object["duration_ms"] = part.media.duration.ms();
    object["container"] = to_utf8(part.media.container);
    object["codec"] = to_utf8(part.media.codec);
    append_decode(object, part.decode, part.media.kind);
    return object;
}

Object media_json(const MediaInfo& media, const std::vector<PartSummary>& parts) {
    Object listed = Object::array();
    for (const PartSummary& part : parts) {
        if (!part.part.is_on_white) {
            listed.push_back(part_json(part));
        }
    }
    Object object = media_json(media);
    if (listed.size() > 1) {
        object["parts"] = std::move(listed);
    }
    return object;
}

Object labels_json(const std::map<std::string, std::string>& labels) {
    Object object = Object::object();
    for (const auto& [key, value] : labels) {
        object[to_utf8(key)] = to_utf8(value);
    }
    return object;
}

Object match_json(const Match& match, bool with_action) {
    Object object = Object::object();
    object["id"] = to_utf8(match.id);
    object["name"] = to_utf8(match.name);
    object["bank"] = to_utf8(match.bank);
    object["labels"] = labels_json(match.labels);
    if (!match.source.empty()) {
        object["source"] = to_utf8(match.source);
    }
    object["score"] = rounded(match.score, 3);
    object["relation"] = match.relation == Relation::kCopy ? "copy" : "similar";
    if (match.agreement) {
        object["agreement"] = rounded(*match.agreement, 4);
    }
    if (with_action) {
        object["action"] = action_name(match.action);
        if (!match.allowed_by.empty()) {
            object["allowed_by"] = to_utf8(match.allowed_by);
        }
    }
    object["evidence"] = Object::array();
    for (const Evidence evidence : match.evidence) {
        object["evidence"].push_back(evidence_name(evidence));
    }
    if (match.transform) {
        object["transform"] = transform_json(*match.transform);
    }
    append_parts(object, match.part, match.reference_part);
    object["coverage"] = {{"query", rounded(match.query_coverage, 4)},
                          {"reference", rounded(match.reference_coverage, 4)}};
    if (!match.segments.empty()) {
        object["segments"] = Object::array();
        for (const Segment& segment : match.segments) {
            object["segments"].push_back(segment_json(segment));
        }
    }
    return object;
}

Object damage_json(const std::vector<Damage>& damage) {
    Object all = Object::array();
    for (const Damage& one : damage) {
        all.push_back({{"id", to_utf8(one.id)},
                       {"problem", to_utf8(one.problem)},
                       {"source", to_utf8(one.source)},
                       {"remedy", to_utf8(one.remedy)}});
    }
    return all;
}

void append_outcome(Object& line,
                    const AddOutcome& outcome,
                    const std::optional<ItemSummary>& known) {
    line["searchable"] = outcome.is_searchable;
    if (outcome.made_bank) {
        line["new_bank"] = true;
    }
    if (outcome.has_new_labels) {
        line["labels_updated"] = true;
    }
    if (outcome.is_healed) {
        line["healed"] = true;
    }
    if (known) {
        line["known"] = {{"id", to_utf8(known->id)},
                         {"name", to_utf8(known->name)},
                         {"bank", to_utf8(known->bank)},
                         {"labels", labels_json(known->labels)},
                         {"source", to_utf8(known->source)}};
    }
}

void append_decode(Object& line, const DecodeReport& decode, MediaKind kind) {
    if (decode.is_partial) {
        if (kind == MediaKind::kVideo) {
            line["decoded_ms"] = decode.decoded_until.ms();
        }
        line["decoded_frames"] = decode.decoded_frames;
        line["damage"] = to_utf8(decode.damage);
    }
    if (!decode.note.empty()) {
        line["note"] = to_utf8(decode.note);
    }
}

double rounded(double value, int digits) {
    const double unit = std::pow(10.0, digits);
    const double result = std::round(value * unit) / unit;
    return result == 0.0 ? 0.0 : result;
}

std::string utc_text(std::int64_t microseconds) {
    constexpr std::int64_t kSecond = 1'000'000;
    std::int64_t fraction = microseconds % kSecond;
    std::time_t seconds = microseconds / kSecond;
    if (fraction < 0) {
        fraction += kSecond;
        seconds -= 1;
    }
    std::tm parts{};
    if (gmtime_r(&seconds, &parts) == nullptr) {
        return {};
    }
    std::array<char, 64> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 16> tail{};
    std::snprintf(tail.data(), tail.size(), ".%06dZ", static_cast<int>(fraction));
    return std::string(text.data(), length) + tail.data();
}

std::string one_line(const Object& line) {
    // All text went through to_utf8; `replace` keeps a slip from becoming an exception.
    return line.dump(-1, ' ', false, Object::error_handler_t::replace);
}

}  // namespace refrain::json
