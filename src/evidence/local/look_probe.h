#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/fingerprint.h"

#include "evidence/local/local_channel.h"
#include "evidence/local/other_look.h"

/// Whether a query in which nothing known was seen shows something in another look.
///
/// Source: docs/decisions/0073-other-looks.md, docs/decisions/0079-films-ask-in-stages.md, of
/// many known pictures docs/decisions/0064-votes-at-scale.md.
namespace refrain::evidence {

/// What decides which looks are worth a closer one. A test fails where one of the thresholds, or
/// `looked_frames`, is halved or doubled: tests/unit/evidence/look_probe_test.cpp.
///
/// Thread safety: a value.
struct LookRules {
    double finest = 2;        ///< of the points that are probed, as of `seen_as`
    std::size_t points = 56;  ///< of a frame that are probed, at most
    /// Among this many known codes or more a picture is probed as it asks first: by signatures, in
    /// `lists_of_many`, and with more points, since each finds less.
    std::size_t many_codes = 10'000'000;
    std::size_t points_of_many = 112;
    int lists_of_many = 2;
    /// Votes of one picture from which on a picture query goes on; chance gives fewer.
    double picture_votes = 2.6;
    /// The same of a film: what one item has beyond chance in all probed frames, as of
    /// `rank_items`.
    double film_votes = 1.8;
    std::size_t probed_frames = 12;  ///< of a film, at most, evenly chosen
    /// Of a film, that are looked at by all points, at most; where one shows something all are.
    std::size_t looked_frames = 16;
    /// Lists that are looked through for each probed point of a film, where as many codes are
    /// known as `few_codes`; all lists are where there are fewer, and for pictures until there are
    /// `many_codes`.
    int film_lists = 2;
    std::size_t few_codes = 100'000;
};

inline constexpr LookRules kLookRules{};

/// So many of some frames, evenly chosen, in their order.
[[nodiscard]] std::vector<std::uint32_t> some_of(std::span<const std::uint32_t> all,
                                                 std::size_t most);

/// A query with some of its frames as they are in a look, and the others without points.
///
/// @param frames         as indices into Fingerprint::local
/// @param finest, most   as of `seen_as`
[[nodiscard]] Fingerprint seen_otherwise(const Fingerprint& query,
                                         const OtherLook& look,
                                         std::span<const std::uint32_t> frames,
                                         double finest,
                                         std::size_t most);

/// Those of the looks in which a few points find an item by more votes than chance gives, in their
/// order. One search asks about all looks.
///
/// @param frames  of the query in which nothing known was seen, as indices into
///                Fingerprint::local, rising
/// Cost: `seen_as` for each probed frame and look, and a search of twice their points.
/// @error kCancelled, kInternal
[[nodiscard]] Result<std::vector<OtherLook>> promising_looks(const LocalChannel& channel,
                                                             const Fingerprint& query,
                                                             std::span<const OtherLook> looks,
                                                             std::span<const std::uint32_t> frames,
                                                             const std::stop_token& stop,
                                                             const LookRules& rules = kLookRules);

}  // namespace refrain::evidence
