#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/fingerprinter.h"

#include "support/decoded.h"
#include "support/run_program.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using test::decode_file;
using test::Decoded;
using test::Pictures;
using test::read_file;
using test::run_program;
using test::write_file;
using namespace std::string_literals;

std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) {
        bytes += static_cast<char>(value >> shift);
    }
    return bytes;
}

/// A PNG chunk; `checksum` is right only for those without content.
std::string chunk(const std::string& kind, const std::string& data, std::uint32_t checksum = 0) {
    return big_endian(static_cast<std::uint32_t>(data.size())) + kind + data + big_endian(checksum);
}

std::string png_claiming(std::uint32_t width, std::uint32_t height) {
    return "\x89PNG\r\n\x1a\n"s +
           chunk("IHDR", big_endian(width) + big_endian(height) + "\x08\x02\0\0\0"s) +
           chunk("IDAT", "\x78\x9c\x03\0\0\0\0\1"s) + chunk("IEND", "", 0xae426082U);
}

class BadMedia : public ::testing::Test {
  protected:
    void SetUp() override { REFRAIN_REQUIRE_PROGRAM("ffmpeg"); }

    /// Runs ffmpeg with these arguments, the last being a file name. @return that file
    std::filesystem::path make(std::vector<std::string> arguments) {
        const std::filesystem::path file = folder_ / arguments.back();
        arguments.back() = file;
        arguments.insert(arguments.begin(), {"ffmpeg", "-v", "error", "-y"});
        EXPECT_EQ(run_program(arguments), 0) << file;
        return file;
    }

    std::filesystem::path clip(const std::string& name, std::vector<std::string> extra = {}) {
        std::vector<std::string> arguments = {"-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2"};
        arguments.insert(arguments.end(), extra.begin(), extra.end());
        arguments.push_back(name);
        return make(arguments);
    }

    std::filesystem::path picture(const std::string& name) {
        return clip(name, {"-frames:v", "1"});
    }

    std::filesystem::path cut(const std::filesystem::path& file, std::size_t percent) {
        const std::string bytes = read_file(file);
        write_file(file, bytes.substr(0, bytes.size() * percent / 100));
        return file;
    }

    std::filesystem::path flip_bits(const std::filesystem::path& file) {
        std::string bytes = read_file(file);
        for (std::size_t i = bytes.size() / 2; i < bytes.size(); i += 31) {
            bytes[i] ^= 0x5a;
        }
        write_file(file, bytes);
        return file;
    }

    static ErrorCode code_of(const std::filesystem::path& file, const Limits& limits = {}) {
        media::ReaderOptions options;
        options.limits = limits;
        const Result<Decoded> decoded = decode_file(file, Pictures::kAll, options);
        EXPECT_FALSE(decoded) << file << " was decoded";
        return decoded ? ErrorCode::kInvalidArgument : decoded.error().code;
    }

    test::TempFolder folder_;
};

TEST_F(BadMedia, TextUnderAMediaNameIsUnsupported) {
    for (const char* name : {"text.mp4", "text.jpg"}) {
        write_file(folder_ / name, "Dear reader,\nthis is no medium.\n");
        EXPECT_EQ(code_of(folder_ / name), ErrorCode::kUnsupportedFormat);
    }
}

