#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "evidence/channel.h"
#include "evidence/channels.h"
#include "evidence/code_index.h"
#include "index/index_choice.h"

namespace refrain::evidence {

/// Evidence by hash lists: items of which nothing is known but the exact PDQ codes of a picture, or
/// of frames of a film. Compares them with the exact codes of a query; with its other codes, which
/// find less, where it has none.
///
/// Source: docs/decisions/0044-exact-codes.md.
class PdqListChannel final : public Channel {
  public:
    static constexpr std::string_view kSnapshotName = "lists.snapshot";

    /// @param items  outlives the channel
    PdqListChannel(const ChannelOptions& options, index::IndexChoice choice, ItemSource& items);

    [[nodiscard]] std::string_view name() const override { return "hash lists"; }
    [[nodiscard]] CodeKind codes_of_query() const override { return CodeKind::kExactPdq; }
    /// A list is to be answered whatever else is known of a picture; the search costs little.
    [[nodiscard]] bool may_be_spared() const override { return false; }
    [[nodiscard]] bool serves(const Fingerprint& /*query*/) const override { return true; }

    [[nodiscard]] Result<void> add(const KnownItem& item) override { return index_.add(item); }
    [[nodiscard]] Result<void> add_in_bulk(const KnownItem& item) override {
        return index_.add_in_bulk(item);
    }
    [[nodiscard]] Result<void> finish_bulk() override { return index_.finish_bulk(); }
    [[nodiscard]] Result<void> remove(std::int64_t key) override { return index_.remove(key); }
    void clear() override;

    [[nodiscard]] bool load(const std::stop_token& stop) override;
    void save_if_due(const std::stop_token& stop) override { index_.save_if_due(sequence(), stop); }
    void count_added(const Fingerprint& fingerprint) override { index_.count_added(fingerprint); }
    [[nodiscard]] bool has_added_much() const override { return index_.has_added_much(); }

    [[nodiscard]] bool has_sample(const Query& /*query*/) const override { return false; }
    [[nodiscard]] std::unique_ptr<ChannelSearch> search(const Query& query,
                                                        const FindOptions& options,
                                                        Depth depth) const override;
    [[nodiscard]] std::size_t codes() const override { return index_.codes(); }
    void add_stats(CorpusStats& stats) const override { index_.add_stats(stats); }

  private:
    ItemSource& items_;
    CodeIndex index_;
};

}  // namespace refrain::evidence
