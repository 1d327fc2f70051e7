#include "service/hma/pdq_table.h"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::service::hma {
namespace {

// Codes come and go at random, most of them near one of a few centres.
TEST(PdqTable, FindsWhatThePlainLoopFinds) {
    std::mt19937_64 random(17);
    PdqTable table;
    std::vector<std::int64_t> there;
    std::vector<Hash256> centres;
    for (int i = 0; i < 8; ++i) {
        centres.push_back(test::random_hash(random));
    }
    std::int64_t next = 0;
    for (int round = 0; round < 2000; ++round) {
        if (!there.empty() && random() % 3 == 0) {
            const std::size_t which = random() % there.size();
            table.remove(there[which]);
            there.erase(there.begin() + static_cast<std::ptrdiff_t>(which));
        } else {
            const Hash256& centre = centres[random() % centres.size()];
            const int bits = static_cast<int>(random() % 48);
            table.add(next, test::with_flipped_bits(centre, bits, random));
            there.push_back(next++);
        }
        ASSERT_EQ(table.size(), there.size());
        const Hash256 query = test::with_flipped_bits(centres[random() % centres.size()],
                                                      static_cast<int>(random() % 20), random);
        ASSERT_EQ(table.near(query), table.near_plain(query)) << round;
    }
    EXPECT_FALSE(table.near(centres[0]).empty());
}

TEST(PdqTable, FindsUpTo31BitsAndNoFurther) {
    std::mt19937_64 random(18);
    const Hash256 code = test::random_hash(random);
    for (int i = 0; i < 200; ++i) {
        PdqTable table;
        table.add(1, test::with_flipped_bits(code, 31, random));
        table.add(2, test::with_flipped_bits(code, 32, random));
        const auto found = table.near(code);
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found.front(), std::pair(std::int64_t{1}, 31));
    }
}

TEST(PdqTable, DoesNotGrowWhenCodesComeAndGo) {
    std::mt19937_64 random(19);
    PdqTable table;
    for (std::int64_t number = 0; number < 1000; ++number) {
        table.add(number, test::random_hash(random));
        if (number >= 10) {
            table.remove(number - 10);
        }
    }
    EXPECT_EQ(table.size(), 10U);
    EXPECT_LE(table.capacity(), 11U);
}

}  // namespace
}  // namespace refrain::service::hma
