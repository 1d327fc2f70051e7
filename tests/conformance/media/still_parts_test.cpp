#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/bmp.h"
#include "support/decoded_parts.h"
#include "support/ppm.h"
#include "support/run_program.h"
#include "support/synthetic_picture.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using test::decode_parts;
using test::DecodedMedium;
using test::mean_error;
using test::read_file;
using test::run_program;
using test::write_file;
using Arguments = std::vector<std::string>;
using namespace std::string_literals;

std::string big_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        text.push_back(static_cast<char>(value >> shift & 255U));
    }
    return text;
}

/// Pictures made with ImageMagick, put together by hand as cameras and telephones do.
class StillParts : public ::testing::Test {
  protected:
    void SetUp() override {
        REFRAIN_REQUIRE_PROGRAM("convert");
        REFRAIN_REQUIRE_PROGRAM("ffmpeg");
        for (std::uint32_t i = 0; i < 3; ++i) {
            pictures_.push_back(test::wave_picture(160, 96, 20 + i));
            const std::string name = std::to_string(i);
            test::write_bmp(folder_ / (name + ".bmp"), pictures_.back());
            EXPECT_EQ(run_program({"convert", folder_ / (name + ".bmp"), "-strip", "-quality", "95",
                                   folder_ / (name + ".jpg")}),
                      0);
        }
    }

    std::string jpeg(int number) { return read_file(folder_ / (std::to_string(number) + ".jpg")); }

    std::string film() {
        EXPECT_EQ(
            run_program({"ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
                         "testsrc2=s=64x48:r=10:d=1", "-pix_fmt", "yuv420p", folder_ / "film.mp4"}),
            0);
        return read_file(folder_ / "film.mp4");
    }

    /// A JPEG segment put behind the start marker of `picture`.
    static std::string with_segment(const std::string& picture, int kind, const std::string& data) {
        return picture.substr(0, 2) + "\xff"s + static_cast<char>(kind) +
               big_endian(data.size() + 2, 2) + data + picture.substr(2);
    }

    /// A main picture with an index of itself and `others` behind it, of these types.
    static std::string with_index(const std::string& main,
                                  const std::vector<std::string>& others,
                                  const std::vector<std::uint32_t>& types) {
        const std::size_t count = others.size() + 1;
        const std::size_t index_bytes = 8 + 2 + 12 + 4 + 16 * count;
        constexpr std::size_t kIndexStart = 2 + 4 + 4;  // start marker, segment header, "MPF\0"
        const std::size_t main_bytes = main.size() + 4 + 4 + index_bytes;
        std::string index = "MM\0*"s + big_endian(8, 4) + big_endian(1, 2);
        index += big_endian(0xb002, 2) + big_endian(7, 2) + big_endian(16 * count, 4) +
                 big_endian(8 + 2 + 12 + 4, 4) + big_endian(0, 4);
        index += big_endian(0x20030000, 4) + big_endian(main_bytes, 4) + big_endian(0, 8);
        std::size_t offset = main_bytes;
        std::string tail;
        for (std::size_t i = 0; i < others.size(); ++i) {
            index += big_endian(types[i], 4) + big_endian(others[i].size(), 4) +
                     big_endian(offset - kIndexStart, 4) + big_endian(0, 4);
            offset += others[i].size();
            tail += others[i];
        }
        return with_segment(main, 0xe2, "MPF\0"s + index) + tail;
    }

    Result<DecodedMedium> parts_of(const std::string& bytes,
                                   const media::ReaderOptions& options = {}) {
        write_file(folder_ / "medium", bytes);
        return decode_parts(folder_ / "medium", media::Ground::kBlack, options);
    }

    void expect_pictures(const std::string& bytes, const std::vector<std::size_t>& wanted) {
        const Result<DecodedMedium> medium = parts_of(bytes);
        ASSERT_TRUE(medium) << medium.error().message;
        ASSERT_EQ(medium->parts.size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const auto& part = medium->parts[i];
            ASSERT_TRUE(part.decoded) << part.decoded.error().message;
            EXPECT_FALSE(part.decoded->report.is_partial) << part.decoded->report.damage;
            EXPECT_EQ(part.plan.part.index, i);
            EXPECT_EQ(part.plan.part.role, i == 0 ? PartRole::kMain : PartRole::kPicture);
            EXPECT_LE(mean_error(part.picture(), pictures_[wanted[i]]), 4.0) << i;
        }
        EXPECT_TRUE(medium->left_out.empty());
    }

