#include <optional>
#include <string_view>
#include <utility>

#include "refrain/bundle.h"

#include "fingerprint/hash_identity.h"

namespace refrain {

namespace {

std::optional<DigestAlgorithm> algorithm_of(SignalKind kind) {
    switch (kind) {
        case SignalKind::kMd5:
            return DigestAlgorithm::kMd5;
        case SignalKind::kSha1:
            return DigestAlgorithm::kSha1;
        case SignalKind::kSha256:
            return DigestAlgorithm::kSha256;
        case SignalKind::kNone:
        case SignalKind::kPdq:
        case SignalKind::kVpdq:
            break;
    }
    return std::nullopt;
}

/// Nothing: the entry has no hash that can be compared.
std::optional<Fingerprint> fingerprint_of(const FeedEntry& entry) {
    Fingerprint fingerprint;
    if (const auto algorithm = algorithm_of(entry.kind)) {
        const auto bytes = entry.digest_bytes();
        fingerprint.digests.push_back({*algorithm, {bytes.begin(), bytes.end()}});
        return fingerprint;
    }
    fingerprint.codes = CodeKind::kExactPdq;
    if (entry.kind == SignalKind::kPdq) {
        fingerprint.frames.push_back({MediaTime(), entry.pdq, entry.quality});
        return fingerprint;
    }
    if (entry.kind != SignalKind::kVpdq || entry.frames.empty()) {
        return std::nullopt;
    }
    fingerprint.media.kind = MediaKind::kVideo;
    for (const FeedFrame& frame : entry.frames) {
        fingerprint.frames.push_back({frame.time, frame.hash, frame.quality});
    }
    fingerprint.media.duration = entry.frames.back().time;
    fingerprint.decode.decoded_until = fingerprint.media.duration;
    return fingerprint;
}

/// What people may call it by.
std::string short_name(const Fingerprint& fingerprint) {
    constexpr std::size_t kDigits = 16;
    if (!fingerprint.digests.empty()) {
        return to_hex(fingerprint.digests.front()).substr(0, kDigits);
    }
    return to_hex(fingerprint.frames.front().hash).substr(0, kDigits);
}

}  // namespace

Result<NewItem> hash_only_item(const FeedEntry& entry) {
    std::optional<Fingerprint> fingerprint = fingerprint_of(entry);
    if (entry.action != FeedAction::kAssert || !fingerprint) {
        return Error{ErrorCode::kInvalidArgument,
                     "neither a PDQ code, nor frames of a video, nor a digest"};
    }
    NewItem item;
    item.fingerprint = std::move(*fingerprint);
    item.fingerprint.media.digest.sha256 = fingerprint::identity_of(item.fingerprint);
    item.labels = entry.labels;
    const auto name = item.labels.find("name");
    item.name = name != item.labels.end() ? name->second : short_name(item.fingerprint);
    item.labels.erase("name");
    return item;
}

bool is_hash_only(const MediaInfo& media) { return media.digest.bytes == 0; }

}  // namespace refrain
