#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "hash/pdq_hash.h"
#include "hash/pdq_kernels.h"
#include "hash/pdq_stages.h"
#include "support/csv.h"
#include "support/ppm.h"
#include "support/shared_data.h"

namespace refrain::hash {
namespace {

constexpr const char* kRawVectors = "data/vectors/raw/vectors.csv";
/// Coefficients this near to the median are decided by rounding.
constexpr double kRoundingMargin = 1e-4;

/// Pictures with such coefficients; only there, and only in those bits, may a hash differ.
const std::set<std::string>& rounding_pictures() {
    static const std::set<std::string> names = {
        "s01_grad_h_256.ppm",        "s02_grad_v_256.ppm",  "s03_grad_diag_rgb_256x200.ppm",
        "s05_checker37_300x200.ppm", "s06_flat128_128.ppm", "s08_white_200x100.ppm",
        "s15_rings_300.ppm",         "s17_tiny_5x5.ppm",    "s28_stripes_1px_256.ppm",
        "s30_lowcontrast_256.ppm",
    };
    return names;
}

using Row = std::map<std::string, std::string>;

std::uint32_t crc32_of(std::span<const float> samples) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const std::byte byte : std::as_bytes(samples)) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
        }
    }
    return ~crc;
}

std::uint32_t hex_number(const std::string& text) {
    return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 16));
}

/// Bits that differ although their coefficient is not within rounding of the median.
int unexplained_bits(const Hash256& ours, const Hash256& theirs, const DctBlock& block) {
    const double median = median_of(block);
    int count = 0;
    for (int i = 0; i < Hash256::kBits; ++i) {
        const double margin = std::abs(block[static_cast<std::size_t>(i)] - median);
        count += ours.bit(i) != theirs.bit(i) && margin >= kRoundingMargin ? 1 : 0;
    }
    return count;
}

class RawVector : public ::testing::Test {
  protected:
    void SetUp() override {
        REFRAIN_REQUIRE_SHARED(kRawVectors);
        rows_ = test::read_csv(test::shared_dir() / kRawVectors);
        ASSERT_EQ(rows_.size(), 44U);
    }

    /// Those of at least the smallest size, each with its picture.
    template <typename Check>
    void for_each_hashable(Check check) const {
        int checked = 0;
        for (const Row& row : rows_) {
            SCOPED_TRACE(row.at("file"));
            const auto path = test::shared_dir() / "data/vectors/raw" / row.at("file");
            const auto image = test::read_ppm(path);
            ASSERT_TRUE(image.has_value());
            EXPECT_EQ(std::to_string(image->width), row.at("width"));
            if (image->width >= kMinPdqSide && image->height >= kMinPdqSide) {
                check(row, *image);
                ++checked;
            }
        }
        EXPECT_EQ(checked, 43);
    }

    std::vector<Row> rows_;
};

const std::vector<std::string>& view_columns() {
    static const std::vector<std::string> names = {"hash",  "rotate90", "rotate180", "rotate270",
                                                   "flipx", "flipy",    "flipplus1", "flipminus1"};
    return names;
}

TEST_F(RawVector, LumaIsExact) {
    for_each_hashable([](const Row& row, const frame::RgbImage& image) {
        EXPECT_EQ(crc32_of(luma_plane(image.view()).samples),
                  hex_number(row.at("crc32_luma_f32le")));
    });
}

TEST_F(RawVector, DecimatedPictureIsExact) {
    for_each_hashable([](const Row& row, const frame::RgbImage& image) {
        EXPECT_EQ(crc32_of(shrink(image.view())), hex_number(row.at("crc32_buf64x64_f32le")));
    });
}

TEST_F(RawVector, EveryKernelIsExact) {
    PdqScratch scratch;
    for_each_hashable([&](const Row& row, const frame::RgbImage& image) {
        for (const PdqKernels* kernels : usable_pdq_kernels()) {
            SCOPED_TRACE(kernels->name);
            DecimatedPicture small = shrink(image.view());
            if (image.width != kDecimatedSide || image.height != kDecimatedSide) {
                kernels->shrink(image.view(), scratch, small);
            }
            EXPECT_EQ(crc32_of(small), hex_number(row.at("crc32_buf64x64_f32le")));
            EXPECT_EQ(crc32_of(kernels->low_frequencies(small)),
                      hex_number(row.at("crc32_dct16x16_f32le")));
            EXPECT_EQ(std::to_string(kernels->picture_quality(small)), row.at("quality"));
        }
    });
}

