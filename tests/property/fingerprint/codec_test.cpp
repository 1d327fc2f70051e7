#include <gtest/gtest.h>

#include "refrain/fingerprint.h"

#include "fingerprint/byte_io.h"
#include "fingerprint/crc64.h"
#include "support/sample_fingerprint.h"

namespace refrain {
namespace {

using test::Draw;
using test::random_medium;

TEST(CodecProperty, EveryFingerprintRoundTrips) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        Draw draw(seed);
        const Fingerprint fingerprint = random_medium(draw, 20);
        ASSERT_TRUE(check_fingerprint(fingerprint).ok()) << "seed " << seed;
        const std::vector<std::byte> record = *encode_fingerprint(fingerprint);
        const Result<Fingerprint> decoded = decode_fingerprint(record);
        ASSERT_TRUE(decoded.ok()) << "seed " << seed << ": " << decoded.error().message;
        ASSERT_EQ(*decoded, fingerprint) << "seed " << seed;
        ASSERT_EQ(*encode_fingerprint(*decoded), record) << "seed " << seed;
    }
}

TEST(CodecProperty, ChecksumIsThatOfItsPlainTwinWhereverBytesLie) {
    Draw draw(64);
    std::vector<std::byte> bytes(5000);
    for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(draw.below(256));
    }
    for (std::size_t size = 0; size < 700; ++size) {
        const auto part = std::span(bytes).subspan(draw.below(64), size);
        ASSERT_EQ(fingerprint::crc64_xz(part), fingerprint::crc64_xz_plain(part)) << size;
    }
    for (int i = 0; i < 1000; ++i) {
        const auto part = std::span(bytes).subspan(draw.below(1000), draw.below(4000));
        ASSERT_EQ(fingerprint::crc64_xz(part), fingerprint::crc64_xz_plain(part)) << part.size();
    }
}

TEST(CodecProperty, EveryTruncationIsCorrupt) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Draw draw(seed);
        const std::vector<std::byte> record = *encode_fingerprint(random_medium(draw, 6));
        for (std::size_t size = 0; size < record.size(); ++size) {
            const Result<Fingerprint> decoded = decode_fingerprint(std::span(record).first(size));
            ASSERT_FALSE(decoded.ok()) << "seed " << seed << " size " << size;
            ASSERT_EQ(decoded.error().code, ErrorCode::kCorrupt) << "seed " << seed;
        }
    }
}

TEST(CodecProperty, EveryFlippedBitIsCorrupt) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Draw draw(seed);
        std::vector<std::byte> record = *encode_fingerprint(random_medium(draw, 6));
        for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
            const auto mask = static_cast<std::byte>(1U << (bit % 8));
            record[bit / 8] ^= mask;
            const Result<Fingerprint> decoded = decode_fingerprint(record);
            ASSERT_FALSE(decoded.ok()) << "seed " << seed << " bit " << bit;
            ASSERT_EQ(decoded.error().code, ErrorCode::kCorrupt) << "seed " << seed;
            record[bit / 8] ^= mask;
        }
        ASSERT_TRUE(decode_fingerprint(record).ok()) << "seed " << seed;
    }
}

TEST(CodecProperty, EveryAppendedTailIsCorrupt) {
    Draw draw(5);
    std::vector<std::byte> record = *encode_fingerprint(random_medium(draw, 6));
    for (int extra = 0; extra < 300; ++extra) {
        record.push_back(static_cast<std::byte>(draw.below(256)));
        const Result<Fingerprint> decoded = decode_fingerprint(record);
        ASSERT_FALSE(decoded.ok()) << extra;
        ASSERT_EQ(decoded.error().code, ErrorCode::kCorrupt);
    }
}

TEST(CodecProperty, RandomBytesAreCorrupt) {
    for (std::uint64_t seed = 0; seed < 5000; ++seed) {
        Draw draw(seed);
        std::vector<std::byte> bytes(draw.below(300));
        for (std::byte& byte : bytes) {
            byte = static_cast<std::byte>(draw.below(256));
        }
        const Result<Fingerprint> decoded = decode_fingerprint(bytes);
        ASSERT_FALSE(decoded.ok()) << "seed " << seed;
        ASSERT_EQ(decoded.error().code, ErrorCode::kCorrupt) << "seed " << seed;
    }
}

/// What the checksum would stop is let through here, so that the checks behind it are reached.
TEST(CodecProperty, DamageUnderARightChecksumIsRefusedOrConsistent) {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
        Draw draw(seed);
        std::vector<std::byte> record = *encode_fingerprint(random_medium(draw, 4));
        for (std::uint64_t change = draw.below(4) + 1; change > 0; --change) {
            record[24 + draw.below(record.size() - 32)] = static_cast<std::byte>(draw.below(256));
        }
        const std::uint64_t sum = fingerprint::crc64_xz(std::span(record).first(record.size() - 8));
        fingerprint::ByteWriter trailer;
        trailer.put_fixed(sum, 8);
        std::ranges::copy(trailer.bytes(), record.end() - 8);

        const Result<Fingerprint> decoded = decode_fingerprint(record);
        if (decoded.ok()) {
            ++accepted;
            ASSERT_TRUE(check_fingerprint(*decoded).ok()) << "seed " << seed;
            continue;
        }
        ++refused;
        const ErrorCode code = decoded.error().code;
        ASSERT_TRUE(code == ErrorCode::kCorrupt || code == ErrorCode::kUnsupportedFormat)
            << "seed " << seed << ": " << decoded.error().message;
    }
    EXPECT_GT(accepted, 1000U);
    EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace refrain
