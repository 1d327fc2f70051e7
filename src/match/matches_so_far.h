#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "refrain/verdict.h"

#include "evidence/query.h"
#include "match/match_item.h"

namespace refrain::match {

/// The best match of each item, while one kind of evidence after the other is asked.
///
/// Thread safety: one thread at a time.
class MatchesSoFar {
  public:
    explicit MatchesSoFar(const MatchRules& rules = kMatchRules) : rules_(rules) {}

    /// Keeps the better match of an item. One with places stands whatever its score: places may
    /// contradict what whole frames said without them.
    void offer(std::int64_t key, ItemMatch found, bool has_places);

    /// Whether matches in a bank, each with a score of at least `least`, explain a part of the
    /// query: a picture, or nearly all of a film's time.
    [[nodiscard]] bool explain(const evidence::Query& part,
                               const std::string& bank,
                               double least) const;

    /// The score of a match from which on its evidence is believed: a `least` for `explain`.
    [[nodiscard]] double sure_score() const { return rules_.sure_score; }

    [[nodiscard]] std::size_t size() const { return best_.size(); }
    [[nodiscard]] bool contains(std::int64_t key) const { return best_.contains(key); }
    /// All of them, by key; leaves nothing behind.
    [[nodiscard]] std::vector<Match> take();

  private:
    const MatchRules& rules_;
    std::map<std::int64_t, ItemMatch> best_;
};

}  // namespace refrain::match
