#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "refrain/result.h"

#include "evidence/item_source.h"

namespace refrain::evidence {

/// Tells media that show the same throughout from media that merely share a part: encodings of one
/// film from films that begin with one title card. Only the latter say that what is shared tells
/// nothing.
///
/// Two films are related if the shorter looks like the other one for half of its time, or if half
/// of its pictures are seen in the other by their points, as in crops and mirrored copies. A
/// picture is related to whatever shows it as a whole, if both have points enough to be told apart
/// by. The same bytes are always related.
///
/// Cost: at most kMostRead items are read, and others are not counted; at most kMostPairs pairs of
/// items are compared, by at most kSampled x kCompared codes each and, of films, 192 points with
/// those of 64 pictures (some milliseconds), and others are unrelated. Thread safety: one thread at
/// a time. Source: docs/decisions/0061-what-many-items-share.md.
class RelatedMedia {
  public:
    static constexpr std::size_t kMostRead = 128;
    static constexpr std::size_t kMostPairs = 2048;
    static constexpr std::size_t kSampled = 64;
    static constexpr std::size_t kCompared = 2048;
    /// No more are counted: the score makes no difference from there on.
    static constexpr std::size_t kMostCounted = 32;

    /// @param items  outlives this
    explicit RelatedMedia(ItemSource& items) : items_(items) {}

    /// Whether two items are related. Items that are no longer there are not.
    /// @error kUnreadable
    [[nodiscard]] Result<bool> are_related(std::int64_t a, std::int64_t b);

    /// How many of some items are unrelated to each other: each is counted that is related to none
    /// counted before, those with most frames first. At most kMostCounted.
    /// @error kUnreadable
    [[nodiscard]] Result<std::size_t> unrelated(const std::set<std::int64_t>& keys);

    /// An item, read once. @return null: it is no longer there, or too many were read
    /// @error kUnreadable
    [[nodiscard]] Result<KnownItemPtr> item(std::int64_t key);

  private:
    ItemSource& items_;
    std::map<std::int64_t, KnownItemPtr> read_;
    std::map<std::pair<std::int64_t, std::int64_t>, bool> pairs_;
    std::map<std::set<std::int64_t>, std::size_t> counts_;
};

}  // namespace refrain::evidence
