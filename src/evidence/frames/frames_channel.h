#pragma once

#include <memory>
#include <string_view>

#include "evidence/code_channel.h"

namespace refrain::evidence {

/// Evidence by whole frames: a code for each frame with enough detail.
class FramesChannel final : public CodeChannel {
  public:
    static constexpr std::string_view kSnapshotName = "index.snapshot";

    /// @param items  outlives the channel
    FramesChannel(const ChannelOptions& options, index::IndexChoice choice, ItemSource& items);

    [[nodiscard]] std::string_view name() const override { return "frames"; }
    [[nodiscard]] std::unique_ptr<ChannelSearch> search(const Query& query,
                                                        const FindOptions& options,
                                                        Depth depth) const override;
    void add_stats(CorpusStats& stats) const override;
};

}  // namespace refrain::evidence
