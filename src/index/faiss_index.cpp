#include <memory>
#include <vector>

#include "index/faiss_segment.h"
#include "index/hash_segments.h"

namespace refrain::index {

std::unique_ptr<HashIndex> make_faiss_segments(const FaissRecipe& recipe, int threads) {
    SegmentedOptions options;
    options.threads = threads;
    options.tail_codes = 4096;
    options.segment_codes = FaissSegment::kMaxCodes;
    options.merging = Merging::kBackground;
    return std::make_unique<HashSegments<FaissKind>>(options, FaissKind(recipe, threads),
                                                     std::vector<FaissPart>());
}

std::unique_ptr<HashIndex> make_flat_index(int threads) {
    return make_faiss_segments(FaissRecipe::interleaved().value(), threads);
}

std::unique_ptr<HashIndex> make_faiss_index(int threads) {
    return make_faiss_segments(FaissRecipe::parse("BFlat").value(), threads);
}

}  // namespace refrain::index
