#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "index/hash_index.h"

namespace refrain::corpus {

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
    MediaKind kind = MediaKind::kImage;
    MediaTime duration;
    Sha256 sha256{};
    std::vector<KnownFrame> frames;  ///< those with enough detail, as they stand in the index
};

/// A searched code within the radius of a frame of a known item.
struct FrameHit {
    std::int64_t key = 0;
    std::uint32_t query = 0;  ///< index into the searched codes
    std::uint32_t frame = 0;  ///< index into KnownItem::frames
    int distance = 0;
};

/// What is known, in memory: a searchable code for each frame with enough detail, and the items.
///
/// Thread safety: one thread at a time; const calls may run beside each other.
class KnownSet {
  public:
    explicit KnownSet(std::unique_ptr<index::HashIndex> index);

    /// @param item  `frames` is filled in here
    /// @error kInvalidArgument  the key is there already, or the item has too many frames
    [[nodiscard]] Result<void> add(KnownItem item, std::span<const FrameHash> frames);
    /// Unknown keys are no error.
    [[nodiscard]] Result<void> remove(std::int64_t key);

    /// Every code within verdict::kMaxDistance of a query code, by query, key and frame.
    [[nodiscard]] Result<std::vector<FrameHit>> search(std::span<const Hash256> queries) const;

    [[nodiscard]] const KnownItem* find(std::int64_t key) const;
    /// The items that hold these bytes, in no order; one a bank.
    [[nodiscard]] std::vector<const KnownItem*> find_bytes(const Sha256& sha256) const;
    [[nodiscard]] std::size_t items() const { return items_.size(); }
    [[nodiscard]] std::size_t codes() const { return index_->size(); }
    [[nodiscard]] std::size_t memory_bytes() const { return index_->memory_bytes(); }

  private:
    std::unique_ptr<index::HashIndex> index_;
    std::unordered_map<std::int64_t, KnownItem> items_;
    std::multimap<Sha256, std::int64_t> keys_by_bytes_;
};

}  // namespace refrain::corpus
