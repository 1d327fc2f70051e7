#include <string_view>
#include <utility>

#include "refrain/bundle.h"

#include "fingerprint/byte_io.h"
#include "media/byte_source.h"
#include "media/digest.h"

namespace refrain {

namespace {

/// Stands before what is digested, so that no other use of SHA-256 gives the same.
constexpr std::string_view kTag = "refrain hash-only 1\n";

Fingerprint fingerprint_of(const FeedEntry& entry) {
    Fingerprint fingerprint;
    if (entry.kind == SignalKind::kPdq) {
        fingerprint.media.kind = MediaKind::kImage;
        fingerprint.frames.push_back({MediaTime(), entry.pdq, entry.quality});
        return fingerprint;
    }
    fingerprint.media.kind = MediaKind::kVideo;
    for (const FeedFrame& frame : entry.frames) {
        fingerprint.frames.push_back({frame.time, frame.hash, frame.quality});
    }
    fingerprint.media.duration = entry.frames.back().time;
    fingerprint.decode.decoded_until = fingerprint.media.duration;
    return fingerprint;
}

Result<Sha256> identity_of(const Fingerprint& fingerprint) {
    fingerprint::ByteWriter bytes;
    bytes.put_bytes(std::as_bytes(std::span(kTag)));
    bytes.put_fixed(static_cast<std::uint64_t>(fingerprint.media.kind), 1);
    for (const FrameHash& frame : fingerprint.frames) {
        bytes.put_fixed(static_cast<std::uint64_t>(frame.time.us), 8);
        fingerprint::put_hash(bytes, frame.hash);
    }
    const Result<media::ByteSource> source = media::ByteSource::from_bytes(bytes.bytes(), Limits());
    if (!source) {
        return source.error();
    }
    const Result<ByteDigest> digest = media::digest(*source, {});
    return digest ? Result<Sha256>(digest->sha256) : Result<Sha256>(digest.error());
}

}  // namespace

Result<NewItem> hash_only_item(const FeedEntry& entry) {
    const bool is_video = entry.kind == SignalKind::kVpdq && !entry.frames.empty();
    if (entry.action != FeedAction::kAssert || (entry.kind != SignalKind::kPdq && !is_video)) {
        return Error{ErrorCode::kInvalidArgument, "neither a PDQ code nor frames of a video"};
    }
    NewItem item;
    item.fingerprint = fingerprint_of(entry);
    const Result<Sha256> identity = identity_of(item.fingerprint);
    if (!identity) {
        return identity.error();
    }
    item.fingerprint.media.digest.sha256 = *identity;
    item.labels = entry.labels;
    const auto name = item.labels.find("name");
    item.name = name != item.labels.end()
                    ? name->second
                    : to_hex(item.fingerprint.frames.front().hash).substr(0, 16);
    item.labels.erase("name");
    return item;
}

bool is_hash_only(const MediaInfo& media) { return media.digest.bytes == 0; }

}  // namespace refrain
