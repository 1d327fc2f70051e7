#include "evidence/frames/frames_channel.h"

#include <utility>

#include "evidence/frames/seed_search.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

constexpr std::uint64_t kCodeRules =
    std::uint64_t{3} << 32 | static_cast<std::uint64_t>(verdict::kLeastSearchedQuality);

}  // namespace

FramesChannel::FramesChannel(const ChannelOptions& options,
                             index::IndexChoice choice,
                             ItemSource& items)
    : CodeChannel(options,
                  std::move(choice),
                  items,
                  CodeKind::kAreaMeans,
                  CodeSource::kFrames,
                  {kSnapshotName, kCodeRules}) {}

std::unique_ptr<ChannelSearch> FramesChannel::search(const Query& query,
                                                     const FindOptions& options,
                                                     Depth /*depth*/) const {
    return std::make_unique<SeedSearch>(index(), items(), query, options);
}

void FramesChannel::add_stats(CorpusStats& stats) const {
    CodeChannel::add_stats(stats);
    stats.index = index().choice().name();
    stats.is_index_exact = index().choice().is_exact(verdict::kMaxDistance);
}

}  // namespace refrain::evidence
