#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "refrain/result.h"

#include "corpus/damage_ledger.h"
#include "evidence/item_source.h"
#include "store/catalogue_interface.h"

namespace refrain::corpus {

/// An item as look-ups need it, from its row and its record. @error kCorpusDamaged
[[nodiscard]] Result<evidence::KnownItem> known_item(const store::StoredItem& row,
                                                     std::span<const std::byte> record);

/// Items of a store, read when they are first asked for; those asked for of late stay in memory.
/// One that is damaged is noted in the ledger and then is as if it were not there.
///
/// Thread safety: safe to share.
class ItemCache final : public evidence::ItemSource {
  public:
    static constexpr std::size_t kRecentFrames = std::size_t{1} << 20;

    /// @param store, damage  outlive the cache
    /// @param recent_frames  it keeps items of at least so many frames and local points and at most
    /// twice as many
    ///        and one item more; by default 2 million frames, 110 MB
    ItemCache(const store::Catalogue& store,
              DamageLedger& damage,
              std::size_t recent_frames = kRecentFrames)
        : store_(store), damage_(damage), most_recent_frames_(recent_frames) {}

    using Items = std::unordered_map<std::int64_t, evidence::KnownItemPtr>;

    [[nodiscard]] Result<evidence::KnownItemPtr> find(std::int64_t key) override;
    /// Those of these items that are there and sound, hidden ones too, by key. What is not in
    /// memory is read in one query of the store.
    [[nodiscard]] Result<Items> find_all(std::span<const std::int64_t> keys);
    [[nodiscard]] Result<std::vector<evidence::KnownItemPtr>> find_bytes(
        const Sha256& sha256) override;
    /// The same of an item that is hidden.
    [[nodiscard]] Result<evidence::KnownItemPtr> find_also_hidden(std::int64_t key);
    [[nodiscard]] bool is_hidden(std::int64_t key) const override;
    void forget(std::int64_t key) override;
    /// Something of it has changed, but not its record.
    void read_anew(std::int64_t key);
    /// Learns anew which items are disabled, and so hidden. @error as of the store
    [[nodiscard]] Result<void> read_hidden();

  private:
    [[nodiscard]] evidence::KnownItemPtr recent(std::int64_t key);
    [[nodiscard]] Result<std::vector<evidence::KnownItemPtr>> read(
        std::span<const std::int64_t> keys) const;
    void keep(const evidence::KnownItemPtr& item);
    [[nodiscard]] bool hides(std::int64_t key) const;

    const store::Catalogue& store_;
    DamageLedger& damage_;
    std::size_t most_recent_frames_;
    mutable std::mutex mutex_;  ///< guards what follows
    store::Catalogue::DisabledItems hidden_;
    std::uint64_t forgotten_ = 0;  ///< items, how often
    Items recent_;
    Items older_;  ///< dropped when `recent_` is full
    std::size_t recent_frames_ = 0;
};

}  // namespace refrain::corpus
