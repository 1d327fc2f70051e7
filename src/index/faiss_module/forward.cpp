// Stands in librefrain.so for the functions of faiss_module/faiss_table.h: loads `refrain-faiss.so`
// when one is first called and passes the call on. Tests and benchmarks are linked with the
// functions themselves.
#include "base/check.h"
#include "base/module.h"
#include "index/faiss_module/faiss_table.h"

namespace refrain::index {

namespace {

Result<const faiss_module::Table*> load() {
    const Result<const void*> table =
        base::load_module("refrain-faiss.so", faiss_module::kTableSymbol, "FAISS");
    return table
               ? Result<const faiss_module::Table*>(static_cast<const faiss_module::Table*>(*table))
               : table.error();
}

const Result<const faiss_module::Table*>& table() {
    static const Result<const faiss_module::Table*> loaded = load();
    return loaded;
}

}  // namespace

Result<FaissRecipe> FaissRecipe::interleaved() {
    return table() ? (*table())->interleaved() : Result<FaissRecipe>(table().error());
}

Result<FaissRecipe> FaissRecipe::parse(std::string_view description) {
    return table() ? (*table())->parse(description) : Result<FaissRecipe>(table().error());
}

std::unique_ptr<HashIndex> make_faiss_segments(const FaissRecipe& recipe, int threads) {
    REFRAIN_CHECK(table());  // which made the recipe
    return (*table())->make_segments(recipe, threads);
}

}  // namespace refrain::index