TEST_F(RawVector, DctBlockIsExact) {
    for_each_hashable([](const Row& row, const frame::RgbImage& image) {
        EXPECT_EQ(crc32_of(low_frequencies(shrink(image.view()))),
                  hex_number(row.at("crc32_dct16x16_f32le")));
    });
}

TEST_F(RawVector, MedianIsExact) {
    for_each_hashable([](const Row& row, const frame::RgbImage& image) {
        EXPECT_EQ(median_of(low_frequencies(shrink(image.view()))),
                  std::strtof(row.at("median_hexfloat").c_str(), nullptr));
    });
}

TEST_F(RawVector, CoefficientsAreExact) {
    REFRAIN_REQUIRE_SHARED("data/vectors/raw/dct16x16_hexfloat.csv");
    std::ifstream file(test::shared_dir() / "data/vectors/raw/dct16x16_hexfloat.csv");
    std::map<std::string, std::vector<std::string>> by_name;
    for (std::string line; std::getline(file, line);) {
        std::vector<std::string> fields = test::split_csv_line(line);
        const std::string name = fields.front();
        by_name[name] = std::move(fields);
    }
    for_each_hashable([&](const Row& row, const frame::RgbImage& image) {
        const std::vector<std::string>& fields = by_name[row.at("file")];
        const DctBlock block = low_frequencies(shrink(image.view()));
        ASSERT_EQ(fields.size(), block.size() + 1);
        for (std::size_t i = 0; i < block.size(); ++i) {
            EXPECT_EQ(block[i], std::strtof(fields[i + 1].c_str(), nullptr)) << "coefficient " << i;
        }
    });
}

TEST_F(RawVector, QualityIsExact) {
    for_each_hashable([](const Row& row, const frame::RgbImage& image) {
        const auto result = pdq_hash(image.view());
        ASSERT_TRUE(result.has_value());
        EXPECT_EQ(std::to_string(result->quality), row.at("quality"));
    });
}

TEST_F(RawVector, AllEightHashesAreExact) {
    int exact = 0;
    for_each_hashable([&](const Row& row, const frame::RgbImage& image) {
        const auto result = pdq_views(image.view());
        ASSERT_TRUE(result.has_value());
        const bool may_round = rounding_pictures().contains(row.at("file"));
        const DctBlock block = low_frequencies(shrink(image.view()));
        bool is_exact = true;
        for (std::size_t v = 0; v < kDihedralViews; ++v) {
            SCOPED_TRACE(view_columns()[v]);
            const Hash256& ours = result->views[v];
            const auto theirs = hash256_from_hex(row.at(view_columns()[v]));
            ASSERT_TRUE(theirs.has_value());
            is_exact = is_exact && ours == *theirs;
            if (may_round) {
                const DctBlock turned = transformed(block, frame::kDihedrals[v]);
                EXPECT_EQ(unexplained_bits(ours, *theirs, turned), 0);
            } else {
                EXPECT_EQ(to_hex(ours), to_hex(*theirs));
            }
        }
        exact += is_exact ? 1 : 0;
    });
    RecordProperty("exact_pictures", exact);
    std::printf("all eight hashes exact on %d of 43 hashable raw vectors\n", exact);
}

TEST_F(RawVector, RoundingListHoldsNoPictureWithAClearMargin) {
    std::set<std::string> within_rounding;
    for (const Row& row : rows_) {
        if (std::strtod(row.at("min_margin_to_median").c_str(), nullptr) < kRoundingMargin) {
            within_rounding.insert(row.at("file"));
        }
    }
    EXPECT_EQ(within_rounding, rounding_pictures());
}

TEST_F(RawVector, PictureBelowTheSmallestSizeHasNoHash) {
    const auto image =
        test::read_ppm(test::shared_dir() / "data/vectors/raw/s18_below_min_4x4.ppm");
    ASSERT_TRUE(image.has_value());
    EXPECT_FALSE(pdq_hash(image->view()).has_value());
    EXPECT_FALSE(pdq_views(image->view()).has_value());
}

}  // namespace
}  // namespace refrain::hash
