#include "refrain/hash256.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace refrain {
namespace {

constexpr int kRounds = 500;

Hash256 random_hash(std::mt19937_64& random) {
    return Hash256{{random(), random(), random(), random()}};
}

TEST(Hash256Hex, RoundTrips) {
    std::mt19937_64 random(1);
    for (int i = 0; i < kRounds; ++i) {
        const Hash256 hash = random_hash(random);
        std::string text = to_hex(hash);
        EXPECT_EQ(hash256_from_hex(text), hash) << text;
        std::transform(text.begin(), text.end(), text.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        EXPECT_EQ(hash256_from_hex(text), hash) << text;
    }
}

TEST(Hash256Hex, RejectsAnyOneForeignCharacter) {
    std::mt19937_64 random(2);
    for (int i = 0; i < kRounds; ++i) {
        std::string text = to_hex(random_hash(random));
        const char foreign = static_cast<char>(random() % 256);
        if (std::isxdigit(static_cast<unsigned char>(foreign)) != 0) {
            continue;
        }
        text[random() % text.size()] = foreign;
        EXPECT_FALSE(hash256_from_hex(text).has_value()) << "round " << i;
    }
}

TEST(HammingDistance, CountsTheBitsThatDiffer) {
    std::mt19937_64 random(3);
    for (int i = 0; i < kRounds; ++i) {
        const Hash256 a = random_hash(random);
        const Hash256 b = random_hash(random);
        int count = 0;
        for (int bit = 0; bit < Hash256::kBits; ++bit) {
            count += a.bit(bit) != b.bit(bit) ? 1 : 0;
        }
        EXPECT_EQ(hamming_distance(a, b), count);
        EXPECT_EQ(hamming_distance(b, a), count);
    }
}

TEST(HammingDistance, ObeysTheTriangleInequality) {
    std::mt19937_64 random(4);
    for (int i = 0; i < kRounds; ++i) {
        const Hash256 a = random_hash(random);
        const Hash256 b = random_hash(random);
        const Hash256 c = random_hash(random);
        EXPECT_LE(hamming_distance(a, c), hamming_distance(a, b) + hamming_distance(b, c));
    }
}

}  // namespace
}  // namespace refrain
