#include "refrain/hash256.h"

#include <string>

#include <gtest/gtest.h>

namespace refrain {
namespace {

TEST(Hash256Hex, PutsTheHighestBitFirst) {
    Hash256 hash;
    hash.set_bit(255);
    EXPECT_EQ(to_hex(hash), "8" + std::string(63, '0'));
    hash = {};
    hash.set_bit(0);
    EXPECT_EQ(to_hex(hash), std::string(63, '0') + "1");
    hash = {};
    hash.set_bit(64);
    EXPECT_EQ(to_hex(hash), std::string(47, '0') + "1" + std::string(16, '0'));
}

TEST(Hash256Hex, RejectsWrongLengths) {
    EXPECT_FALSE(hash256_from_hex("").has_value());
    EXPECT_FALSE(hash256_from_hex(std::string(63, 'a')).has_value());
    EXPECT_FALSE(hash256_from_hex(std::string(65, 'a')).has_value());
}

TEST(Hash256Hex, RejectsSignsSpacesAndPrefixes) {
    EXPECT_FALSE(hash256_from_hex("0x" + std::string(62, '0')).has_value());
    EXPECT_FALSE(hash256_from_hex(" " + std::string(63, '0')).has_value());
    EXPECT_FALSE(hash256_from_hex("-" + std::string(63, '0')).has_value());
    EXPECT_FALSE(hash256_from_hex(std::string(64, 'g')).has_value());
}

TEST(Hash256, SetsEachBitAlone) {
    for (int i = 0; i < Hash256::kBits; ++i) {
        Hash256 hash;
        hash.set_bit(i);
        EXPECT_TRUE(hash.bit(i)) << i;
        EXPECT_EQ(hamming_distance(hash, Hash256{}), 1) << i;
    }
}

TEST(HammingDistance, ReachesFromZeroToAllBits) {
    const Hash256 all = *hash256_from_hex(std::string(64, 'f'));
    EXPECT_EQ(hamming_distance(all, all), 0);
    EXPECT_EQ(hamming_distance(all, Hash256{}), 256);
}

}  // namespace
}  // namespace refrain
