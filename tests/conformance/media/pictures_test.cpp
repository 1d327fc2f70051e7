#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/decoded.h"
#include "support/run_program.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using test::decode_file;
using test::Decoded;
using test::mean_error;
using test::Pictures;
using test::run_program;
using Arguments = std::vector<std::string>;

class MediaPictures : public ::testing::Test {
  protected:
    void SetUp() override {
        REFRAIN_REQUIRE_PROGRAM("ffmpeg");
        // Smooth, coloured and without symmetry: every turn of it is another picture.
        original_ = make({"-f", "lavfi", "-i", "testsrc2=s=320x240", "-vf", "gblur=4", "-frames:v",
                          "1", "-pix_fmt", "rgb24", "original.png"});
    }

    std::filesystem::path make(Arguments arguments) {
        const std::filesystem::path file = folder_ / arguments.back();
        arguments.back() = file;
        arguments.insert(arguments.begin(), {"ffmpeg", "-v", "error", "-y"});
        EXPECT_EQ(run_program(arguments), 0) << file;
        return file;
    }

    std::filesystem::path encoded(const std::string& name, const Arguments& extra = {}) {
        Arguments arguments = {"-i", original_};
        arguments.insert(arguments.end(), extra.begin(), extra.end());
        arguments.push_back(name);
        return make(arguments);
    }

    static frame::RgbImage first_of(const std::filesystem::path& file) {
        const Result<Decoded> decoded = decode_file(file);
        if (!decoded || decoded->pictures.empty()) {
            ADD_FAILURE() << file << ": "
                          << (decoded ? decoded->report.damage : decoded.error().message);
            return {};
        }
        EXPECT_FALSE(decoded->report.is_partial) << file << decoded->report.damage;
        EXPECT_EQ(decoded->info.width, decoded->pictures[0].width) << file;
        EXPECT_EQ(decoded->info.height, decoded->pictures[0].height) << file;
        return decoded->pictures[0];
    }

    /// @param tolerance  mean absolute difference to the original, 0..255
    void expect_like_original(const std::filesystem::path& file, double tolerance) {
        EXPECT_LE(mean_error(first_of(file), first_of(original_)), tolerance) << file;
    }

    test::TempFolder folder_;
    std::filesystem::path original_;
};

TEST_F(MediaPictures, LosslessFormatsGiveTheVeryPixels) {
    for (const char* name : {"p.bmp", "p.tiff", "p.ppm", "p.apng"}) {
        expect_like_original(encoded(name), 0.0);
    }
    expect_like_original(encoded("p.webp", {"-lossless", "1", "-pix_fmt", "bgra"}), 0.0);
    expect_like_original(encoded("p16.png", {"-pix_fmt", "rgb48be"}), 0.5);
    expect_like_original(encoded("p.mkv", {"-c:v", "ffv1", "-pix_fmt", "bgr0"}), 0.0);
}

TEST_F(MediaPictures, LossyPictureFormatsAreClose) {
    for (const char* name : {"p.jpg", "p.webp"}) {
        expect_like_original(encoded(name, {"-q:v", name[2] == 'j' ? "2" : "90"}), 3.0);
    }
    expect_like_original(encoded("full.jpg", {"-q:v", "2", "-pix_fmt", "yuvj444p"}), 2.0);
    expect_like_original(encoded("p.jxl", {"-c:v", "libjxl"}), 3.0);
    expect_like_original(encoded("p.gif"), 12.0);
    expect_like_original(encoded("palette.png", {"-pix_fmt", "pal8"}), 12.0);
}

TEST_F(MediaPictures, GreyPicturesKeepTheirLevels) {
    const frame::RgbImage grey = first_of(encoded("grey.png", {"-pix_fmt", "gray"}));
    EXPECT_LE(mean_error(first_of(encoded("grey.jpg", {"-vf", "format=gray", "-q:v", "2"})), grey),
              2.0);
    EXPECT_LE(mean_error(first_of(encoded("grey16.png", {"-pix_fmt", "gray16be"})), grey), 1.0);
}

TEST_F(MediaPictures, HeicAndAvifAreClose) {
    REFRAIN_REQUIRE_PROGRAM("heif-enc");
    const std::filesystem::path heic = folder_ / "p.heic";
    const std::filesystem::path avif = folder_ / "p.avif";
    ASSERT_EQ(run_program({"heif-enc", "-q", "90", original_, "-o", heic}), 0);
    ASSERT_EQ(run_program({"heif-enc", "-A", "-q", "90", original_, "-o", avif}), 0);
    expect_like_original(heic, 4.0);
    expect_like_original(avif, 4.0);
}

