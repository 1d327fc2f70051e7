#pragma once

#include <memory>
#include <string_view>

#include "index/faiss_recipe.h"

/// The door between librefrain.so and `refrain-faiss.so`, which holds FAISS and what is built on
/// it. FAISS needs BLAS, whose libraries take 4 ms to load and start threads: a program whose
/// corpus has the default index never loads them. Source: docs/decisions/0011.
namespace refrain::index::faiss_module {

/// The functions behind the door. Both sides are of the same build.
struct Table {
    const char* version;  ///< REFRAIN_VERSION
    decltype(&FaissRecipe::interleaved) interleaved;
    decltype(&FaissRecipe::parse) parse;
    decltype(&make_faiss_segments) make_segments;
};

/// Name of the function in the module: `const void* ()`.
inline constexpr const char* kTableSymbol = "refrain_faiss";

}  // namespace refrain::index::faiss_module
