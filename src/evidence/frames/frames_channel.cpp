#include "evidence/frames/frames_channel.h"

#include <optional>
#include <utility>

#include "evidence/frames/seed_search.h"
#include "index/hash_snapshot.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

constexpr std::uint64_t kCodeRules =
    std::uint64_t{3} << 32 | static_cast<std::uint64_t>(verdict::kLeastSearchedQuality);

// A code costs 0.1 to 0.3 us to write, and some four times as much to take over.
SavedKind saved_kind() {
    return {FramesChannel::kSnapshotName, index::kHashSnapshot, kCodeRules, 96, 4};
}

}  // namespace

FramesChannel::FramesChannel(const ChannelOptions& options,
                             index::IndexChoice choice,
                             ItemSource& items)
    : items_(items), index_(options, std::move(choice), CodeKind::kAreaMeans, saved_kind()) {}

void FramesChannel::clear() {
    index_.clear();
    set_sequence(0);
}

bool FramesChannel::load(const std::stop_token& stop) {
    const std::optional<std::uint64_t> sequence = index_.load(stop);
    if (sequence) {
        set_sequence(*sequence);
    }
    return sequence.has_value();
}

std::unique_ptr<ChannelSearch> FramesChannel::search(const Query& query,
                                                     const FindOptions& options,
                                                     Depth /*depth*/) const {
    return std::make_unique<SeedSearch>(index_, items_, query, options);
}

void FramesChannel::add_stats(CorpusStats& stats) const {
    index_.add_stats(stats);
    stats.index = index_.choice().name();
    stats.is_index_exact = index_.choice().is_exact(verdict::kMaxDistance);
}

}  // namespace refrain::evidence
