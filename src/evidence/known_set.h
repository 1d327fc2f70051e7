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

#include "refrain/corpus.h"
#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "index/hash_index.h"
#include "index/live_local_index.h"
#include "verdict/frame_score.h"

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
    std::string source;  ///< as it was added
    MediaKind kind = MediaKind::kImage;
    MediaTime duration;
    Sha256 sha256{};
    PartInfo part;                   ///< which part of the medium the rest is about: the main one
    MediaTime begin;                 ///< of the first frame, with or without detail
    std::vector<KnownFrame> frames;  ///< those with enough detail, as they stand in the index
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

/// A searched code within the radius of a frame of a known item.
struct FrameHit {
    std::int64_t key = 0;
    std::uint32_t query = 0;  ///< index into the searched codes
    std::uint32_t frame = 0;  ///< as of `frame_at`
    int distance = 0;
};

/// A local code of the query that looks like one of a known picture.
struct LocalPointHit {
    std::int64_t key = 0;
    std::uint32_t picture = 0;  ///< as of `picture_at`
    std::uint32_t point = 0;    ///< index into LocalFrame::points
    std::uint32_t query = 0;    ///< index into the searched codes
    int distance = 0;
};

using KnownItemPtr = std::shared_ptr<const KnownItem>;

/// Version of how codes and their ids are made from a record. Snapshots with another version are
/// rebuilt from the records.
inline constexpr std::uint64_t kCodeRules =
    std::uint64_t{2} << 32 | static_cast<std::uint64_t>(verdict::kMinQuality);
/// The same for local codes. The words of their index have a version of their own.
inline constexpr std::uint64_t kLocalCodeRules = 2;

/// Whether anything in it carries enough detail to be recognised in another file.
[[nodiscard]] bool is_searchable(const Fingerprint& fingerprint);

/// Fills in what look-ups need of a fingerprint: of each part the frames with enough detail, the
/// shots and the local features.
void keep_searchable(KnownItem& item, const Fingerprint& fingerprint);

/// Whether the item is in one of the banks that were asked for.
[[nodiscard]] bool is_wanted(const KnownItem& item, const FindOptions& options);

/// Where the items are. Thread safety: safe to share.
class ItemSource {
  public:
    ItemSource() = default;
    ItemSource(const ItemSource&) = delete;
    ItemSource& operator=(const ItemSource&) = delete;
    virtual ~ItemSource() = default;

    /// Null: there is none, no more, or none that can be believed. @error kUnreadable
    [[nodiscard]] virtual Result<KnownItemPtr> find(std::int64_t key) = 0;
    /// The items that hold these bytes, in no order; one a bank.
    [[nodiscard]] virtual Result<std::vector<KnownItemPtr>> find_bytes(const Sha256& sha256) = 0;
    /// It is needed no more.
    virtual void forget(std::int64_t key) = 0;
};

/// What is known: in memory a searchable code for each frame with enough detail; the items are
/// elsewhere and few of them are asked for.
///
/// Thread safety: one thread at a time may change it; const calls may run beside that and beside
/// each other. A look-up may so meet the key of an item that has gone since.
class KnownSet {
  public:
    KnownSet(std::unique_ptr<index::HashIndex> index,
             std::unique_ptr<index::LiveLocalIndex> local,
             std::shared_ptr<ItemSource> source);

    /// Makes the codes of an item searchable; its key was never added before.
    /// @error kInvalidArgument  the item has too many frames
    [[nodiscard]] Result<void> add(const KnownItem& item);
    /// As `add`, for many: the codes become searchable with `finish_bulk`.
    [[nodiscard]] Result<void> add_in_bulk(const KnownItem& item);
    [[nodiscard]] Result<void> finish_bulk();
    /// As `add` and `add_in_bulk`, for the local codes of an item alone; these do not get any by
    /// themselves.
    [[nodiscard]] Result<void> add_local(const KnownItem& item);
    [[nodiscard]] Result<void> add_local_in_bulk(const KnownItem& item);
    [[nodiscard]] Result<void> finish_local_bulk();
    /// Puts these in the place of all local codes; look-ups may run beside it.
    void adopt_local(std::vector<index::LocalPart> parts);
    /// Unknown keys are no error.
    [[nodiscard]] Result<void> remove(std::int64_t key);

    /// Every code within verdict::kMaxDistance of a query code, by query, key and frame.
    [[nodiscard]] Result<std::vector<FrameHit>> search(std::span<const Hash256> queries) const;

    /// Stored local codes near each query code, by query and distance; the nearest ones.
    [[nodiscard]] Result<std::vector<LocalPointHit>> search_local(
        std::span<const Hash256> queries) const;

    /// As of ItemSource.
    [[nodiscard]] Result<KnownItemPtr> find(std::int64_t key) const { return source_->find(key); }
    [[nodiscard]] Result<std::vector<KnownItemPtr>> find_bytes(const Sha256& sha256) const {
        return source_->find_bytes(sha256);
    }
    [[nodiscard]] const index::HashIndex& index() const { return *index_; }
    [[nodiscard]] const index::LiveLocalIndex& local_index() const { return *local_; }
    [[nodiscard]] std::size_t codes() const { return index_->size(); }
    [[nodiscard]] std::size_t local_pictures() const { return local_->pictures(); }
    [[nodiscard]] std::size_t local_codes() const { return local_->codes(); }
    [[nodiscard]] std::size_t memory_bytes() const {
        return index_->memory_bytes() + local_->memory_bytes();
    }

  private:
    std::unique_ptr<index::HashIndex> index_;
    std::shared_ptr<ItemSource> source_;
    std::vector<Hash256> bulk_codes_;
    std::vector<index::CodeId> bulk_ids_;
    std::unique_ptr<index::LiveLocalIndex> local_;
    std::vector<index::LocalPicture> bulk_pictures_;
    std::size_t bulk_local_codes_ = 0;
};

}  // namespace refrain::evidence