    test::TempFolder folder_;
    std::vector<frame::RgbImage> pictures_;
};

TEST_F(StillParts, AnOrdinaryJpegIsOnePart) {
    expect_pictures(jpeg(0), {0});
    expect_pictures(jpeg(0) + std::string(1000, '\0'), {0});
    expect_pictures(jpeg(0) + "some bytes that are nothing", {0});
}

TEST_F(StillParts, TheViewsOfAMultiPictureFileAreParts) {
    constexpr std::uint32_t kStereo = 0x020002;
    constexpr std::uint32_t kPreview = 0x010002;
    expect_pictures(with_index(jpeg(0), {jpeg(1)}, {kStereo}), {0, 1});
    expect_pictures(with_index(jpeg(0), {jpeg(1), jpeg(2)}, {kPreview, kStereo}), {0, 2});
    // Without an index, and with the padding that some writers leave.
    expect_pictures(jpeg(0) + jpeg(1) + std::string(700, '\0') + jpeg(2), {0, 1, 2});
}

TEST_F(StillParts, GainMapsAreNoPictures) {
    const std::string gain =
        with_segment(jpeg(1), 0xe1, "http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version=\"1.0\"/>"s);
    expect_pictures(with_index(jpeg(0), {gain}, {0}), {0});
    expect_pictures(jpeg(0) + gain, {0});
    const std::string main = with_segment(
        jpeg(0), 0xe1, "http://ns.adobe.com/xap/1.0/\0<x Item:Semantic=\"GainMap\"/>"s);
    expect_pictures(main + jpeg(1), {0});
}

TEST_F(StillParts, AFilmBehindAJpegIsAPart) {
    const std::string motion = film();
    const std::string trailer = "SEFHk\0\0\0SEFT"s;
    for (const std::string& bytes :
         {jpeg(0) + motion, jpeg(0) + "\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data"s + motion + trailer,
          jpeg(0) + std::string(3'000'000, 'x') + motion}) {
        const Result<DecodedMedium> medium = parts_of(bytes);
        ASSERT_TRUE(medium);
        ASSERT_EQ(medium->parts.size(), 2U);
        EXPECT_LE(mean_error(medium->parts[0].picture(), pictures_[0]), 4.0);
        const auto& attached = medium->parts[1];
        EXPECT_EQ(attached.plan.part.role, PartRole::kAttached);
        EXPECT_EQ(attached.plan.part.index, 1U);
        ASSERT_TRUE(attached.decoded) << attached.decoded.error().message;
        EXPECT_EQ(attached.decoded->frames.size(), 10U);
        EXPECT_FALSE(attached.decoded->report.is_partial) << attached.decoded->report.damage;
    }
    const Result<DecodedMedium> cut = parts_of(jpeg(0) + motion.substr(0, motion.size() - 2000));
    ASSERT_TRUE(cut);
    ASSERT_EQ(cut->parts.size(), 2U);
    EXPECT_FALSE(cut->parts[0].decoded->report.is_partial);
    EXPECT_TRUE(!cut->parts[1].decoded || cut->parts[1].decoded->report.is_partial);
}

TEST_F(StillParts, AFilmInOrBehindAHeicIsAPart) {
    REFRAIN_REQUIRE_PROGRAM("heif-enc");
    ASSERT_EQ(run_program({"heif-enc", "-q", "90", folder_ / "0.jpg", "-o", folder_ / "p.heic"}),
              0);
    const std::string still = read_file(folder_ / "p.heic");
    const std::string motion = film();
    for (const std::string& bytes :
         {still + big_endian(motion.size() + 8, 4) + "mpvd" + motion, still + motion}) {
        const Result<DecodedMedium> medium = parts_of(bytes);
        ASSERT_TRUE(medium);
        ASSERT_EQ(medium->parts.size(), 2U);
        EXPECT_FALSE(medium->parts[0].decoded->report.is_partial)
            << medium->parts[0].decoded->report.damage;
        EXPECT_EQ(medium->parts[0].plan.format, media::Format::kHeif);
        EXPECT_EQ(medium->parts[1].plan.part.role, PartRole::kAttached);
        ASSERT_TRUE(medium->parts[1].decoded);
        EXPECT_EQ(medium->parts[1].decoded->frames.size(), 10U);
    }
}

