#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "refrain/fingerprint.h"

namespace refrain::evidence {

/// A frame of a known item: the picture between `begin` and `end` looks like it.
struct KnownFrame {
    Hash256 hash;
    MediaTime begin;
    MediaTime end;
    std::uint8_t quality = 0;
};

/// A known item as look-ups need it.
struct KnownItem {
    std::int64_t key = 0;
    std::string id;
    std::string name;
    std::string bank;
    std::map<std::string, std::string> labels;
    std::string source;      ///< as it was added
    bool is_shadow = false;  ///< as of ItemState
    MediaKind kind = MediaKind::kImage;
    MediaTime duration;
    Sha256 sha256{};
    CodeKind codes = CodeKind::kAreaMeans;  ///< of `frames`, in all parts
    PartInfo part;                   ///< which part of the medium the rest is about: the main one
    MediaTime begin;                 ///< of the first frame, with or without detail
    std::vector<KnownFrame> frames;  ///< those to be searched, as they stand in the index
    std::vector<LocalFrame> local;   ///< as they stand in the local index
    std::vector<MediaTime> shots;    ///< when each begins
    bool has_several_parts = false;  ///< of different PartInfo::index
    /// The other parts: each with the item's names and with frames and times of its own. They have
    /// no further parts.
    std::vector<KnownItem> more_parts;
};

/// Calls `visit(const KnownItem& part)` for the main part of an item and for each other one.
template <typename Visit>
void each_part(const KnownItem& item, const Visit& visit) {
    visit(item);
    for (const KnownItem& part : item.more_parts) {
        visit(part);
    }
}

/// A part of an item by its place among `each_part`; null: there is none.
[[nodiscard]] const KnownItem* part_of(const KnownItem& item, std::size_t ordinal);

/// A frame or a picture of an item, as the index numbers it: those of all parts in one row.
struct PlaceInItem {
    std::uint32_t part = 0;   ///< among `each_part`
    std::uint32_t index = 0;  ///< into `frames` or `local` of that part
};

/// @return nothing: the item has fewer, since it was replaced meanwhile
[[nodiscard]] std::optional<PlaceInItem> frame_at(const KnownItem& item, std::uint32_t number);
[[nodiscard]] std::optional<PlaceInItem> picture_at(const KnownItem& item, std::uint32_t number);

/// Frames and local pictures of all parts.
[[nodiscard]] std::size_t frame_count(const KnownItem& item);
[[nodiscard]] std::size_t picture_count(const KnownItem& item);

using KnownItemPtr = std::shared_ptr<const KnownItem>;

/// Whether anything in it carries enough detail to be recognised in another file.
[[nodiscard]] bool is_searchable(const Fingerprint& fingerprint);

/// Fills in what look-ups need of a fingerprint: of each part the frames with enough detail, the
/// shots and the local features.
void keep_searchable(KnownItem& item, const Fingerprint& fingerprint);

/// Whether the item is in one of the banks that were asked for. @param banks  none: in any
[[nodiscard]] bool is_wanted(const KnownItem& item, std::span<const std::string> banks);

}  // namespace refrain::evidence
