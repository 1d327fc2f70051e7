#pragma once

#include "refrain/corpus.h"

#include "corpus/known_set.h"

namespace refrain::corpus {

/// Looks a fingerprint up in what is known: same bytes first, else frames of all its views, and,
/// unless these explain it, local features.
///
/// Cost: codes of the query x a part of the codes known, then O(hits log hits) and what
/// `search_local` says. Thread safety: safe beside other const uses of `known`. @error
/// kInvalidArgument, kInternal
[[nodiscard]] Result<FindAnswer> look_up(const KnownSet& known,
                                         const Fingerprint& query,
                                         const FindOptions& options);

}  // namespace refrain::corpus
