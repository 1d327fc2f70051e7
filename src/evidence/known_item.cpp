#include "evidence/known_item.h"

#include <algorithm>
#include <utility>

#include "evidence/query.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

/// Finds the part with the number-th of what `size_of` counts.
template <typename SizeOf>
std::optional<PlaceInItem> place_at(const KnownItem& item,
                                    std::uint32_t number,
                                    const SizeOf& size_of) {
    std::size_t left = number;
    for (std::uint32_t i = 0; const KnownItem* part = part_of(item, i); ++i) {
        if (left < size_of(*part)) {
            return PlaceInItem{i, static_cast<std::uint32_t>(left)};
        }
        left -= size_of(*part);
    }
    return std::nullopt;
}

/// Whether a frame stands in the index. A list that names a lone picture means it, however little
/// detail it has.
bool is_kept(const FrameHash& frame, const Fingerprint& fingerprint) {
    const bool is_listed_picture =
        fingerprint.codes == CodeKind::kExactPdq && fingerprint.media.kind == MediaKind::kImage;
    return is_listed_picture || frame.quality >= verdict::kLeastSearchedQuality;
}

void keep_part(KnownItem& item, const Fingerprint& fingerprint) {
    const std::vector<FrameHash>& frames = fingerprint.frames;
    item.frames.clear();
    item.codes = fingerprint.codes;
    item.part = fingerprint.part;
    item.begin = frames.empty() ? MediaTime{} : frames.front().time;
    item.local = fingerprint.local;
    item.shots = fingerprint.shots;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const FrameHash& frame = frames[i];
        if (is_kept(frame, fingerprint)) {
            item.frames.push_back(
                {frame.hash, frame.time, end_of_frame(frames, i, item.duration), frame.quality});
        }
    }
}

}  // namespace

const KnownItem* part_of(const KnownItem& item, std::size_t ordinal) {
    if (ordinal == 0) {
        return &item;
    }
    return ordinal <= item.more_parts.size() ? &item.more_parts[ordinal - 1] : nullptr;
}

std::optional<PlaceInItem> frame_at(const KnownItem& item, std::uint32_t number) {
    return place_at(item, number, [](const KnownItem& part) { return part.frames.size(); });
}

std::optional<PlaceInItem> picture_at(const KnownItem& item, std::uint32_t number) {
    return place_at(item, number, [](const KnownItem& part) { return part.local.size(); });
}

std::size_t frame_count(const KnownItem& item) {
    std::size_t count = 0;
    each_part(item, [&](const KnownItem& part) { count += part.frames.size(); });
    return count;
}

std::size_t picture_count(const KnownItem& item) {
    std::size_t count = 0;
    each_part(item, [&](const KnownItem& part) { count += part.local.size(); });
    return count;
}

bool is_searchable(const Fingerprint& fingerprint) {
    const auto has_detail = [&](const FrameHash& frame) {
        return is_kept(frame, fingerprint);
    };
    const auto has_points = [](const LocalFrame& frame) {
        return !frame.points.empty();
    };
    return std::any_of(fingerprint.frames.begin(), fingerprint.frames.end(), has_detail) ||
           std::any_of(fingerprint.local.begin(), fingerprint.local.end(), has_points) ||
           std::any_of(fingerprint.more_parts.begin(), fingerprint.more_parts.end(), is_searchable);
}

bool is_wanted(const KnownItem& item, std::span<const std::string> banks) {
    return banks.empty() || std::find(banks.begin(), banks.end(), item.bank) != banks.end();
}

void keep_searchable(KnownItem& item, const Fingerprint& fingerprint) {
    item.more_parts.clear();
    item.has_several_parts = has_several_parts(fingerprint);
    keep_part(item, fingerprint);
    std::vector<KnownItem> parts;
    for (const Fingerprint& other : fingerprint.more_parts) {
        KnownItem part;
        part.key = item.key;
        part.id = item.id;
        part.name = item.name;
        part.bank = item.bank;
        part.labels = item.labels;
        part.source = item.source;
        part.sha256 = item.sha256;
        part.has_several_parts = item.has_several_parts;
        part.kind = other.media.kind;
        part.duration = other.media.duration;
        keep_part(part, other);
        parts.push_back(std::move(part));
    }
    item.more_parts = std::move(parts);
}

}  // namespace refrain::evidence
