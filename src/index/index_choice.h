#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "refrain/result.h"

#include "index/faiss_recipe.h"
#include "index/hash_index.h"

namespace refrain::index {

/// Which index of whole-frame codes to use, by name: "live" (tables, sublinear), "flat" (our exact
/// scan) or "faiss:DESCRIPTION" (what FAISS makes of it: see FaissRecipe::parse).
///
/// Thread safety: a value; const calls may run beside each other.
class IndexChoice {
  public:
    /// @error kInvalidArgument  there is none of this name
    [[nodiscard]] static Result<IndexChoice> parse(std::string_view name);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// Whether every code within `radius` of a query is found. Exact ones all give the same
    /// answers.
    [[nodiscard]] bool is_exact(int radius) const { return !recipe_ || recipe_->is_exact(radius); }
    /// Whether it can begin with the parts of a snapshot, and is worth one.
    [[nodiscard]] bool is_live() const { return !recipe_; }

    /// An empty index that merges in the background. @param threads  of one search, >= 1
    [[nodiscard]] std::unique_ptr<HashIndex> make(int threads) const;

  private:
    std::string name_ = "live";
    std::optional<FaissRecipe> recipe_;  ///< none: live
};

}  // namespace refrain::index