TEST_F(BadMedia, PlaylistsAndScriptsAreNotFollowed) {
    const std::filesystem::path target = clip("target.mp4");
    const std::string path = target.native();
    const std::vector<std::string> scripts = {
        "ffconcat version 1.0\nfile " + path + "\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://" + path + "\n#EXT-X-ENDLIST\n",
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"};
    for (const std::string& script : scripts) {
        write_file(folder_ / "script.mp4", script);
        EXPECT_EQ(code_of(folder_ / "script.mp4"), ErrorCode::kUnsupportedFormat) << script;
    }
}

TEST_F(BadMedia, NoiseIsUnsupported) {
    std::string noise;
    for (std::uint32_t i = 0, state = 1; i < 100'000; ++i) {
        state = state * 1664525U + 1013904223U;
        noise += static_cast<char>(state >> 24U);
    }
    write_file(folder_ / "noise.mp4", noise);
    EXPECT_EQ(code_of(folder_ / "noise.mp4"), ErrorCode::kUnsupportedFormat);
}

TEST_F(BadMedia, SoundAloneHasNoVisualStream) {
    for (const char* name : {"a.mp3", "a.m4a", "a.wav", "a.flac", "a.ogg", "a.mkv"}) {
        const auto file = make({"-f", "lavfi", "-i", "sine=d=1", name});
        EXPECT_EQ(code_of(file), ErrorCode::kNoVisualStream) << name;
    }
}

TEST_F(BadMedia, AVideoStreamWithoutFramesGivesNoneAndSaysWhy) {
    for (const char* name : {"none.mkv", "none.mp4", "none.avi"}) {
        const auto file = clip(name, {"-frames:v", "0", "-c:v", "mpeg4"});
        const Result<Decoded> decoded = decode_file(file);
        if (decoded) {
            EXPECT_TRUE(decoded->frames.empty()) << name;
            EXPECT_FALSE(decoded->report.damage.empty()) << name;
        } else {
            EXPECT_TRUE(decoded.error().code == ErrorCode::kCorrupt ||
                        decoded.error().code == ErrorCode::kNoVisualStream)
                << name << error_code_name(decoded.error().code);
        }
    }
}

TEST_F(BadMedia, TheSmallestPicturesAreDecoded) {
    const auto video =
        make({"-f", "lavfi", "-i", "testsrc=s=4x4:d=1", "-pix_fmt", "yuv420p", "4x4.mp4"});
    const Result<Decoded> tiny = decode_file(video);
    ASSERT_TRUE(tiny);
    EXPECT_EQ(tiny->frames.size(), 25U);
    const auto file = make({"-f", "lavfi", "-i", "color=c=red:s=2x2,format=rgb24,crop=1:1",
                            "-frames:v", "1", "1x1.png"});
    const Result<Decoded> pixel = decode_file(file);
    ASSERT_TRUE(pixel);
    EXPECT_EQ(pixel->pictures.at(0).pixels.size(), 3U);
}

TEST_F(BadMedia, OversizedPicturesAreRefusedByTheirHeader) {
    write_file(folder_ / "huge.png", png_claiming(60'000, 60'000));
    EXPECT_EQ(code_of(folder_ / "huge.png"), ErrorCode::kTooLarge);
    write_file(folder_ / "wide.png", png_claiming(70'000, 6));
    EXPECT_EQ(code_of(folder_ / "wide.png"), ErrorCode::kTooLarge);
    const auto whole = make({"-f", "lavfi", "-i", "color=s=70000x6", "-frames:v", "1", "wide.bmp"});
    EXPECT_EQ(code_of(whole), ErrorCode::kTooLarge);
}

TEST_F(BadMedia, EveryFormatKeepsToTheLimits) {
    Limits small;
    small.max_side = 100;
    for (const char* name : {"p.jpg", "p.png", "p.gif", "p.bmp", "p.tiff", "p.webp", "p.jxl"}) {
        EXPECT_EQ(code_of(picture(name), small), ErrorCode::kTooLarge) << name;
    }
    for (const char* name : {"c.mp4", "c.webm", "c.ts", "c.ogv"}) {
        EXPECT_EQ(code_of(clip(name), small), ErrorCode::kTooLarge) << name;
    }
}

TEST_F(BadMedia, LimitsOfFramesAndDurationAreErrors) {
    const auto file = clip("c.mp4");
    Limits limits;
    limits.max_frames = 49;
    EXPECT_EQ(code_of(file, limits), ErrorCode::kTooManyFrames);
    limits.max_frames = 50;
    limits.max_duration = MediaTime::from_ms(1900);
    EXPECT_EQ(code_of(file, limits), ErrorCode::kTooLarge);
}

TEST_F(BadMedia, StoppingAndTheTimeLimitAreErrors) {
    const auto file = clip("c.mp4");
    Limits limits;
    limits.max_wall_time = MediaTime::from_us(0);
    EXPECT_EQ(code_of(file, limits), ErrorCode::kTimeout);
    std::stop_source stop;
    stop.request_stop();
    media::ReaderOptions options;
    options.stop = stop.get_token();
    EXPECT_EQ(decode_file(file, Pictures::kNone, options).error().code, ErrorCode::kCancelled);
}

TEST_F(BadMedia, ATruncatedJpegGivesItsUpperRows) {
    const auto file = picture("p.jpg");
    const frame::RgbImage whole = decode_file(file)->pictures.at(0);
    const Result<Decoded> decoded = decode_file(cut(file, 60));
    ASSERT_TRUE(decoded);
    ASSERT_EQ(decoded->pictures.size(), 1U);
    EXPECT_TRUE(decoded->report.is_partial);
    EXPECT_NE(decoded->report.damage.find("end marker"), std::string::npos);
    const auto& part = decoded->pictures[0];
    ASSERT_EQ(part.pixels.size(), whole.pixels.size());
    EXPECT_TRUE(
        std::equal(whole.pixels.begin(), whole.pixels.begin() + 320 * 3 * 80, part.pixels.begin()));
}

TEST_F(BadMedia, AJpegThatLacksItsLastBytesAloneIsPartial) {
    const auto file = picture("p.jpg");
    const std::string bytes = read_file(file);
    write_file(file, bytes.substr(0, bytes.size() - 2));
    const Result<Decoded> decoded = decode_file(file);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->frames.size(), 1U);
    EXPECT_TRUE(decoded->report.is_partial);
}

TEST_F(BadMedia, ABitFlippedJpegIsPartial) {
    const Result<Decoded> decoded = decode_file(flip_bits(picture("p.jpg")));
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->report.is_partial);
    EXPECT_FALSE(decoded->report.damage.empty());
}

TEST_F(BadMedia, ADamagedPngGivesItsUpperRowsAndIsNeverTakenForAWholeOne) {
    const auto file = picture("p.png");
    const std::string whole = read_file(file);
    const frame::RgbImage picture = decode_file(file)->pictures.at(0);
    for (const bool is_cut : {true, false}) {
        write_file(file, whole);
        const Result<Decoded> decoded = decode_file(is_cut ? cut(file, 60) : flip_bits(file));
        ASSERT_TRUE(decoded);
        EXPECT_TRUE(decoded->report.is_partial);
        EXPECT_FALSE(decoded->report.damage.empty());
        ASSERT_EQ(decoded->pictures.size(), 1U) << decoded->report.damage;
        EXPECT_TRUE(std::equal(picture.pixels.begin(), picture.pixels.begin() + 320 * 3 * 80,
                               decoded->pictures[0].pixels.begin()));
    }
    // Of one that is cut off before its pixels there is nothing to show.
    write_file(file, whole.substr(0, whole.find("IDAT") - 4));
    const Result<Decoded> decoded = decode_file(file);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->pictures.empty());
    EXPECT_FALSE(decoded->report.damage.empty());
}