TEST_F(MediaPictures, VideoCodecsAreClose) {
    const std::vector<std::pair<std::string, Arguments>> clips = {
        {"h264.mp4", {"-c:v", "libx264", "-pix_fmt", "yuv420p"}},
        {"h264-10bit.mkv", {"-c:v", "libx264", "-pix_fmt", "yuv420p10le"}},
        {"h264-full.mp4", {"-c:v", "libx264", "-pix_fmt", "yuvj420p"}},
        {"hevc.mp4", {"-c:v", "libx265", "-crf", "18"}},
        {"vp8.webm", {"-c:v", "libvpx", "-b:v", "2M", "-crf", "8"}},
        {"vp9.webm", {"-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0"}},
        {"mpeg4.avi", {"-c:v", "mpeg4", "-q:v", "2"}},
        {"mpeg2.ts", {"-c:v", "mpeg2video", "-q:v", "2"}},
        {"flv1.flv", {"-c:v", "flv", "-q:v", "2"}},
        {"theora.ogv", {"-c:v", "libtheora", "-q:v", "9"}},
        {"wmv2.asf", {"-c:v", "wmv2", "-q:v", "2"}},
        {"prores.mov", {"-c:v", "prores_ks"}},
        {"mjpeg.avi", {"-c:v", "mjpeg", "-q:v", "2"}}};
    for (const auto& [name, codec] : clips) {
        Arguments arguments = {"-loop", "1", "-i", original_, "-frames:v", "3"};
        arguments.insert(arguments.end(), codec.begin(), codec.end());
        arguments.push_back(name);
        expect_like_original(make(arguments), 5.0);
    }
}

TEST_F(MediaPictures, TheColourMatrixAndRangeThatAreStatedAreUsed) {
    for (const char* matrix : {"bt709", "bt601", "bt2020"}) {
        for (const char* range : {"tv", "pc"}) {
            const std::string filter = std::string("scale=out_color_matrix=") + matrix +
                                       ":out_range=" + range +
                                       ":flags=accurate_rnd+full_chroma_int";
            const auto file =
                encoded(std::string(matrix) + range + ".mkv",
                        {"-vf", filter, "-pix_fmt", "yuv444p", "-c:v", "ffv1", "-colorspace",
                         matrix == std::string("bt709")   ? "bt709"
                         : matrix == std::string("bt601") ? "smpte170m"
                                                          : "bt2020nc",
                         "-color_range", range});
            expect_like_original(file, 1.5);
        }
    }
}

TEST_F(MediaPictures, TheDisplayMatrixIsApplied) {
    const auto upright = encoded("u.mp4", {"-c:v", "libx264", "-crf", "5", "-pix_fmt", "yuv444p"});
    for (const auto& [degrees, filter] :
         {std::pair("90", "transpose=cclock"), std::pair("180", "hflip,vflip"),
          std::pair("270", "transpose=clock")}) {
        const std::string rotate = std::string("rotate=") + degrees;
        const auto turned = make({"-i", upright, "-c", "copy", "-metadata:s:v", rotate,
                                  std::string("r") + degrees + ".mp4"});
        const frame::RgbImage shown = first_of(turned);
        const frame::RgbImage plain = first_of(original_);
        ASSERT_GT(mean_error(shown, plain), 20.0) << "nothing was turned";
        // What the player shows, turned by ffmpeg itself, which applies the matrix.
        const auto expected = make({"-i", turned, "-frames:v", "1", "-pix_fmt", "rgb24",
                                    std::string("e") + degrees + ".png"});
        EXPECT_LE(mean_error(shown, first_of(expected)), 2.0) << degrees << filter;
    }
}

TEST_F(MediaPictures, TheSampleAspectRatioIsApplied) {
    const auto file = encoded("sar.mp4", {"-vf", "setsar=4/3", "-c:v", "libx264"});
    const frame::RgbImage shown = first_of(file);
    EXPECT_EQ(shown.width, 427);
    EXPECT_EQ(shown.height, 240);
}

