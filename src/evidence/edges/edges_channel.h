#pragma once

#include <memory>
#include <string_view>

#include "evidence/code_channel.h"

namespace refrain::evidence {

/// Evidence by edges: a code for each known picture, of where it has edges. For pictures that were
/// redrawn so that neither whole frames nor local features know them.
/// Source: docs/decisions/0078-edge-codes.md.
class EdgesChannel final : public CodeChannel {
  public:
    static constexpr std::string_view kSnapshotName = "edges.snapshot";

    /// @param items  outlives the channel
    EdgesChannel(const ChannelOptions& options, index::IndexChoice choice, ItemSource& items);

    [[nodiscard]] std::string_view name() const override { return "edges"; }
    [[nodiscard]] bool serves(const Fingerprint& query) const override;
    [[nodiscard]] std::unique_ptr<ChannelSearch> search(const Query& query,
                                                        const FindOptions& options,
                                                        Depth depth) const override;
    /// Its codes stand beside those of the pictures, and are not counted again.
    void add_stats(CorpusStats& stats) const override;
};

}  // namespace refrain::evidence
