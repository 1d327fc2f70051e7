#include "evidence/edges/edges_channel.h"

#include <algorithm>
#include <utility>

#include "evidence/edges/edge_search.h"

namespace refrain::evidence {

namespace {

// Of the layout of codes and ids; no other index has the same.
constexpr std::uint64_t kCodeRules = std::uint64_t{1} << 49 | 1;

bool has_edges(const Fingerprint& part) {
    return part.media.kind == MediaKind::kImage &&
           std::any_of(part.local.begin(), part.local.end(),
                       [](const LocalFrame& picture) { return picture.edges.has_value(); });
}

}  // namespace

EdgesChannel::EdgesChannel(const ChannelOptions& options,
                           index::IndexChoice choice,
                           ItemSource& items)
    : CodeChannel(options,
                  std::move(choice),
                  items,
                  CodeKind::kAreaMeans,
                  CodeSource::kEdges,
                  {kSnapshotName, kCodeRules}) {}

bool EdgesChannel::serves(const Fingerprint& query) const {
    return has_edges(query) ||
           std::any_of(query.more_parts.begin(), query.more_parts.end(), has_edges);
}

std::unique_ptr<ChannelSearch> EdgesChannel::search(const Query& query,
                                                    const FindOptions& options,
                                                    Depth /*depth*/) const {
    return std::make_unique<EdgeSearch>(index(), items(), query, options);
}

void EdgesChannel::add_stats(CorpusStats& stats) const {
    CorpusStats own;
    CodeChannel::add_stats(own);
    stats.index_bytes += own.index_bytes;
    stats.snapshot_bytes += own.snapshot_bytes;
}

}  // namespace refrain::evidence
