#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "refrain/api.h"
#include "refrain/corpus.h"
#include "refrain/result.h"

namespace refrain {

/// Which duplicates are looked for. Thread safety: a value.
struct DuplicateOptions {
    std::vector<std::string> banks;  ///< items of these, among each other; empty: all
    double min_score = kDefaultMinScore;
    int max_matches = 100;  ///< of one item, >= 1: the surest
};

/// Two items of a corpus that show the same.
struct DuplicatePair {
    std::string first;   ///< id, before `second` in byte order
    std::string second;  ///< id
    double score = 0;    ///< the greater of both directions; as of Match
};

/// The items that pairs join, directly or through others.
struct DuplicateGroup {
    std::vector<std::string> ids;  ///< in byte order, at least two
    double least_score = 0;        ///< of its pairs
};

/// All duplicates of a corpus.
///
/// A pair or an item that could not be judged is counted and never passed over in silence: with
/// `bounded` or `damaged` above 0 there may be more pairs than these.
struct Duplicates {
    std::vector<DuplicatePair> pairs;    ///< in falling score, ties by ids
    std::vector<DuplicateGroup> groups;  ///< the largest first, ties by their first id
    std::uint64_t items = 0;             ///< that were looked up
    std::uint64_t bounded = 0;  ///< look-ups that a bound of the search or `max_matches` cut short
    std::uint64_t damaged = 0;  ///< items that could not be read
};

/// Finds near duplicates inside a corpus.
///
/// Each item is looked up by what is remembered of it. That is its pictures as they are, so copies
/// that are mirrored or turned are found by local features alone, and less surely than `find` finds
/// an upload.
///
///     const Result<Duplicates> found = find_duplicates(*corpus);
///     for (const DuplicatePair& pair : found->pairs) {
///         std::cout << pair.first << ' ' << pair.second << ' ' << pair.score << '\n';
///     }
///
/// @param progress  counts the items that were looked up
///
/// @error kCancelled, kUnknownBank, kInvalidArgument, kCorpusDamaged, kCorpusBusy
///
/// Cost: a look-up an item. Memory: the pairs, and one item. Thread safety: as of Corpus.
[[nodiscard]] REFRAIN_API Result<Duplicates> find_duplicates(const Corpus& corpus,
                                                             const DuplicateOptions& options = {},
                                                             const std::stop_token& stop = {},
                                                             const CountProgress& progress = {});

}  // namespace refrain
