#include "service/code_query.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "refrain/bundle.h"
#include "refrain/feeds.h"

#include "access/secrets.h"

namespace refrain::service {

namespace {

constexpr int kBestQuality = 100;
constexpr std::size_t kMostFrames = 200'000;

Error wrong(std::string detail) { return {ErrorCode::kInvalidArgument, std::move(detail)}; }

/// The bytes of hex digits of either case; empty where it is no such text.
std::vector<std::uint8_t> bytes_of(const std::string& hex) {
    if (hex.size() % 2 != 0 ||
        hex.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
        return {};
    }
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

/// A digest of its own for what has none, so that it is equal to no item's.
Sha256 digest_of_codes(const std::string& text) {
    Sha256 digest{};
    std::ranges::copy(bytes_of(access::sha256_hex("codes:" + text)), digest.begin());
    return digest;
}

/// A list of texts, as the published program writes it.
Result<Fingerprint> vpdq_of_texts(const Json& frames) {
    const auto video = vpdq_entry(frames);
    if (!video) {
        return video.error();
    }
    auto item = hash_only_item(*video);
    return item ? Result<Fingerprint>(std::move(item->fingerprint)) : item.error();
}

Result<FrameHash> frame_of(const Json& frame, std::size_t number) {
    if (!frame.is_object() || !frame.contains("hash") || !frame["hash"].is_string()) {
        return wrong("vpdq: a frame needs a hash");
    }
    if (const auto problem = unknown_field(frame, {"hash", "quality", "timestamp", "frame"})) {
        return wrong("vpdq: " + *problem);
    }
    const auto number_of = [&](const char* name, double otherwise) {
        return frame.contains(name) && frame[name].is_number() ? frame[name].get<double>()
                                                               : otherwise;
    };
    const auto hash = hash256_from_hex(frame["hash"].get<std::string>());
    const double quality = number_of("quality", kBestQuality);
    const double seconds = number_of("timestamp", static_cast<double>(number));
    if (!hash || !(quality >= 0 && quality <= kBestQuality) || !(seconds >= 0 && seconds < 1e8)) {
        return wrong(
            "vpdq: a frame has a hash of 64 hex digits, a quality from 0 to 100 and a timestamp in "
            "seconds");
    }
    FrameHash made;
    made.time = MediaTime::from_us(static_cast<std::int64_t>(seconds * 1e6));
    made.hash = *hash;
    made.quality = static_cast<std::uint8_t>(quality);
    return made;
}

Result<Fingerprint> vpdq_of_objects(const Json& frames) {
    Fingerprint query;
    query.media.kind = MediaKind::kVideo;
    query.codes = CodeKind::kExactPdq;
    for (const Json& frame : frames) {
        const auto made = frame_of(frame, query.frames.size());
        if (!made) {
            return made.error();
        }
        if (!query.frames.empty() && made->time < query.frames.back().time) {
            return wrong("vpdq: timestamps are to rise");
        }
        query.frames.push_back(*made);
    }
    query.media.duration = query.frames.back().time;
    return query;
}

Result<Fingerprint> vpdq_query(const Json& frames) {
    if (!frames.is_array() || frames.empty() || frames.size() > kMostFrames) {
        return wrong("vpdq: expected a list of frames");
    }
    const bool has_texts =
        std::ranges::all_of(frames, [](const Json& frame) { return frame.is_string(); });
    auto query = has_texts ? vpdq_of_texts(frames) : vpdq_of_objects(frames);
    if (query) {
        query->media.digest.sha256 = digest_of_codes(one_line(frames));
    }
    return query;
}

}  // namespace

Result<FeedEntry> vpdq_entry(const Json& frames) {
    const std::string text = one_line(frames);
    std::size_t at = 0;
    const FeedBytes bytes = [&](std::span<char> into) -> Result<std::size_t> {
        const std::size_t size = std::min(into.size(), text.size() - at);
        std::copy_n(text.data() + at, size, into.data());
        at += size;
        return size;
    };
    std::optional<FeedEntry> video;
    std::string problem;
    const auto read = read_feed(bytes, {FeedFormat::kVpdq, false},
                                {[&](FeedEntry&& entry) {
                                     video = std::move(entry);
                                     return true;
                                 },
                                 [&](const FeedRefusal& refusal) {
                                     problem = std::string(refusal.reason) + " " + refusal.detail;
                                     return true;
                                 }});
    if (!read) {
        return read.error();
    }
    if (!video || !problem.empty()) {
        return wrong("vpdq: expected \"HEX,QUALITY,SECONDS\" for each frame: " + problem);
    }
    return std::move(*video);
}

Fingerprint pdq_query(const Hash256& code) {
    Fingerprint query;
    query.codes = CodeKind::kExactPdq;
    query.frames.push_back({MediaTime(), code, kBestQuality});
    query.media.digest.sha256 = digest_of_codes(to_hex(code));
    return query;
}

std::optional<Fingerprint> digest_query(const std::string& hex) {
    const std::vector<std::uint8_t> bytes = bytes_of(hex);
    Fingerprint query;
    ByteDigest& digest = query.media.digest;
    if (bytes.size() == digest.md5.size()) {
        std::ranges::copy(bytes, digest.md5.begin());
    } else if (bytes.size() == digest.sha1.size()) {
        std::ranges::copy(bytes, digest.sha1.begin());
    } else if (bytes.size() == digest.sha256.size()) {
        std::ranges::copy(bytes, digest.sha256.begin());
    } else {
        return std::nullopt;
    }
    return query;
}

bool is_digest_query(const Fingerprint& query) {
    return query.frames.empty() && query.more_parts.empty() && query.media.digest.bytes == 0;
}

Result<Fingerprint> code_query(const Json& object) {
    constexpr const char* kFields = "pdq, vpdq, md5, sha1, sha256";
    const auto unknown = object.is_object()
                             ? unknown_field(object, {"pdq", "vpdq", "md5", "sha1", "sha256"})
                             : std::nullopt;
    if (unknown) {
        return wrong(*unknown);
    }
    if (!object.is_object() || object.size() != 1) {
        return wrong(std::string("expected an object with one of ") + kFields);
    }
    const std::string name = object.begin().key();
    const Json& value = object.begin().value();
    if (name == "vpdq") {
        return vpdq_query(value);
    }
    const std::string hex = value.is_string() ? value.get<std::string>() : std::string();
    const std::size_t digits = name == "md5" ? 32 : name == "sha1" ? 40 : 64;
    if (hex.size() != digits || bytes_of(hex).empty()) {
        return wrong(name + ": expected " + std::to_string(digits) + " hex digits");
    }
    return name == "pdq" ? pdq_query(*hash256_from_hex(hex)) : *digest_query(hex);
}

}  // namespace refrain::service
