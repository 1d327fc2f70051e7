#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
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

/// How LocalChannel::likely_near_points asks among so many codes.
[[nodiscard]] index::LocalSearchOptions likely_options(std::size_t known_codes,
                                                       int lists,
                                                       std::size_t frames);

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
    [[nodiscard]] bool is_damaged() const override { return epoch_ % 2 == 1; }
    void set_sound() override { epoch_ += epoch_ % 2; }

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
    /// them: in a fraction of the time where many codes are known, and touching few of them. Where
    /// very many are known, more lists and only a part of each are looked through.
    /// @param frames  that the codes are of, >= 1: the more, the more known pictures are looked at
    /// Source: docs/decisions/0046-signatures-of-local-codes.md, 0047-cells-of-signatures.md.
    [[nodiscard]] Result<std::vector<LocalPointHit>>
    likely_near_points(std::span<const Hash256> queries, int lists, std::size_t frames) const;

  private:
    [[nodiscard]] Result<index::SnapshotWritten> write(const index::LocalState& state,
                                                       const std::filesystem::path& file,
                                                       const index::SnapshotTag& tag,
                                                       const std::stop_token& stop);
    [[nodiscard]] Result<std::vector<LocalPointHit>> hits_of(
        std::span<const Hash256> queries,
        const index::LocalSearchOptions& options) const;

    /// Gives back what it is given, and notes where it tells of damage.
    template <typename T>
    [[nodiscard]] Result<T> noted(Result<T> result) const;

    ItemSource& items_;
    index::LiveLocalIndex index_;
    std::vector<index::LocalPicture> bulk_pictures_;
    std::size_t bulk_codes_ = 0;
    std::atomic<std::size_t> added_work_ = 0;  ///< as SavedIndex counts it
    /// Odd while the index is damaged or filled anew: what is answered meanwhile is no answer.
    mutable std::atomic<unsigned> epoch_ = 0;
    SavedIndex saved_;
};

}  // namespace refrain::evidence
