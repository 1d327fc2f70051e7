#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "evidence/channel.h"
#include "evidence/channels.h"
#include "evidence/saved_index.h"
#include "index/hash_index.h"
#include "index/index_choice.h"

namespace refrain::evidence {

/// A searched code within the radius of a frame of a known item.
struct FrameHit {
    std::int64_t key = 0;
    std::uint32_t query = 0;  ///< index into the searched codes
    std::uint32_t frame = 0;  ///< as of `frame_at`
    int distance = 0;
};

/// Evidence by whole frames: a code for each frame with enough detail.
class FramesChannel final : public Channel {
  public:
    static constexpr std::string_view kSnapshotName = "index.snapshot";

    /// @param items  outlives the channel
    FramesChannel(const ChannelOptions& options, index::IndexChoice choice, ItemSource& items);

    [[nodiscard]] std::string_view name() const override { return "frames"; }
    /// Any: a query without frames finds nothing, which costs nothing.
    [[nodiscard]] bool serves(const Fingerprint& /*query*/) const override { return true; }

    [[nodiscard]] Result<void> add(const KnownItem& item) override;
    [[nodiscard]] Result<void> add_in_bulk(const KnownItem& item) override;
    [[nodiscard]] Result<void> finish_bulk() override;
    [[nodiscard]] Result<void> remove(std::int64_t key) override;
    void clear() override;

    [[nodiscard]] bool load(const std::stop_token& stop) override;
    void save_if_due(const std::stop_token& stop) override;
    void count_added(const Fingerprint& fingerprint) override;
    [[nodiscard]] bool has_added_much() const override { return saved_.would_be_due(added_work_); }

    [[nodiscard]] bool has_sample(const Query& /*query*/) const override { return false; }
    [[nodiscard]] std::unique_ptr<ChannelSearch> search(const Query& query,
                                                        const FindOptions& options,
                                                        Depth depth) const override;
    [[nodiscard]] std::size_t codes() const override { return index_->size(); }
    void add_stats(CorpusStats& stats) const override;

    /// Every code within verdict::kMaxDistance of a query code, by query, key and frame.
    [[nodiscard]] Result<std::vector<FrameHit>> near_codes(std::span<const Hash256> queries) const;

  private:
    index::IndexChoice choice_;
    int threads_;
    ItemSource& items_;
    std::unique_ptr<index::HashIndex> index_;
    std::vector<Hash256> bulk_codes_;
    std::vector<index::CodeId> bulk_ids_;
    std::atomic<std::size_t> added_work_ = 0;  ///< as SavedIndex counts it
    SavedIndex saved_;
};

}  // namespace refrain::evidence
