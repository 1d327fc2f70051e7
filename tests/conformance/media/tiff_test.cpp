#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/bmp.h"
#include "support/decoded_parts.h"
#include "support/ppm.h"
#include "support/run_program.h"
#include "support/synthetic_picture.h"
#include "support/temp_folder.h"
#include "support/tiff_bytes.h"

namespace refrain {
namespace {

using test::decode_parts;
using test::DecodedMedium;
using test::mean_error;
using test::run_program;
using Arguments = std::vector<std::string>;

/// Makes TIFF files with ImageMagick and libtiff's tools, and compares with what the former reads.
class Tiff : public ::testing::Test {
  protected:
    void SetUp() override {
        REFRAIN_REQUIRE_PROGRAM("convert");
        REFRAIN_REQUIRE_PROGRAM("tiffcp");
        test::write_bmp(folder_ / "source.bmp", test::wave_picture(160, 96, 7));
        plain_ = converted("plain.tif", {});
    }

    std::filesystem::path converted(const std::string& name, const Arguments& how) {
        Arguments arguments = {"convert", folder_ / "source.bmp"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        arguments.push_back(folder_ / name);
        EXPECT_EQ(run_program(arguments), 0) << name;
        return folder_ / name;
    }

    std::filesystem::path copied(const std::string& name, const Arguments& how) {
        Arguments arguments = {"tiffcp"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        arguments.insert(arguments.end(), {plain_, folder_ / name});
        EXPECT_EQ(run_program(arguments), 0) << name;
        return folder_ / name;
    }

    /// What ImageMagick shows of the first page, upright and on black.
    frame::RgbImage shown(const std::filesystem::path& file) {
        const std::filesystem::path ppm = folder_ / "shown.ppm";
        EXPECT_EQ(run_program({"convert", file.native() + "[0]", "-auto-orient", "-background",
                               "black", "-alpha", "remove", "-alpha", "off", "-colorspace", "sRGB",
                               "-depth", "8", ppm}),
                  0);
        const auto picture = test::read_ppm(ppm);
        EXPECT_TRUE(picture) << file;
        return picture.value_or(frame::RgbImage{});
    }

    /// @param tolerance  mean absolute difference to the other reader, 0..255
    void expect_as_shown(const std::filesystem::path& file, double tolerance) {
        const Result<DecodedMedium> medium = decode_parts(file);
        ASSERT_TRUE(medium) << file << medium.error().message;
        const auto& part = medium->parts.at(0);
        ASSERT_TRUE(part.decoded) << file << part.decoded.error().message;
        EXPECT_EQ(part.decoded->info.container, "tiff");
        EXPECT_FALSE(part.decoded->report.is_partial) << file << part.decoded->report.damage;
        ASSERT_EQ(part.decoded->pictures.size(), 1U) << file;
        EXPECT_LE(mean_error(part.picture(), shown(file)), tolerance) << file;
        // Neither reader shows a flat picture.
        EXPECT_GT(mean_error(part.picture(), test::blank_picture(160, 96, 128)), 10.0) << file;
    }

    test::TempFolder folder_;
    std::filesystem::path plain_;
};

TEST_F(Tiff, EveryLayoutAndCompressionIsReadAsOthersDo) {
    const std::vector<Arguments> layouts = {{"-s"},
                                            {"-8"},
                                            {"-B"},
                                            {"-r", "5"},
                                            {"-p", "separate"},
                                            {"-t", "-w", "64", "-l", "48"},
                                            {"-t", "-w", "64", "-l", "48", "-p", "separate"},
                                            {"-f", "lsb2msb"},
                                            {"-c", "lzw", "-f", "lsb2msb"},
                                            {"-c", "lzw:2"},
                                            {"-c", "zip"},
                                            {"-c", "packbits"},
                                            {"-c", "lzma"},
                                            {"-c", "zstd"},
                                            {"-c", "webp"},
                                            {"-c", "jpeg", "-r", "16"},
                                            {"-c", "jpeg:r", "-r", "16"},
                                            {"-c", "jpeg", "-t", "-w", "64", "-l", "64"}};
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        expect_as_shown(copied("layout" + std::to_string(i) + ".tif", layouts[i]), 0.5);
    }
}

TEST_F(Tiff, EveryKindOfSampleIsReadAsOthersDo) {
    const std::vector<std::pair<Arguments, double>> kinds = {
        {{"-depth", "16"}, 0.5},
        {{"-depth", "12"}, 1.0},
        {{"-depth", "10"}, 1.0},
        {{"-depth", "32"}, 0.5},
        {{"-compress", "zip", "-depth", "16", "-define", "quantum:format=floating-point"}, 0.5},
        {{"-compress", "zip", "-depth", "32", "-define", "quantum:format=floating-point"}, 0.5},
        {{"-compress", "zip", "-depth", "64", "-define", "quantum:format=floating-point"}, 0.5},
        {{"-depth", "16", "-define", "quantum:format=signed"}, 0.5},
        {{"-colorspace", "Gray"}, 0.5},
        {{"-colorspace", "Gray", "-depth", "4"}, 0.5},
        {{"-colorspace", "Gray", "-depth", "16"}, 0.7},
        {{"-colorspace", "Gray", "-define", "quantum:polarity=min-is-white"}, 0.5},
        {{"-colors", "16", "-type", "Palette"}, 1.0},
        {{"-colorspace", "Lab"}, 6.0},
        {{"-colorspace", "Lab", "-depth", "16"}, 6.0},
        {{"-colorspace", "CMYK"}, 0.5},
        {{"-colorspace", "CMYK", "-depth", "16"}, 1.0},
        {{"-colorspace", "YCbCr"}, 1.0},
        {{"-monochrome", "-compress", "Group4"}, 0.0},
        {{"-monochrome", "-compress", "Fax"}, 0.0},
        {{"-orient", "RightTop"}, 0.0},
        {{"-orient", "BottomLeft"}, 0.0}};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        expect_as_shown(converted("kind" + std::to_string(i) + ".tif", kinds[i].first),
                        kinds[i].second);
    }
}

TEST_F(Tiff, FloatingPointOfAnotherRangeIsStretchedToWhatOccurs) {
    const frame::RgbImage source = test::wave_picture(160, 96, 7);
    std::vector<std::uint8_t> red;
    for (std::size_t pixel = 0; pixel < source.pixels.size(); pixel += 3) {
        red.push_back(source.pixels[pixel]);
    }
    const auto [least, most] = std::minmax_element(red.begin(), red.end());
    std::vector<frame::RgbImage> pictures;
    // The same picture from 0 to 1, and, as heights above the sea, from 500 to 1500.
    for (const auto& [low, high] : {std::pair(0.0F, 1.0F), std::pair(500.0F, 1500.0F)}) {
        test::TiffBytes tiff;
        tiff.width = 160;
        tiff.height = 96;
        tiff.bits = 32;
        tiff.sample_format = 3;
        for (const std::uint8_t level : red) {
            const float share =
                static_cast<float>(level - *least) / static_cast<float>(*most - *least);
            const float value = low + share * (high - low);
            tiff.pixels.append(reinterpret_cast<const char*>(&value), sizeof(value));
        }
        test::write_file(folder_ / "float.tif", tiff.bytes());
        const Result<DecodedMedium> medium = decode_parts(folder_ / "float.tif");
        ASSERT_TRUE(medium && medium->parts.at(0).decoded);
        pictures.push_back(medium->parts[0].picture());
    }
    EXPECT_LE(mean_error(pictures[0], pictures[1]), 0.1);
    EXPECT_GT(mean_error(pictures[0], test::blank_picture(160, 96, 128)), 10.0);
}

TEST_F(Tiff, EveryPageIsAPartAndSmallerCopiesAreNone) {
    const std::filesystem::path file = folder_ / "pages.tif";
    const std::filesystem::path source = folder_ / "source.bmp";
    ASSERT_EQ(run_program({"convert", source, "(", source, "-flip", ")", "(", source, "-negate",
                           ")", file}),
              0);
    const Result<DecodedMedium> pages = decode_parts(file);
    ASSERT_TRUE(pages);
    ASSERT_EQ(pages->parts.size(), 3U);
    EXPECT_TRUE(pages->left_out.empty());
    for (std::uint32_t page = 0; page < 3; ++page) {
        const auto& part = pages->parts[page];
        EXPECT_EQ(part.plan.part.index, page);
        EXPECT_EQ(part.plan.part.role, page == 0 ? PartRole::kMain : PartRole::kPicture);
        const auto ppm = folder_ / "page.ppm";
        ASSERT_EQ(run_program({"convert", file.native() + "[" + std::to_string(page) + "]", ppm}),
                  0);
        EXPECT_EQ(mean_error(part.picture(), *test::read_ppm(ppm)), 0.0) << page;
    }
    // A smaller copy says so in tag 254, a LONG: here it is the one of the second page.
    std::string bytes = test::read_file(file);
    const std::string tag("\xfe\x00\x04\x00\x01\x00\x00\x00", 8);
    std::size_t at = bytes.find(tag);
    at = bytes.find(tag, at + 1);
    ASSERT_NE(at, std::string::npos);
    bytes[at + 8] = 1;
    test::write_file(folder_ / "reduced.tif", bytes);
    const Result<DecodedMedium> fewer = decode_parts(folder_ / "reduced.tif");
    ASSERT_TRUE(fewer);
    EXPECT_EQ(fewer->parts.size(), 2U);
}

TEST_F(Tiff, TransparencyLiesOnEitherGround) {
    const auto file = folder_ / "clear.tif";
    ASSERT_EQ(
        run_program({"convert", folder_ / "source.bmp", "(", folder_ / "source.bmp", "-colorspace",
                     "Gray", ")", "-alpha", "off", "-compose", "CopyOpacity", "-composite", file}),
        0);
    for (const auto ground : {media::Ground::kBlack, media::Ground::kWhite}) {
        const Result<DecodedMedium> medium = decode_parts(file, ground);
        ASSERT_TRUE(medium);
        EXPECT_TRUE(medium->parts.at(0).shows_ground);
        const auto ppm = folder_ / "ground.ppm";
        ASSERT_EQ(run_program({"convert", file, "-background",
                               ground == media::Ground::kBlack ? "black" : "white", "-alpha",
                               "remove", "-alpha", "off", ppm}),
                  0);
        EXPECT_LE(mean_error(medium->parts[0].picture(), *test::read_ppm(ppm)), 1.0);
    }
}

TEST_F(Tiff, ADamagedStripIsSaidSoAndTheOthersAreWhole) {
    const auto file = copied("strips.tif", {"-c", "lzma", "-r", "16"});
    const frame::RgbImage whole = decode_parts(file)->parts.at(0).picture();
    std::string bytes = test::read_file(file);
    bytes[bytes.size() / 2] ^= 0x5a;
    test::write_file(file, bytes);
    const Result<DecodedMedium> medium = decode_parts(file);
    ASSERT_TRUE(medium);
    const auto& part = medium->parts.at(0);
    ASSERT_TRUE(part.decoded);
    EXPECT_TRUE(part.decoded->report.is_partial);
    EXPECT_TRUE(part.decoded->report.damage.starts_with("1 of 6 parts"))
        << part.decoded->report.damage;
    EXPECT_TRUE(std::equal(whole.pixels.begin(), whole.pixels.begin() + 160 * 3 * 16,
                           part.picture().pixels.begin()));
    EXPECT_TRUE(std::equal(whole.pixels.end() - 160 * 3 * 16, whole.pixels.end(),
                           part.picture().pixels.end() - 160 * 3 * 16));
}

TEST_F(Tiff, WhatIsCutOffGivesItsUpperRows) {
    const frame::RgbImage source = test::wave_picture(160, 96, 7);
    test::TiffBytes tiff;
    tiff.width = 160;
    tiff.height = 96;
    tiff.samples = 3;
    tiff.photometric = 2;
    tiff.pixels.assign(source.pixels.begin(), source.pixels.end());
    for (const std::uint32_t rows : {0U, 8U}) {
        tiff.rows_per_strip = rows;
        const std::string bytes = tiff.bytes();
        test::write_file(folder_ / "whole.tif", bytes);
        const Result<DecodedMedium> whole = decode_parts(folder_ / "whole.tif");
        ASSERT_TRUE(whole && whole->parts.at(0).decoded);
        EXPECT_FALSE(whole->parts[0].decoded->report.is_partial);
        EXPECT_EQ(whole->parts[0].picture().pixels, source.pixels);
        test::write_file(folder_ / "cut.tif", bytes.substr(0, bytes.size() / 2));
        const Result<DecodedMedium> cut = decode_parts(folder_ / "cut.tif");
        ASSERT_TRUE(cut && cut->parts.at(0).decoded);
        EXPECT_TRUE(cut->parts[0].decoded->report.is_partial);
        EXPECT_NE(cut->parts[0].decoded->report.damage.find("the file ends"), std::string::npos);
        EXPECT_TRUE(std::equal(source.pixels.begin(), source.pixels.begin() + 160 * 3 * 40,
                               cut->parts[0].picture().pixels.begin()));
    }
    // Without a single pixel there is no picture.
    const std::string bytes = tiff.bytes();
    test::write_file(folder_ / "none.tif", bytes.substr(0, bytes.size() - tiff.pixels.size()));
    const Result<DecodedMedium> none = decode_parts(folder_ / "none.tif");
    ASSERT_TRUE(none && none->parts.at(0).decoded);
    EXPECT_TRUE(none->parts[0].decoded->frames.empty());
    EXPECT_FALSE(none->parts[0].decoded->report.damage.empty());
}

TEST_F(Tiff, WhatIsNotReadIsUnsupportedAndNotCorrupt) {
    std::string bytes = test::read_file(plain_);
    // Tag 259, the compression, a SHORT; 34892 is lossy JPEG of raw camera files.
    const std::size_t at = bytes.find(std::string("\x03\x01\x03\x00\x01\x00\x00\x00", 8));
    ASSERT_NE(at, std::string::npos);
    bytes[at + 8] = '\x4c';
    bytes[at + 9] = '\x88';
    test::write_file(folder_ / "odd.tif", bytes);
    const Result<DecodedMedium> medium = decode_parts(folder_ / "odd.tif");
    ASSERT_TRUE(medium);
    ASSERT_FALSE(medium->parts.at(0).decoded);
    EXPECT_EQ(medium->parts[0].decoded.error().code, ErrorCode::kUnsupportedFormat);
}

TEST_F(Tiff, EveryPageKeepsToTheLimits) {
    media::ReaderOptions options;
    options.limits.max_side = 100;
    const Result<DecodedMedium> medium = decode_parts(plain_, media::Ground::kBlack, options);
    ASSERT_TRUE(medium);
    ASSERT_FALSE(medium->parts.at(0).decoded);
    EXPECT_EQ(medium->parts[0].decoded.error().code, ErrorCode::kTooLarge);
    // A tile of 65536 x 65536 in a small picture.
    const auto tiled = copied("tile.tif", {"-t", "-w", "64", "-l", "48"});
    std::string bytes = test::read_file(tiled);
    for (const char* tag : {"\x42\x01", "\x43\x01"}) {
        const std::size_t at = bytes.find(std::string(tag) + std::string("\x03\x00\x01", 3));
        ASSERT_NE(at, std::string::npos);
        bytes[at + 2] = 4;  // a LONG
        bytes.replace(at + 8, 4, std::string("\0\0\1\0", 4));
    }
    test::write_file(tiled, bytes);
    const Result<DecodedMedium> large = decode_parts(tiled);
    ASSERT_TRUE(large);
    ASSERT_FALSE(large->parts.at(0).decoded);
    EXPECT_EQ(large->parts[0].decoded.error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace refrain
