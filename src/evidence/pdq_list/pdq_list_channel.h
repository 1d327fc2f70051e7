#pragma once

#include <memory>
#include <string_view>

#include "evidence/code_channel.h"

namespace refrain::evidence {

/// Evidence by hash lists: items of which nothing is known but the exact PDQ codes of a picture, or
/// of frames of a film. Compares them with the exact codes of a query; with its other codes, which
/// find less, where it has none.
///
/// Source: docs/decisions/0044-exact-codes.md.
class PdqListChannel final : public CodeChannel {
  public:
    static constexpr std::string_view kSnapshotName = "lists.snapshot";

    /// @param items  outlives the channel
    PdqListChannel(const ChannelOptions& options, index::IndexChoice choice, ItemSource& items);

    [[nodiscard]] std::string_view name() const override { return "hash lists"; }
    [[nodiscard]] CodeKind codes_of_query() const override { return CodeKind::kExactPdq; }
    /// A list is to be answered whatever else is known of a picture; the search costs little.
    [[nodiscard]] bool may_be_spared() const override { return false; }
    [[nodiscard]] std::unique_ptr<ChannelSearch> search(const Query& query,
                                                        const FindOptions& options,
                                                        Depth depth) const override;
};

}  // namespace refrain::evidence
