// The times that `refrain hash --format vpdq` prints, against those that ffprobe reads.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/csv.h"
#include "support/process.h"
#include "support/shared_data.h"
#include "support/temp_folder.h"

namespace refrain::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

std::string environment(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the test runs no thread and sets no variable.
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

/// One line of `frame,quality,hash,timestamp`.
struct VpdqLine {
    int frame = 0;
    int quality = 0;
    std::string hash;
    double seconds = 0;
};

class VpdqTimes : public ::testing::Test {
  protected:
    void SetUp() override {
        if (ffmpeg_.empty() || ffprobe_.empty()) {
            GTEST_SKIP() << "SKIPPED: the programs ffmpeg and ffprobe were not found";
        }
    }

    [[nodiscard]] static std::string sample(const std::string& name) {
        return (source_dir() / "samples/media/known" / name).native();
    }

    /// Presentation times of all frames in seconds, in order, as ffprobe reads them.
    [[nodiscard]] std::vector<double> probed_times(const std::string& clip) const {
        const Finished run = Process({ffprobe_, "-v", "error", "-select_streams", "v:0",
                                      "-show_entries", "frame=pts_time", "-of", "json", clip})
                                 .wait();
        EXPECT_EQ(run.exit_code, 0) << run.err;
        const Json answer = Json::parse(run.out);
        std::vector<double> times;
        for (const Json& frame : answer.at("frames")) {
            times.push_back(std::stod(frame.at("pts_time").get<std::string>()));
        }
        return times;
    }

    /// Degrees of the display matrix, 0 without one.
    [[nodiscard]] int probed_rotation(const std::string& clip) const {
        const Finished run =
            Process({ffprobe_, "-v", "error", "-select_streams", "v:0", "-show_entries",
                     "stream_side_data=rotation", "-of", "json", clip})
                .wait();
        const Json answer = Json::parse(run.out);
        for (const Json& data : answer.at("streams").at(0).value("side_data_list", Json::array())) {
            if (data.contains("rotation")) {
                return data.at("rotation").get<int>();
            }
        }
        return 0;
    }

    /// Runs ffmpeg from `input` with these words. @return the clip that it wrote
    [[nodiscard]] std::string make(const std::string& name,
                                   const Words& before_input,
                                   const std::string& input,
                                   const Words& after_input) const {
        const std::string clip = (folder_ / name).native();
        Words words{ffmpeg_, "-v", "error", "-nostdin", "-y"};
        words.insert(words.end(), before_input.begin(), before_input.end());
        words.insert(words.end(), {"-i", input});
        words.insert(words.end(), after_input.begin(), after_input.end());
        words.push_back(clip);
        const Finished run = Process(words).wait();
        return run.exit_code == 0 ? clip : std::string();
    }

    [[nodiscard]] static std::vector<VpdqLine> vpdq(const std::string& clip, const Words& more) {
        Words words{"hash", "--quiet", "--format", "vpdq"};
        words.insert(words.end(), more.begin(), more.end());
        words.push_back(clip);
        const Finished run = run_refrain(words);
        EXPECT_EQ(run.exit_code, 0) << run.err;
        std::vector<VpdqLine> lines;
        for (const std::string& line : lines_of(run.out)) {
            const std::vector<std::string> fields = split_csv_line(line);
            if (fields.size() != 4 || fields[2].size() != 64) {
                ADD_FAILURE() << "not a line of frame,quality,hash,timestamp: " << line;
                continue;
            }
            lines.push_back(
                {std::stoi(fields[0]), std::stoi(fields[1]), fields[2], std::stod(fields[3])});
        }
        return lines;
    }

    /// One frame for each multiple of the interval: the first at or after it.
    [[nodiscard]] static std::vector<double> frames_due(const std::vector<double>& times,
                                                        double interval) {
        std::vector<double> due;
        for (int multiple = 0; !times.empty() && multiple * interval <= times.back(); ++multiple) {
            // ffprobe rounds to a microsecond.
            const double wanted = multiple * interval - 0.6e-6;
            const double time = *std::lower_bound(times.begin(), times.end(), wanted);
            if (due.empty() || due.back() < time) {
                due.push_back(time);
            }
        }
        return due;
    }

    void expect_times_of_ffprobe(const std::string& clip, double interval, const Words& more) {
        const std::vector<double> due = frames_due(probed_times(clip), interval);
        ASSERT_GE(due.size(), 2U) << "the clip is too short to prove anything";
        const std::vector<VpdqLine> lines = vpdq(clip, more);
        ASSERT_EQ(lines.size(), due.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            EXPECT_EQ(lines[i].frame, static_cast<int>(i));
            EXPECT_NEAR(lines[i].seconds, due[i], 0.001) << "line " << i;
        }
    }

    const std::string ffmpeg_ = environment("REFRAIN_TEST_FFMPEG");
    const std::string ffprobe_ = environment("REFRAIN_TEST_FFPROBE");
    TempFolder folder_;
};

/// A clip whose frames are 1 to 37 frames of the original apart.
constexpr const char* kUnevenFrames =
    "select='lt(n,20)+eq(n,57)+between(n,90,93)+eq(n,130)+eq(n,131)+gt(n,167)*not(mod(n,11))'";

TEST_F(VpdqTimes, AreThoseOfFfprobeOnceASecond) {
    expect_times_of_ffprobe(sample("crystal.mp4"), 1, {});
    expect_times_of_ffprobe(sample("flower.mp4"), 1, {});
}

TEST_F(VpdqTimes, AreThoseOfFfprobeAtOtherIntervals) {
    expect_times_of_ffprobe(sample("crystal.mp4"), 0.5, {"--interval", "0.5"});
    expect_times_of_ffprobe(sample("crystal.mp4"), 2, {"--interval", "2"});
    expect_times_of_ffprobe(sample("flower.mp4"), 0.5, {"--interval", "0.5"});
}

TEST_F(VpdqTimes, AreThoseOfAVariableFrameRate) {
    const std::string clip =
        make("uneven.mp4", {}, sample("crystal.mp4"),
             {"-vf", kUnevenFrames, "-vsync", "vfr", "-an", "-c:v", "mpeg4", "-q:v", "6"});
    ASSERT_FALSE(clip.empty()) << "ffmpeg failed";
    const std::vector<double> times = probed_times(clip);
    ASSERT_GE(times.size(), 20U);
    double shortest = 1e9;
    double longest = 0;
    for (std::size_t i = 1; i < times.size(); ++i) {
        shortest = std::min(shortest, times[i] - times[i - 1]);
        longest = std::max(longest, times[i] - times[i - 1]);
    }
    ASSERT_GT(longest, 5 * shortest) << "the clip has a constant frame rate";
    for (const double interval : {1.0, 0.5, 2.0}) {
        expect_times_of_ffprobe(clip, interval, {"--interval", std::to_string(interval)});
    }
}

TEST_F(VpdqTimes, AreThoseOfAClipWithReorderedFrames) {
    const std::string clip = make("reordered.mkv", {}, sample("flower.mp4"),
                                  {"-an", "-c:v", "mpeg4", "-bf", "2", "-g", "40", "-q:v", "6"});
    ASSERT_FALSE(clip.empty()) << "ffmpeg failed";
    for (const double interval : {1.0, 0.5}) {
        expect_times_of_ffprobe(clip, interval, {"--interval", std::to_string(interval)});
    }
}

TEST_F(VpdqTimes, AreThoseOfAClipWithBarsToo) {
    const std::string clip =
        make("bars.mp4", {}, sample("flower.mp4"),
             {"-vf", "pad=iw:ih*3/2:0:ih/4", "-an", "-c:v", "mpeg4", "-q:v", "6"});
    ASSERT_FALSE(clip.empty()) << "ffmpeg failed";
    expect_times_of_ffprobe(clip, 1, {});
}

TEST_F(VpdqTimes, AreThoseOfARotatedClip) {
    // The way to write a display matrix changed between FFmpeg 5 and 6.
    std::string clip = make("turned.mp4", {}, sample("crystal.mp4"),
                            {"-c", "copy", "-metadata:s:v:0", "rotate=90"});
    if (clip.empty() || probed_rotation(clip) == 0) {
        clip =
            make("turned.mp4", {"-display_rotation", "90"}, sample("crystal.mp4"), {"-c", "copy"});
    }
    ASSERT_FALSE(clip.empty()) << "ffmpeg failed";
    ASSERT_EQ(std::abs(probed_rotation(clip)), 90) << "the clip has no display matrix";
    for (const double interval : {1.0, 0.5, 2.0}) {
        expect_times_of_ffprobe(clip, interval, {"--interval", std::to_string(interval)});
    }

    const auto media_of = [](const std::string& path) {
        return Json::parse(run_refrain({"hash", "--quiet", "--json", path}).out).at("media");
    };
    const Json upright = media_of(sample("crystal.mp4"));
    const Json turned = media_of(clip);
    EXPECT_EQ(turned.at("width"), upright.at("height"));
    EXPECT_EQ(turned.at("height"), upright.at("width"));
    EXPECT_NE(vpdq(clip, {}).front().hash, vpdq(sample("crystal.mp4"), {}).front().hash)
        << "the display matrix was not applied to what is hashed";
}

}  // namespace
}  // namespace refrain::test
