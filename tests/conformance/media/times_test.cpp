#include <algorithm>
#include <cmath>
#include <fstream>
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
using test::Pictures;
using test::run_program;
using Arguments = std::vector<std::string>;

class MediaTimes : public ::testing::Test {
  protected:
    void SetUp() override {
        REFRAIN_REQUIRE_PROGRAM("ffmpeg");
        REFRAIN_REQUIRE_PROGRAM("ffprobe");
    }

    /// Runs ffmpeg; the last argument is the name of the file that it makes.
    std::filesystem::path make(Arguments arguments) {
        const std::filesystem::path file = folder_ / arguments.back();
        arguments.back() = file;
        arguments.insert(arguments.begin(), {"ffmpeg", "-v", "error", "-y"});
        EXPECT_EQ(run_program(arguments), 0) << file;
        return file;
    }

    std::filesystem::path clip(const std::string& name, const Arguments& extra = {}) {
        Arguments arguments = {"-f", "lavfi", "-i", "testsrc2=s=160x120:r=30000/1001:d=3"};
        arguments.insert(arguments.end(), extra.begin(), extra.end());
        arguments.push_back(name);
        return make(arguments);
    }

    /// Presentation times in ms by ffprobe, counted from `origin_ms`.
    std::vector<std::int64_t> probed(const std::filesystem::path& file) {
        const std::filesystem::path list = folder_ / "times.csv";
        EXPECT_EQ(run_program({"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                               "frame=best_effort_timestamp_time", "-of", "csv=p=0", "-o",
                               list.native(), file.native()}),
                  0);
        std::vector<std::int64_t> times;
        std::ifstream in(list);
        for (std::string line; std::getline(in, line);) {
            if (!line.empty()) {
                times.push_back(std::llround(std::stod(line) * 1000));
            }
        }
        return times;
    }

    static std::vector<std::int64_t> ours(const std::filesystem::path& file) {
        const Result<Decoded> decoded = decode_file(file, Pictures::kNone);
        std::vector<std::int64_t> times;
        if (!decoded) {
            ADD_FAILURE() << decoded.error().message;
            return times;
        }
        EXPECT_FALSE(decoded->report.is_partial) << decoded->report.damage;
        for (const frame::FrameHeader& header : decoded->frames) {
            times.push_back(header.time.ms());
        }
        return times;
    }

    void expect_equal(const std::filesystem::path& file, std::size_t at_least) {
        const std::vector<std::int64_t> expected = probed(file);
        const std::vector<std::int64_t> actual = ours(file);
        ASSERT_EQ(actual.size(), expected.size()) << file;
        EXPECT_GE(actual.size(), at_least) << file;
        for (std::size_t i = 0; i < actual.size(); ++i) {
            ASSERT_LE(std::abs(actual[i] - expected[i]), 1) << file << " frame " << i;
        }
    }

    test::TempFolder folder_;
};

TEST_F(MediaTimes, EqualThoseOfFfprobeInEachContainer) {
    for (const char* name : {"c.mp4", "c.mov", "c.mkv", "c.webm", "c.avi", "c.flv", "c.ogv"}) {
        expect_equal(clip(name), 89);
    }
    expect_equal(clip("c.3gp", {"-c:v", "mpeg4"}), 89);
}

TEST_F(MediaTimes, EqualThoseOfFfprobeWithReorderedFrames) {
    for (const char* name : {"b.mp4", "b.mkv"}) {
        expect_equal(clip(name, {"-c:v", "libx264", "-bf", "3"}), 89);
    }
}

TEST_F(MediaTimes, EqualThoseOfFfprobeAtAVariableFrameRate) {
    // A frame is left out wherever its number has a remainder of 2 or less by 7.
    const Arguments uneven = {"-vf", "select='gt(mod(n,7),2)'", "-vsync", "vfr"};
    for (const char* name : {"v.mp4", "v.mkv", "v.webm"}) {
        expect_equal(clip(name, uneven), 40);
    }
    const std::vector<std::int64_t> times = ours(folder_ / "v.mp4");
    EXPECT_NE(times.at(1) - times.at(0), times.at(4) - times.at(3)) << "the clip is not uneven";
}

TEST_F(MediaTimes, EqualThoseOfFfprobeInARotatedClip) {
    const auto upright = clip("u.mp4");
    const auto turned = make({"-i", upright, "-c", "copy", "-metadata:s:v", "rotate=90", "r.mp4"});
    expect_equal(turned, 89);
}

TEST_F(MediaTimes, CountFromTheStartOfABroadcast) {
    for (const char* name : {"t.ts", "t.mpg"}) {
        const auto file = clip(name, {"-c:v", "mpeg2video", "-output_ts_offset", "5000"});
        const std::vector<std::int64_t> expected = probed(file);
        const std::vector<std::int64_t> actual = ours(file);
        ASSERT_EQ(actual.size(), expected.size()) << name;
        ASSERT_GE(actual.size(), 89U) << name;
        EXPECT_GT(expected[0], 4'000'000) << "the clock starts at 0";
        for (std::size_t i = 0; i < actual.size(); ++i) {
            ASSERT_LE(std::abs(actual[i] - (expected[i] - expected[0])), 1)
                << name << " frame " << i;
        }
    }
}

TEST_F(MediaTimes, OfAnimatedPicturesAreTheirDelays) {
    const std::vector<std::int64_t> expected = {0, 200, 400, 600, 800};
    const Arguments slow = {"-vf", "fps=5", "-frames:v", "5"};
    for (const auto& [name, codec] :
         {std::pair("a.gif", "gif"), std::pair("a.webp", "libwebp_anim"),
          std::pair("a.apng", "apng")}) {
        Arguments arguments = slow;
        arguments.insert(arguments.end(), {"-c:v", codec});
        const auto file = clip(name, arguments);
        EXPECT_EQ(ours(file), expected) << name;
        EXPECT_EQ(decode_file(file)->report.decoded_until, MediaTime::from_ms(1000)) << name;
    }
}

TEST_F(MediaTimes, LoseNoFrameWhenSoundIsTheFirstStream) {
    const auto file =
        make({"-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=3", "-f", "lavfi", "-i", "sine=d=5",
              "-map", "1:a", "-map", "0:v", "-c:v", "libx264", "-bf", "3", "s.mp4"});
    const std::vector<std::int64_t> times = ours(file);
    ASSERT_EQ(times.size(), 75U);
    EXPECT_EQ(times.back(), 2960);
}

TEST_F(MediaTimes, AreDeliveredWithoutPixelsBeingAskedFor) {
    const auto file = clip("c.mp4");
    const Result<Decoded> with = decode_file(file, Pictures::kAll);
    const Result<Decoded> without = decode_file(file, Pictures::kNone);
    ASSERT_TRUE(with && without);
    EXPECT_EQ(with->report, without->report);
}

}  // namespace
}  // namespace refrain