TEST_F(BadMedia, ADamagedGifIsPartial) {
    const auto file = picture("p.gif");
    std::string bytes = read_file(file);
    for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 40; ++i) {
        bytes[i] ^= 0x5a;
    }
    write_file(file, bytes);
    const Result<Decoded> decoded = decode_file(file);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->report.is_partial);
    EXPECT_FALSE(decoded->report.damage.empty());
}

TEST_F(BadMedia, WhatIsMissingFromPicturesWithoutChecksumsIsTold) {
    for (const char* name : {"p.bmp", "p.qoi", "p.exr", "p.sun", "p.ppm", "p.tiff"}) {
        const auto file = picture(name);
        EXPECT_FALSE(decode_file(file)->report.is_partial) << name;
        const Result<Decoded> decoded = decode_file(cut(file, 60));
        EXPECT_TRUE(!decoded || decoded->report.is_partial) << name;
    }
}

TEST_F(BadMedia, AnMp4CutBehindItsIndexGivesWhatItHolds) {
    const Result<Decoded> decoded =
        decode_file(cut(clip("c.mp4", {"-movflags", "+faststart"}), 60));
    ASSERT_TRUE(decoded);
    EXPECT_GT(decoded->frames.size(), 10U);
    EXPECT_LT(decoded->frames.size(), 50U);
    EXPECT_TRUE(decoded->report.is_partial);
    EXPECT_NE(decoded->report.damage.find("the file ends"), std::string::npos);
    EXPECT_EQ(decoded->report.decoded_frames, decoded->frames.size());
}

TEST_F(BadMedia, AnMp4CutBeforeItsIndexIsCorrupt) {
    const Result<Decoded> decoded = decode_file(cut(clip("c.mp4"), 60));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(decoded.error().message.find("the file ends"), std::string::npos);
}

