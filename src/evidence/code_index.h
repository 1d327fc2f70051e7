#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/corpus.h"

#include "evidence/channels.h"
#include "evidence/known_item.h"
#include "evidence/saved_index.h"
#include "index/hash_index.h"
#include "index/index_choice.h"

namespace refrain::evidence {

/// A searched code within the radius of a frame of a known item.
struct FrameHit {
    std::int64_t key = 0;
    std::uint32_t query = 0;  ///< index into the searched codes
    std::uint32_t frame = 0;  ///< number of the code in its item, as of CodeSource
    int distance = 0;
};

/// The items that were hit.
[[nodiscard]] std::set<std::int64_t> items_of(std::span<const FrameHit> hits);

/// Which codes of an item an index holds.
enum class CodeSource : std::uint8_t {
    kFrames,  ///< of its whole frames, numbered as of `frame_at`
    kEdges,   ///< LocalFrame::edges of its pictures, numbered as of `picture_at`
};

/// The codes of whole frames of all items whose codes are of one kind, in an index with its
/// snapshot. What channels of whole frames have in common; their functions of the same names say
/// what these do.
///
/// Thread safety: as of Channel.
class CodeIndex {
  public:
    CodeIndex(const ChannelOptions& options,
              index::IndexChoice choice,
              CodeKind kind,
              CodeSource source,
              const SavedKind& saved);

    [[nodiscard]] Result<void> add(const KnownItem& item);
    [[nodiscard]] Result<void> add_in_bulk(const KnownItem& item);
    [[nodiscard]] Result<void> finish_bulk();
    [[nodiscard]] Result<void> remove(std::int64_t key);
    void clear();

    /// @return the last change that the snapshot holds; nothing: there is none
    [[nodiscard]] std::optional<std::uint64_t> load(const std::stop_token& stop);
    void save_if_due(std::uint64_t sequence, const std::stop_token& stop);
    void count_added(const Fingerprint& fingerprint);
    [[nodiscard]] bool has_added_much() const { return saved_.would_be_due(added_work_); }

    [[nodiscard]] std::size_t codes() const { return index_->size(); }
    /// Adds counts and sizes.
    void add_stats(CorpusStats& stats) const;
    [[nodiscard]] const index::IndexChoice& choice() const { return choice_; }

    /// Every code within `radius` bits of a query code, by query, key and frame.
    [[nodiscard]] Result<std::vector<FrameHit>> near_codes(std::span<const Hash256> queries,
                                                           int radius) const;

  private:
    void gather(const KnownItem& item);

    index::IndexChoice choice_;
    CodeKind kind_;
    CodeSource source_;
    int threads_;
    std::unique_ptr<index::HashIndex> index_;
    std::vector<Hash256> bulk_codes_;
    std::vector<index::CodeId> bulk_ids_;
    std::atomic<std::size_t> added_work_ = 0;  ///< as SavedIndex counts it
    SavedIndex saved_;
};

}  // namespace refrain::evidence
