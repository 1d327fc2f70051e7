#include "evidence/query.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::evidence {
namespace {

/// A code of which the first `bits` bits are set.
Hash256 with_bits(int bits) {
    Hash256 code;
    for (int i = 0; i < bits; ++i) {
        code.words[static_cast<std::size_t>(i) / 64] |= std::uint64_t{1} << (i % 64);
    }
    return code;
}

/// How many frames of a film are searched for whose codes have so many bits set, a tenth of a
/// second after each other.
std::size_t seeds_of(const std::vector<int>& bits) {
    Fingerprint film;
    film.media.kind = MediaKind::kVideo;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        film.frames.push_back({MediaTime::from_ms(100 * static_cast<std::int64_t>(i)),
                               with_bits(bits[i]), 90, false});
    }
    film.media.duration = MediaTime::from_ms(100 * static_cast<std::int64_t>(bits.size()));
    return Query(film).seeds().size();
}

TEST(QuerySeeds, AreTakenWhereThePictureHasChangedByFortyBits) {
    EXPECT_EQ(seeds_of({0, 39}), 1U);
    EXPECT_EQ(seeds_of({0, 40}), 2U);
}

TEST(QuerySeeds, AreHeldAgainstTheLastOneAndNotTheLastFrame) {
    EXPECT_EQ(seeds_of({0, 30, 60}), 2U);
    EXPECT_EQ(seeds_of({0, 39, 0}), 1U);
}

}  // namespace
}  // namespace refrain::evidence