TEST_F(BadMedia, ATruncatedVideoOfEachContainerGivesItsFirstFrames) {
    for (const char* name : {"c.mkv", "c.webm", "c.avi", "c.flv", "c.ogv"}) {
        const Result<Decoded> decoded = decode_file(cut(clip(name), 60));
        ASSERT_TRUE(decoded) << name << decoded.error().message;
        EXPECT_GT(decoded->frames.size(), 5U) << name;
        EXPECT_LT(decoded->frames.size(), 50U) << name;
        EXPECT_TRUE(decoded->report.is_partial) << name;
    }
}

TEST_F(BadMedia, ATruncatedAnimationGivesItsFirstFrames) {
    for (const auto& [name, codec] :
         {std::pair("a.gif", "gif"), std::pair("a.webp", "libwebp_anim"),
          std::pair("a.apng", "apng")}) {
        const Result<Decoded> decoded =
            decode_file(cut(clip(name, {"-vf", "fps=5", "-c:v", codec}), 60));
        ASSERT_TRUE(decoded) << name << decoded.error().message;
        EXPECT_GT(decoded->frames.size(), 2U) << name;
        EXPECT_LT(decoded->frames.size(), 10U) << name;
        EXPECT_TRUE(decoded->report.is_partial) << name;
    }
}

TEST_F(BadMedia, ADamagedPacketIsSkippedAndCounted) {
    // Every picture of a PNG stream stands alone, so exactly one is lost.
    const auto file = clip("c.mov", {"-vf", "fps=5", "-c:v", "png"});
    std::string bytes = read_file(file);
    const std::size_t fourth = [&] {
        std::size_t at = 0;
        for (int i = 0; i < 4; ++i) {
            at = bytes.find("IHDR", at + 1);
        }
        return at;
    }();
    bytes.replace(fourth + 4, 8, 8, '\xff');
    write_file(file, bytes);
    const Result<Decoded> decoded = decode_file(file);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->frames.size(), 9U);
    EXPECT_EQ(decoded->report.skipped_packets, 1U);
    EXPECT_TRUE(decoded->report.is_partial);
    EXPECT_EQ(decoded->frames.back().time, MediaTime::from_ms(1800));
}

TEST_F(BadMedia, NoTruncationOfAnyFormatIsTakenForTheWholeMedium) {
    for (const char* name : {"p.jpg", "p.png", "p.gif", "p.webp", "p.bmp", "p.tiff", "p.jxl"}) {
        const std::string whole = read_file(picture(name));
        for (std::size_t percent = 5; percent < 100; percent += 10) {
            write_file(folder_ / "part", whole.substr(0, whole.size() * percent / 100));
            const Result<Decoded> decoded = decode_file(folder_ / "part");
            EXPECT_TRUE(!decoded || decoded->report.is_partial)
                << name << " at " << percent << " %";
        }
    }
}

TEST_F(BadMedia, DamageDoesNotDependOnTheNumberOfThreads) {
    const auto file = flip_bits(clip("c.mkv", {"-c:v", "libx264", "-bf", "2"}));
    FingerprintOptions options;
    const Result<FingerprintRun> one = Fingerprinter(options).fingerprint_file(file);
    options.decoder_threads = 3;
    const Result<FingerprintRun> three = Fingerprinter(options).fingerprint_file(file);
    ASSERT_TRUE(one && three);
    EXPECT_TRUE(one->fingerprint.decode.is_partial);
    EXPECT_EQ(one->fingerprint, three->fingerprint);
}

TEST_F(BadMedia, AWholeVideoDoesNotDependOnTheNumberOfThreads) {
    const auto file = clip("c.mkv", {"-c:v", "libx264", "-bf", "2"});
    media::ReaderOptions options;
    const Result<Decoded> one = decode_file(file, Pictures::kAll, options);
    options.decoder_threads = 3;
    const Result<Decoded> three = decode_file(file, Pictures::kAll, options);
    ASSERT_TRUE(one && three);
    EXPECT_EQ(one->report, three->report);
    ASSERT_EQ(one->pictures.size(), three->pictures.size());
    for (std::size_t i = 0; i < one->pictures.size(); ++i) {
        EXPECT_TRUE(one->pictures[i].pixels == three->pictures[i].pixels) << "frame " << i;
    }
}

}  // namespace
}  // namespace refrain