TEST_F(MediaPictures, AlphaIsCompositedOnBlack) {
    const auto file = encoded("a.png", {"-vf", "format=rgba,colorchannelmixer=aa=0.5"});
    const frame::RgbImage original = first_of(original_);
    const frame::RgbImage shown = first_of(file);
    ASSERT_EQ(shown.pixels.size(), original.pixels.size());
    for (std::size_t i = 0; i < shown.pixels.size(); i += 101) {
        ASSERT_NEAR(shown.pixels[i], original.pixels[i] / 2.0, 2.0) << i;
    }
}

TEST_F(MediaPictures, InterlacedVideoIsShownByAField) {
    const auto file = make({"-loop", "1", "-i", original_, "-frames:v", "4", "-vf", "setfield=tff",
                            "-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", "i.ts"});
    expect_like_original(file, 5.0);
}

TEST_F(MediaPictures, AChangeOfResolutionIsFollowed) {
    const Arguments codec = {"-c:v", "libx264", "-crf", "10", "-pix_fmt", "yuv420p"};
    Arguments small = {"-loop", "1", "-i", original_, "-frames:v", "5"};
    Arguments large = small;
    large.insert(large.end(), {"-vf", "scale=640:480"});
    for (Arguments* arguments : {&small, &large}) {
        arguments->insert(arguments->end(), codec.begin(), codec.end());
        arguments->push_back(arguments == &small ? "small.ts" : "large.ts");
    }
    test::write_file(folder_ / "both.ts",
                     test::read_file(make(small)) + test::read_file(make(large)));
    const Result<Decoded> decoded = decode_file(folder_ / "both.ts", Pictures::kAll);
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_EQ(decoded->pictures.size(), 10U);
    EXPECT_LE(mean_error(decoded->pictures[0], first_of(original_)), 5.0);
    const auto expected = encoded("large.png", {"-vf", "scale=640:480"});
    EXPECT_LE(mean_error(decoded->pictures[9], first_of(expected)), 5.0);
}

TEST_F(MediaPictures, ACoverIsIgnoredBesideAVideoAndShownBesideSound) {
    const auto sound = make({"-f", "lavfi", "-i", "sine=d=1", "-i", original_, "-map", "0", "-map",
                             "1", "-c:v", "png", "-disposition:v", "attached_pic", "cover.mp3"});
    expect_like_original(sound, 0.0);
    EXPECT_EQ(decode_file(sound)->frames.size(), 1U);
    const auto video = make({"-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-i", original_, "-map",
                             "1", "-map", "0", "-c:v:0", "png", "-c:v:1", "mpeg4",
                             "-disposition:v:0", "attached_pic", "cover.mp4"});
    const Result<Decoded> decoded = decode_file(video);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->info.width, 64);
    EXPECT_EQ(decoded->frames.size(), 25U);
}

TEST_F(MediaPictures, SeveralPicturesInOneJpegFileAreOne) {
    const auto file = encoded("two.jpg", {"-q:v", "2"});
    test::write_file(file, test::read_file(file) + test::read_file(file));
    EXPECT_EQ(decode_file(file)->frames.size(), 1U);
    expect_like_original(file, 3.0);
}

/// `jpeg` with an EXIF block that holds the orientation alone.
std::string with_orientation(const std::string& jpeg, char value) {
    using namespace std::string_literals;
    const std::string tiff =
        "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + value + "\0\0\0\0\0\0"s;
    const std::string block = "Exif\0\0"s + tiff;
    return jpeg.substr(0, 2) + "\xff\xe1\0"s + static_cast<char>(block.size() + 2) + block +
           jpeg.substr(2);
}

TEST_F(MediaPictures, EveryExifOrientationIsApplied) {
    const std::vector<std::string> filters = {"null",
                                              "hflip",
                                              "hflip,vflip",
                                              "vflip",
                                              "transpose=cclock_flip",
                                              "transpose=clock",
                                              "transpose=clock_flip",
                                              "transpose=cclock"};
    const std::string jpeg = test::read_file(encoded("o.jpg", {"-q:v", "2"}));
    for (std::size_t i = 0; i < filters.size(); ++i) {
        test::write_file(folder_ / "t.jpg", with_orientation(jpeg, static_cast<char>(i + 1)));
        const auto expected = encoded("t.png", {"-vf", filters[i]});
        EXPECT_LE(mean_error(first_of(folder_ / "t.jpg"), first_of(expected)), 3.0) << filters[i];
    }
}

}  // namespace
}  // namespace refrain
