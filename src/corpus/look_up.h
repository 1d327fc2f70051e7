#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "refrain/corpus.h"

#include "corpus/policy.h"
#include "evidence/channels.h"
#include "evidence/item_source.h"

namespace refrain::corpus {

struct LookUpRequest {
    FindOptions options;
    /// The banks that are asked for by name: with options.banks, these; else all that there are.
    std::vector<std::string> banks;
    std::stop_token stop;
    const Policy* policy = nullptr;  ///< borrowed; null: matches are not judged
};

/// What a look-up reads. Borrows both.
struct KnownMedia {
    const evidence::Channels& channels;  ///< the cheapest first; those that are open are asked
    evidence::ItemSource& items;
};

/// Looks a fingerprint up in what is known: the same bytes, and then one kind of evidence after the
/// other, for the parts that no sure matches in each bank explain.
///
/// An item with the same bytes hides no other: with Effort::kFast alone the search ends there, and
/// only if each bank has such an item.
///
/// Cost: that of the searches, and then for each item that they found that of `match_item`.
/// Thread safety: safe to share. @error kInvalidArgument, kCancelled, kInternal
[[nodiscard]] Result<FindAnswer> look_up(const KnownMedia& known,
                                         const Fingerprint& query,
                                         const LookUpRequest& request);

}  // namespace refrain::corpus
