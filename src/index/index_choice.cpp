#include "index/index_choice.h"

#include <utility>

namespace refrain::index {

Result<IndexChoice> IndexChoice::parse(std::string_view name) {
    constexpr std::string_view kFaiss = "faiss:";
    IndexChoice choice;
    choice.name_ = name;
    if (name == "live") {
        return choice;
    }
    if (name != "flat" && !name.starts_with(kFaiss)) {
        return Error{ErrorCode::kInvalidArgument, "there is no index \"" + std::string(name) +
                                                      "\"; there are live, flat and "
                                                      "faiss:DESCRIPTION"};
    }
    Result<FaissRecipe> recipe = name == "flat" ? FaissRecipe::interleaved()
                                                : FaissRecipe::parse(name.substr(kFaiss.size()));
    if (!recipe) {
        return recipe.error();
    }
    choice.recipe_ = std::move(recipe).value();
    return choice;
}

std::unique_ptr<HashIndex> IndexChoice::make(int threads) const {
    return recipe_ ? make_faiss_segments(*recipe_, threads) : make_live_index(threads);
}

}  // namespace refrain::index
