#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/corpus.h"

#include "align/picture_match.h"
#include "evidence/item_source.h"
#include "evidence/local/local_channel.h"

/// Whether a query is worth asking about with all its points.
///
/// Source: docs/decisions/0059-first-look.md, among many 0064-votes-at-scale.md; of films
/// 0079-films-ask-in-stages.md and 0013-what-a-benign-film-costs.md.
namespace refrain::evidence {

/// What decides it. A test fails where `promising`, or what decides of films, is halved or doubled.
struct FirstLookRules {
    int lists = 2;  ///< looked through for each point that asks first
    /// With fewer known codes as many lists are looked through as for all points: it costs little.
    std::size_t few_codes = 100'000;
    /// A query with fewer points is asked about with all of them at once.
    std::size_t fewest_points = 600;
    /// -log10 of the share of unrelated pairs of points that agree with another such pair.
    double agreement = 2.85;
    /// Pixels, of either picture, that two pairs must be apart to count as two.
    float apart = 8;
    /// -log10 of the chance that an unrelated picture promises as much, from which on a picture is
    /// looked at. It does not grow with the number of known ones: whether all points ask is decided
    /// by the closer look, and as few are looked at however many promise something.
    double promising = 1.0;
    std::size_t groups = 16;          ///< those with most votes are looked at
    std::size_t pictures = 4;         ///< of each, those with most votes
    std::size_t most_confirmed = 16;  ///< promising ones that are compared with all points
    /// What one item has beyond chance in all frames of a film, as of `rank_items`, from which on
    /// the items with most votes are looked at.
    double film_votes = 2.0;
    /// And from which on all points ask, whatever these items show.
    double sure_film_votes = 5.0;
    std::size_t film_items = 8;     ///< of a film, compared with all points: the first ones
    std::size_t film_pictures = 4;  ///< of each, those with most votes
};

inline constexpr FirstLookRules kFirstLookRules{};

/// How seldom an unrelated picture has as many pairs of points that agree on one place: -log10 of
/// the chance; the more, the rarer. Far below 0 where no two pairs agree.
///
/// Every pair fixes a place, a size and a turn by itself, and two pairs fix them by where they lie;
/// all three have to be the same.
///
/// @param pairs   near codes of one known picture; indices into the places
/// @param asked   points that asked, of one mirroring, >= 1
/// Cost: 64 pairs are compared with 256. Thread safety: pure function.
[[nodiscard]] double promise_of(std::span<const align::PointPair> pairs,
                                std::span<const align::PointPlace> query,
                                std::span<const align::PointPlace> known,
                                double asked,
                                const FirstLookRules& rules = kFirstLookRules);

/// A query, and what it is looked up in. All of it outlives the look.
struct FirstLookAt {
    const LocalChannel& channel;
    ItemSource& items;
    const Fingerprint& query;
    std::span<const std::uint32_t> frames;  ///< as indices into Fingerprint::local, rising
    const FindOptions& options;
};

/// Asks about a third of the points, in the nearest lists. It tells whether one of the most
/// promising known pictures is found again when it is compared with all points. A frame of a film
/// may show too little to promise something: of a film the items with most votes in all frames
/// together are looked at, and an item that has very many need not be found again.
///
/// True without asking: for a query with few points, and with Effort::kThorough.
/// Cost: a quarter of the whole search; for a picture at most 64 known items that are read, and at
/// most `most_confirmed` that are placed; for a film `film_items` and `film_pictures` of each.
/// @error kCancelled, kInternal, and those of ItemSource
[[nodiscard]] Result<bool> is_worth_asking(const FirstLookAt& look,
                                           const std::stop_token& stop,
                                           const FirstLookRules& rules = kFirstLookRules);

}  // namespace refrain::evidence
