#include "index/live_index.h"

#include <utility>

#include "base/check.h"

namespace refrain::index {

template class HashSegments<TableKind>;

std::shared_ptr<const TableSegment> TableKind::make(LooseCodes loose,
                                                    int threads,
                                                    const std::stop_token& stop) const {
    return std::make_shared<const TableSegment>(std::move(loose), table_codes_, threads, stop);
}

std::shared_ptr<const TableSegment> TableKind::merge(std::span<const LivePart> parts,
                                                     const std::stop_token& stop) const {
    LooseCodes loose = live_codes_of(parts);
    return loose.codes.empty() ? nullptr : make(std::move(loose), 1, stop);
}

LiveIndex::LiveIndex(const LiveOptions& options, std::vector<LivePart> parts)
    : HashSegments(options, TableKind(options.table_codes), std::move(parts)), options_(options) {
    REFRAIN_CHECK(options.tail_codes >= 1);
}

LiveOptions live_options(int threads) {
    LiveOptions options;
    options.threads = threads;
    options.merging = Merging::kBackground;
    return options;
}

std::unique_ptr<HashIndex> make_live_index(int threads) {
    return std::make_unique<LiveIndex>(live_options(threads));
}

}  // namespace refrain::index
