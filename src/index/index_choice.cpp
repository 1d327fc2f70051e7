#include "index/index_choice.h"

#include <utility>
#include <vector>

#include <faiss/Index.h>

#include "index/hash_segments.h"

namespace refrain::index {

namespace {

std::unique_ptr<HashIndex> make_segments(const FaissRecipe& recipe, int threads) {
    SegmentedOptions options;
    options.threads = threads;
    options.tail_codes = 4096;
    options.segment_codes = FaissSegment::kMaxCodes;
    options.merging = Merging::kBackground;
    return std::make_unique<HashSegments<FaissKind>>(options, FaissKind(recipe, threads),
                                                     std::vector<FaissPart>());
}

}  // namespace

Result<IndexChoice> IndexChoice::parse(std::string_view name) {
    constexpr std::string_view kFaiss = "faiss:";
    IndexChoice choice;
    choice.name_ = name;
    if (name == "live") {
        return choice;
    }
    if (name == "flat") {
        choice.recipe_ = FaissRecipe::interleaved();
        return choice;
    }
    if (!name.starts_with(kFaiss)) {
        return Error{ErrorCode::kInvalidArgument, "there is no index \"" + std::string(name) +
                                                      "\"; there are live, flat and "
                                                      "faiss:DESCRIPTION"};
    }
    Result<FaissRecipe> recipe = FaissRecipe::parse(name.substr(kFaiss.size()));
    if (!recipe) {
        return recipe.error();
    }
    choice.recipe_ = std::move(recipe).value();
    return choice;
}

std::unique_ptr<HashIndex> IndexChoice::make(int threads) const {
    return recipe_ ? make_segments(*recipe_, threads) : make_live_index(threads);
}

std::unique_ptr<HashIndex> make_flat_index(int threads) {
    return make_segments(FaissRecipe::interleaved(), threads);
}

std::unique_ptr<HashIndex> make_faiss_index(int threads) {
    return make_segments(FaissRecipe::parse("BFlat").value(), threads);
}

std::string faiss_version() {
    return std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
           std::to_string(FAISS_VERSION_PATCH);
}

}  // namespace refrain::index
