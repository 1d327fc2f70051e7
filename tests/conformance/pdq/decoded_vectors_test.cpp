#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/hash256.h"
#include "refrain/limits.h"

#include "hash/pdq_hash.h"
#include "media/byte_source.h"
#include "media/frame_reader.h"
#include "support/csv.h"
#include "support/shared_data.h"

namespace refrain::hash {
namespace {

constexpr const char* kVectors = "data/vectors/pdq_reference_vectors.csv";
/// Below this the reference's own hash changes with every rounding.
constexpr int kMinQuality = 80;
/// Larger pictures are first shrunk to this by nearest neighbour in the reference, not here.
constexpr int kReferenceSide = 512;
constexpr int kMaxDistance = 12;
constexpr int kMaxDistanceOfSmall = 6;
constexpr double kMaxMeanDistance = 6;

struct Comparison {
    std::string path;
    std::string error;  ///< why there is no distance; empty when there is one
    int width = 0;
    int height = 0;
    int reference_quality = 0;
    int quality = 0;
    int distance = 0;

    [[nodiscard]] bool is_small() const { return std::max(width, height) <= kReferenceSide; }
    [[nodiscard]] bool counts() const { return reference_quality >= kMinQuality; }
};

/// Hashes the first frame as decoded by refrain::media.
Result<PdqHash> decode_and_hash(const std::filesystem::path& path, Comparison& comparison) {
    const media::ReaderOptions options;
    const auto source = media::ByteSource::open_file(path, options.limits);
    if (!source.ok()) {
        return source.error();
    }
    const auto reader = media::open_frames(source.value(), options);
    if (!reader.ok()) {
        return reader.error();
    }
    const auto header = reader.value()->next();
    if (!header.ok()) {
        return header.error();
    }
    if (!header.value().has_value()) {
        return Error{ErrorCode::kCorrupt, "no frame"};
    }
    const auto picture = reader.value()->picture();
    if (!picture.ok()) {
        return picture.error();
    }
    comparison.width = picture.value().width;
    comparison.height = picture.value().height;
    const auto hashed = pdq_hash(picture.value());
    return hashed.has_value() ? Result<PdqHash>(*hashed)
                              : Result<PdqHash>(Error{ErrorCode::kInternal, "no hash"});
}

Comparison compare(const std::map<std::string, std::string>& row) {
    Comparison comparison;
    comparison.path = row.at("path");
    comparison.reference_quality = std::atoi(row.at("quality").c_str());
    const auto reference = hash256_from_hex(row.at("hash"));
    const auto hashed =
        decode_and_hash(test::shared_dir() / "data/pdq" / comparison.path, comparison);
    if (!hashed.ok() || !reference.has_value()) {
        comparison.error = hashed.ok() ? "no reference hash" : hashed.error().message;
        return comparison;
    }
    comparison.quality = hashed.value().quality;
    comparison.distance = hamming_distance(hashed.value().hash, *reference);
    return comparison;
}

void print(const std::vector<Comparison>& comparisons) {
    std::printf("%-50s %11s %9s %7s %8s\n", "picture", "size", "reference", "quality", "distance");
    for (const Comparison& c : comparisons) {
        std::printf("%-50s %5dx%-5d %9d %7d %8d %s\n", c.path.c_str(), c.width, c.height,
                    c.reference_quality, c.quality, c.distance, c.error.c_str());
    }
}

/// No picture of the set carries an orientation other than upright (its `status` column says so),
/// hence the reference, which ignores orientation, sees the same picture.
class DecodedVector : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (!std::filesystem::exists(test::shared_dir() / kVectors)) {
            return;
        }
        for (const auto& row : test::read_csv(test::shared_dir() / kVectors)) {
            comparisons_.push_back(compare(row));
        }
        print(comparisons_);
    }
    static void TearDownTestSuite() { comparisons_.clear(); }

    void SetUp() override {
        REFRAIN_REQUIRE_SHARED(kVectors);
        REFRAIN_REQUIRE_SHARED("data/pdq");
        ASSERT_EQ(comparisons_.size(), 42U);
    }

    // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): decoded once for all.
    static inline std::vector<Comparison> comparisons_;
};

TEST_F(DecodedVector, EveryPictureIsDecoded) {
    for (const Comparison& c : comparisons_) {
        EXPECT_EQ(c.error, "") << c.path;
    }
}

TEST_F(DecodedVector, IsWithin12BitsOfTheReference) {
    for (const Comparison& c : comparisons_) {
        if (c.counts()) {
            EXPECT_LE(c.distance, kMaxDistance) << c.path;
        }
    }
}

TEST_F(DecodedVector, UpTo512PixelsIsWithin6Bits) {
    int checked = 0;
    for (const Comparison& c : comparisons_) {
        if (c.counts() && c.is_small()) {
            EXPECT_LE(c.distance, kMaxDistanceOfSmall) << c.path;
            ++checked;
        }
    }
    EXPECT_GT(checked, 0);
}

TEST_F(DecodedVector, IsWithin6BitsInTheMean) {
    int sum = 0;
    int count = 0;
    for (const Comparison& c : comparisons_) {
        if (c.counts()) {
            sum += c.distance;
            ++count;
        }
    }
    ASSERT_GT(count, 0);
    std::printf("mean distance %.2f over %d pictures of quality >= %d\n",
                static_cast<double>(sum) / count, count, kMinQuality);
    EXPECT_LE(static_cast<double>(sum) / count, kMaxMeanDistance);
}

}  // namespace
}  // namespace refrain::hash