TEST_F(StillParts, EveryPictureOfAHeicIsAPartAndThumbnailsAreNone) {
    REFRAIN_REQUIRE_PROGRAM("heif-enc");
    ASSERT_EQ(run_program({"heif-enc", "-q", "90", "-t", "64", folder_ / "0.jpg", folder_ / "1.jpg",
                           folder_ / "2.jpg", "-o", folder_ / "p.heic"}),
              0);
    expect_pictures(read_file(folder_ / "p.heic"), {0, 1, 2});
}

TEST_F(StillParts, MorePartsThanTheBoundAreSaidToBeLeftOut) {
    std::string many;
    for (std::size_t i = 0; i < media::kMaxListedParts + 5; ++i) {
        many += jpeg(2);
    }
    write_file(folder_ / "many", many);
    const auto source = media::ByteSource::open_file(folder_ / "many", {});
    const auto plan = media::plan_parts(*source, {});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->parts.size(), media::kMaxListedParts);
    EXPECT_NE(plan->left_out.find("more than"), std::string::npos);
}

TEST_F(StillParts, AJpegCutAfterTenKilobytesGivesWhatItHolds) {
    ASSERT_EQ(run_program({"convert", folder_ / "0.bmp", "-resize", "4000x3000!", "-quality", "92",
                           folder_ / "large.jpg"}),
              0);
    for (const char* interlace : {"None", "Plane"}) {
        ASSERT_EQ(run_program({"convert", folder_ / "large.jpg", "-interlace", interlace,
                               folder_ / "kind.jpg"}),
                  0);
        const std::string bytes = read_file(folder_ / "kind.jpg");
        const Result<DecodedMedium> whole = parts_of(bytes);
        const Result<DecodedMedium> cut = parts_of(bytes.substr(0, 10'240));
        ASSERT_TRUE(whole && cut);
        const auto& part = cut->parts.at(0);
        ASSERT_TRUE(part.decoded) << part.decoded.error().message;
        EXPECT_TRUE(part.decoded->report.is_partial);
        ASSERT_EQ(part.decoded->pictures.size(), 1U) << interlace;
        double sum = 0;
        constexpr int kRow = 4000 * 3;
        for (int i = 0; i < 16 * kRow; ++i) {
            const auto at = static_cast<std::size_t>(i);
            sum += std::abs(part.picture().pixels[at] - whole->parts[0].picture().pixels[at]);
        }
        EXPECT_LE(sum / (16 * kRow), 12.0) << interlace;
    }
}

TEST_F(StillParts, AnimatedJpegXlShowsEachFrameWithItsTime) {
    REFRAIN_REQUIRE_PROGRAM("cjxl");
    ASSERT_EQ(run_program({"ffmpeg", "-v", "error", "-y", "-framerate", "2", "-i",
                           folder_ / "%d.bmp", "-pix_fmt", "rgb24", folder_ / "a.apng"}),
              0);
    ASSERT_EQ(run_program({"cjxl", "-d", "1", folder_ / "a.apng", folder_ / "a.jxl"}), 0);
    const Result<DecodedMedium> medium = decode_parts(folder_ / "a.jxl");
    ASSERT_TRUE(medium);
    ASSERT_EQ(medium->parts.size(), 1U);
    ASSERT_TRUE(medium->parts[0].decoded);
    const test::Decoded& film = *medium->parts[0].decoded;
    ASSERT_EQ(film.frames.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(film.frames[i].time, MediaTime::from_ms(static_cast<std::int64_t>(500 * i)));
    }
    EXPECT_EQ(film.report.decoded_until, MediaTime::from_ms(1500));
    EXPECT_FALSE(film.report.is_partial);
    const auto all = test::decode_file(folder_ / "a.jxl", test::Pictures::kAll);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_LE(mean_error(all->pictures.at(i), pictures_[i]), 3.0) << i;
    }
}

TEST_F(StillParts, ATruncatedJpegXlGivesWhatItHolds) {
    REFRAIN_REQUIRE_PROGRAM("cjxl");
    ASSERT_EQ(
        run_program({"convert", folder_ / "0.bmp", "-resize", "1200x900!", folder_ / "large.png"}),
        0);
    ASSERT_EQ(run_program({"cjxl", "-p", folder_ / "large.png", folder_ / "p.jxl"}), 0);
    const std::string bytes = read_file(folder_ / "p.jxl");
    const Result<DecodedMedium> medium = parts_of(bytes.substr(0, bytes.size() * 9 / 10));
    ASSERT_TRUE(medium && medium->parts.at(0).decoded);
    EXPECT_TRUE(medium->parts[0].decoded->report.is_partial);
    ASSERT_EQ(medium->parts[0].decoded->pictures.size(), 1U);
    const Result<DecodedMedium> whole = parts_of(bytes);
    EXPECT_LE(mean_error(medium->parts[0].picture(), whole->parts.at(0).picture()), 20.0);
}

TEST_F(StillParts, TheStillBesideAnAnimationIsAPart) {
    std::vector<std::string> data;  // of the IDAT chunks
    std::string header;
    for (int i = 0; i < 3; ++i) {
        const auto file = folder_ / (std::to_string(i) + ".png");
        ASSERT_EQ(run_program({"convert", folder_ / (std::to_string(i) + ".bmp"), "-strip",
                               "PNG24:" + file.native()}),
                  0);
        const std::string bytes = read_file(file);
        data.emplace_back();
        for (std::size_t at = 8; at + 8 < bytes.size();) {
            std::uint32_t length = 0;
            for (std::size_t k = 0; k < 4; ++k) {
                length = length << 8U | static_cast<std::uint8_t>(bytes[at + k]);
            }
            if (bytes.compare(at + 4, 4, "IHDR") == 0) {
                header = bytes.substr(at + 8, length);
            } else if (bytes.compare(at + 4, 4, "IDAT") == 0) {
                data.back() += bytes.substr(at + 8, length);
            }
            at += 12 + length;
        }
    }
    const auto chunk = [](const std::string& kind, const std::string& content) {
        std::uint32_t sum = 0xffffffffU;  // CRC-32 of PNG, annex D
        for (const char letter : kind + content) {
            sum ^= static_cast<std::uint8_t>(letter);
            for (int bit = 0; bit < 8; ++bit) {
                sum = (sum & 1U) != 0 ? 0xedb88320U ^ sum >> 1U : sum >> 1U;
            }
        }
        return big_endian(content.size(), 4) + kind + content + big_endian(~sum, 4);
    };
    std::string bytes = "\x89PNG\r\n\x1a\n"s + chunk("IHDR", header) +
                        chunk("acTL", big_endian(2, 4) + big_endian(0, 4)) + chunk("IDAT", data[0]);
    for (std::size_t i = 1; i < 3; ++i) {
        bytes += chunk("fcTL", big_endian(2 * i - 2, 4) + header.substr(0, 8) + big_endian(0, 8) +
                                   big_endian(1, 2) + big_endian(2, 2) + "\0\0"s);
        bytes += chunk("fdAT", big_endian(2 * i - 1, 4) + data[i]);
    }
    const Result<DecodedMedium> medium = parts_of(bytes + chunk("IEND", ""));
    ASSERT_TRUE(medium);
    ASSERT_EQ(medium->parts.size(), 2U);
    ASSERT_TRUE(medium->parts[0].decoded && medium->parts[1].decoded);
    EXPECT_EQ(medium->parts[0].plan.part.index, 1U);
    EXPECT_EQ(medium->parts[0].decoded->frames.size(), 2U);
    EXPECT_EQ(mean_error(medium->parts[0].picture(), pictures_[1]), 0.0);
    EXPECT_EQ(medium->parts[1].plan.part.index, 0U);
    EXPECT_EQ(mean_error(medium->parts[1].picture(), pictures_[0]), 0.0);
}

TEST_F(StillParts, OfAnIconTheLargestSizeIsThePicture) {
    ASSERT_EQ(run_program({"convert", folder_ / "0.bmp", "-resize", "128x128!", "-define",
                           "icon:auto-resize=16,128,48", folder_ / "p.ico"}),
              0);
    const Result<DecodedMedium> medium = decode_parts(folder_ / "p.ico");
    ASSERT_TRUE(medium);
    ASSERT_EQ(medium->parts.size(), 1U);
    ASSERT_TRUE(medium->parts[0].decoded);
    EXPECT_EQ(medium->parts[0].picture().width, 128);
}

TEST_F(StillParts, PfmIsReadFromTheBottomToTheTop) {
    for (const char* space : {"sRGB", "Gray"}) {
        ASSERT_EQ(run_program({"convert", folder_ / "0.bmp", "-colorspace", space, "-depth", "8",
                               folder_ / "wanted.png"}),
                  0);
        ASSERT_EQ(run_program({"convert", folder_ / "wanted.png", folder_ / "p.pfm"}), 0);
        ASSERT_EQ(run_program({"convert", folder_ / "wanted.png", "-type", "TrueColor",
                               folder_ / "wanted.ppm"}),
                  0);
        const auto wanted = test::read_ppm(folder_ / "wanted.ppm");
        ASSERT_TRUE(wanted);
        const Result<DecodedMedium> medium = decode_parts(folder_ / "p.pfm");
        ASSERT_TRUE(medium && medium->parts.at(0).decoded);
        EXPECT_LE(mean_error(medium->parts[0].picture(), *wanted), 1.0) << space;
        const std::string bytes = read_file(folder_ / "p.pfm");
        const Result<DecodedMedium> cut = parts_of(bytes.substr(0, bytes.size() / 2));
        ASSERT_TRUE(cut && cut->parts.at(0).decoded);
        EXPECT_TRUE(cut->parts[0].decoded->report.is_partial);
    }
}

TEST_F(StillParts, TransparencyThatShowsIsToldAndLiesOnEitherGround) {
    // A dark disc on nothing; and the same picture without transparency.
    for (const char* name : {"a.png", "a.webp", "PNG8:b.png", "a.gif", "a.jxl", "a.tif", "a.ico"}) {
        const bool has_prefix = std::string(name).starts_with("PNG8:");
        const auto file = folder_ / (has_prefix ? name + 5 : name);
        if (file.extension() == ".jxl") {
            if (!test::has_program("cjxl")) {
                continue;
            }
            ASSERT_EQ(run_program({"cjxl", "-d", "0", folder_ / "a.png", file}), 0);
        } else {
            ASSERT_EQ(run_program({"convert", "-size", "96x96", "xc:none", "-fill", "black",
                                   "-draw", "circle 48,48 48,20", "+antialias",
                                   (has_prefix ? "PNG8:" : "") + file.native()}),
                      0);
        }
        for (const auto ground : {media::Ground::kBlack, media::Ground::kWhite}) {
            const Result<DecodedMedium> medium = decode_parts(file, ground);
            ASSERT_TRUE(medium && medium->parts.at(0).decoded) << name;
            EXPECT_TRUE(medium->parts[0].shows_ground) << name;
            const frame::RgbImage& picture = medium->parts[0].picture();
            EXPECT_EQ(*test::pixel_at(picture, 2, 2), static_cast<int>(ground)) << name;
            EXPECT_EQ(*test::pixel_at(picture, 48, 48), 0) << name;
        }
    }
    ASSERT_EQ(run_program({"convert", folder_ / "0.bmp", "-alpha", "on",
                           "PNG32:" + (folder_ / "opaque.png").native()}),
              0);
    const Result<DecodedMedium> opaque = decode_parts(folder_ / "opaque.png");
    ASSERT_TRUE(opaque);
    EXPECT_FALSE(opaque->parts.at(0).shows_ground);
}

}  // namespace
}  // namespace refrain
