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
#include "index/live_local_index.h"

namespace refrain::evidence {

/// A local code of the query that looks like one of a known picture.
struct LocalPointHit {
    std::int64_t key = 0;
    std::uint32_t picture = 0;  ///< as of `picture_at`
    std::uint32_t point = 0;    ///< index into LocalFrame::points
    std::uint32_t query = 0;    ///< index into the searched codes
    int distance = 0;
};

/// Evidence by local features: a code for each point of a known picture.
class LocalChannel final : public Channel {
  public:
    static constexpr std::string_view kSnapshotName = "local.snapshot";

    /// @param items  outlives the channel
    LocalChannel(const ChannelOptions& options, ItemSource& items);

    [[nodiscard]] std::string_view name() const override { return "local"; }
    [[nodiscard]] bool serves(const Fingerprint& query) const override;

    [[nodiscard]] Result<void> add(const KnownItem& item) override;
    [[nodiscard]] Result<void> add_in_bulk(const KnownItem& item) override;
    [[nodiscard]] Result<void> finish_bulk() override;
    [[nodiscard]] Result<void> remove(std::int64_t key) override;
    void clear() override;

    [[nodiscard]] bool load(const std::stop_token& stop) override;
    void save_if_due(const std::stop_token& stop) override;
    void count_added(const Fingerprint& fingerprint) override;
    [[nodiscard]] bool has_added_much() const override { return saved_.would_be_due(added_work_); }

    [[nodiscard]] bool has_sample(const Query& query) const override;
    [[nodiscard]] std::unique_ptr<ChannelSearch> search(const Query& query,
                                                        const FindOptions& options,
                                                        Depth depth) const override;
    [[nodiscard]] std::size_t codes() const override { return index_.codes(); }
    void add_stats(CorpusStats& stats) const override;

    [[nodiscard]] std::size_t pictures() const { return index_.pictures(); }
    /// The lists that are looked through for a code that has to be found; 0051 of docs/decisions.
    static constexpr int kLists = 8;

    /// Stored codes near each query code, by query and distance; the nearest ones.
    /// @param lists  looked through for each code, >= 1: fewer cost less and find less
    [[nodiscard]] Result<std::vector<LocalPointHit>> near_points(std::span<const Hash256> queries,
                                                                 int lists = kLists) const;
    /// The same among the codes whose signatures are nearest, and of pictures that have two of
    /// them: in a fraction of the time where many codes are known, and touching few of them.
    /// Source: docs/decisions/0046-signatures-of-local-codes.md.
    [[nodiscard]] Result<std::vector<LocalPointHit>> likely_near_points(
        std::span<const Hash256> queries,
        int lists = kLists) const;

  private:
    [[nodiscard]] Result<std::vector<LocalPointHit>> hits_of(
        std::span<const Hash256> queries,
        const index::LocalSearchOptions& options) const;

    int threads_;
    ItemSource& items_;
    index::LiveLocalIndex index_;
    std::vector<index::LocalPicture> bulk_pictures_;
    std::size_t bulk_codes_ = 0;
    std::atomic<std::size_t> added_work_ = 0;  ///< as SavedIndex counts it
    SavedIndex saved_;
};

}  // namespace refrain::evidence
