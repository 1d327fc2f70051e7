#pragma once

#include <string>
#include <vector>

#include "refrain/corpus.h"

#include "evidence/known_set.h"

namespace refrain::corpus {

struct LookUpRequest {
    FindOptions options;
    /// The banks that are asked for by name: with options.banks, these; else all that there are.
    std::vector<std::string> banks;
};

/// Looks a fingerprint up in what is known: the same bytes, frames of all its views and, unless
/// sure matches in each bank explain it, local features.
///
/// An item with the same bytes hides no other: with Effort::kFast alone the search ends there, and
/// only if each bank has such an item.
///
/// Cost: codes of the query x a part of the codes known, then O(hits log hits) and what
/// `search_local` says. Thread safety: safe beside other const uses of `known`. @error
/// kInvalidArgument, kInternal
[[nodiscard]] Result<FindAnswer> look_up(const evidence::KnownSet& known,
                                         const Fingerprint& query,
                                         const LookUpRequest& request);

}  // namespace refrain::corpus
