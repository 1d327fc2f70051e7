#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

#include "support/decoded.h"
#include "support/run_program.h"
#include "support/shared_data.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using test::decode_file;
using test::Decoded;
using test::Pictures;
using test::run_program;
using test::TempFolder;

using Arguments = std::vector<std::string>;

class Sampled : public ::testing::Test {
  protected:
    void SetUp() override { REFRAIN_REQUIRE_PROGRAM("ffmpeg"); }

    std::filesystem::path clip(const std::string& name,
                               int seconds,
                               const Arguments& extra = {},
                               const std::string& rate = "25") {
        const std::filesystem::path file = folder_ / name;
        Arguments arguments = {"ffmpeg", "-v",
                               "error",  "-y",
                               "-f",     "lavfi",
                               "-i",     "mandelbrot=s=160x120:r=" + rate,
                               "-t",     std::to_string(seconds)};
        arguments.insert(arguments.end(), extra.begin(), extra.end());
        arguments.push_back(file);
        EXPECT_EQ(run_program(arguments), 0) << file;
        return file;
    }

    static Decoded decoded(const std::filesystem::path& file, media::Decoding decoding) {
        media::ReaderOptions options;
        options.decoding = decoding;
        Result<Decoded> result = decode_file(file, Pictures::kAll, options);
        EXPECT_TRUE(result.ok());
        return result ? std::move(result).value() : Decoded{};
    }

    static Fingerprint fingerprint(const std::filesystem::path& file,
                                   Sampling sampling,
                                   Effort effort = Effort::kNormal) {
        FingerprintOptions options;
        options.sampling = sampling;
        options.effort = effort;
        options.views = sampling == Sampling::kQuery ? Views::kDihedral : Views::kUpright;
        Result<FingerprintRun> run = Fingerprinter(options).fingerprint_file(file);
        EXPECT_TRUE(run.ok()) << (run ? "" : run.error().message);
        return run ? std::move(run->fingerprint) : Fingerprint{};
    }

    /// Times rise and stay inside the medium.
    static void expect_sane_times(const Fingerprint& made) {
        MediaTime previous;
        for (const FrameHash& frame : made.frames) {
            EXPECT_GE(frame.time, previous);
            EXPECT_LE(frame.time, made.media.duration);
            previous = frame.time;
        }
    }

    TempFolder folder_;
};

const Arguments kX264 = {"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"};

Arguments with(Arguments base, const Arguments& more) {
    base.insert(base.end(), more.begin(), more.end());
    return base;
}

TEST_F(Sampled, KeyframesAloneWhereTheyAreCloseTogether) {
    const auto file = clip("k.mp4", 6, with(kX264, {"-g", "25", "-sc_threshold", "0"}));
    const Decoded fast = decoded(file, media::Decoding::kKeyframes);
    ASSERT_EQ(fast.frames.size(), 6U);
    for (const frame::FrameHeader& header : fast.frames) {
        EXPECT_TRUE(header.is_keyframe);
        EXPECT_EQ(header.time.us % 1000000, 0);
    }
}

TEST_F(Sampled, EveryFrameWhereNoKeyframeComesForLong) {
    const auto file =
        clip("l.mp4", 20, with(kX264, {"-g", "9999", "-sc_threshold", "0", "-bf", "0"}));
    const Decoded fast = decoded(file, media::Decoding::kKeyframes);
    MediaTime longest;
    for (std::size_t i = 1; i < fast.frames.size(); ++i) {
        longest = std::max(longest, fast.frames[i].time - fast.frames[i - 1].time);
    }
    EXPECT_LE(longest, media::kMaxKeyframeGap + MediaTime::from_seconds(1));
    EXPECT_GT(fast.frames.back().time, MediaTime::from_seconds(19));
}

TEST_F(Sampled, FramesThatAreLeftOutChangeNoOther) {
    const auto file = clip("b.mp4", 3, with(kX264, {"-bf", "2"}));
    const Decoded all = decoded(file, media::Decoding::kEveryFrame);
    const Decoded some = decoded(file, media::Decoding::kReferenceFrames);
    ASSERT_LT(some.frames.size(), all.frames.size());
    ASSERT_FALSE(some.frames.empty());
    std::size_t next = 0;
    for (std::size_t i = 0; i < some.frames.size(); ++i) {
        while (next < all.frames.size() && all.frames[next].time < some.frames[i].time) {
            ++next;
        }
        ASSERT_LT(next, all.frames.size());
        ASSERT_EQ(all.frames[next].time, some.frames[i].time);
        EXPECT_TRUE(all.pictures[next].pixels == some.pictures[i].pixels) << "frame " << i;
    }
}

TEST_F(Sampled, NoEffortMakesAVideoShorterOrAPictureOfIt) {
    const auto file = clip("d.mp4", 5, with(kX264, {"-g", "250", "-bf", "2"}));
    const Fingerprint whole = fingerprint(file, Sampling::kKnown);
    for (const Effort effort : {Effort::kFast, Effort::kNormal, Effort::kThorough}) {
        const Fingerprint query = fingerprint(file, Sampling::kQuery, effort);
        EXPECT_EQ(query.media.kind, MediaKind::kVideo);
        EXPECT_NEAR(query.media.duration.seconds(), whole.media.duration.seconds(), 0.1);
        expect_sane_times(query);
    }
}

TEST_F(Sampled, AnyFrameOfAReencodingLiesNearAStoredOne) {
    const auto file = test::source_dir() / "samples/media/known/flower.mp4";
    const std::filesystem::path copy = folder_ / "copy.mp4";
    ASSERT_EQ(run_program({"ffmpeg", "-v", "error", "-i", file.native(), "-vf", "scale=320:180",
                           "-r", "12", "-c:v", "libx264", "-crf", "32", "-g", "40", copy.native()}),
              0);
    const Fingerprint known = fingerprint(file, Sampling::kKnown);
    const Fingerprint query = fingerprint(copy, Sampling::kQuery, Effort::kThorough);
    ASSERT_GT(query.frames.size(), 10U);
    for (const FrameHash& frame : query.frames) {
        int nearest = Hash256::kBits;
        for (const FrameHash& stored : known.frames) {
            nearest = std::min(nearest, hamming_distance(frame.hash, stored.hash));
        }
        EXPECT_LE(nearest, 31) << frame.time.ms() << " ms";
    }
}

TEST_F(Sampled, APictureAndTheVideoThatShowsItFindEachOther) {
    const auto file = clip("s.mp4", 6, kX264);
    const std::filesystem::path shot = folder_ / "shot.jpg";
    ASSERT_EQ(run_program({"ffmpeg", "-v", "error", "-ss", "3", "-i", file.native(), "-frames:v",
                           "1", "-vf", "scale=120:-2", shot.native()}),
              0);
    const Result<FindAnswer> by_shot =
        compare(fingerprint(shot, Sampling::kQuery), fingerprint(file, Sampling::kKnown), "s.mp4");
    ASSERT_TRUE(by_shot.ok());
    ASSERT_EQ(by_shot->matches.size(), 1U);
    ASSERT_EQ(by_shot->matches[0].segments.size(), 1U);
    EXPECT_FALSE(by_shot->matches[0].segments[0].query.has_value());
    EXPECT_NEAR(by_shot->matches[0].segments[0].reference->begin.seconds(), 3.0, 0.5);
    const Result<FindAnswer> by_clip = compare(fingerprint(file, Sampling::kQuery),
                                               fingerprint(shot, Sampling::kKnown), "shot.jpg");
    ASSERT_TRUE(by_clip.ok());
    ASSERT_EQ(by_clip->matches.size(), 1U);
    ASSERT_FALSE(by_clip->matches[0].segments.empty());
    EXPECT_FALSE(by_clip->matches[0].segments[0].reference.has_value());
}

TEST_F(Sampled, OddClocksGiveTimesInsideTheMedium) {
    const auto plain = clip("p.mp4", 3, kX264);
    const std::filesystem::path raw = folder_ / "raw.h264";
    ASSERT_EQ(run_program({"ffmpeg", "-v", "error", "-i", plain.native(), "-c", "copy", "-bsf:v",
                           "h264_mp4toannexb", raw.native()}),
              0);
    const std::filesystem::path wrapped = folder_ / "wrapped.ts";
    // The 33-bit clock of a transport stream ends at 95443.7 s.
    ASSERT_EQ(run_program({"ffmpeg", "-v", "error", "-i", plain.native(), "-c", "copy",
                           "-output_ts_offset", "95442", wrapped.native()}),
              0);
    const std::filesystem::path negative = folder_ / "negative.mkv";
    ASSERT_EQ(run_program({"ffmpeg", "-v", "error", "-i", plain.native(), "-c", "copy",
                           "-output_ts_offset", "-1", "-avoid_negative_ts", "disabled",
                           negative.native()}),
              0);
    const std::filesystem::path edited =
        folder_ / "edited.mp4";  // an edit list skips its first second
    ASSERT_EQ(run_program({"ffmpeg", "-v", "error", "-ss", "1", "-i", plain.native(), "-c", "copy",
                           edited.native()}),
              0);
    for (const auto& file : {raw, wrapped, negative, edited, clip("slow.mp4", 3, kX264, "1"),
                             clip("fast.mkv", 1, kX264, "1000")}) {
        for (const Sampling sampling : {Sampling::kKnown, Sampling::kQuery, Sampling::kInterval}) {
            const Fingerprint made = fingerprint(file, sampling);
            EXPECT_FALSE(made.frames.empty()) << file;
            EXPECT_LE(made.media.duration, MediaTime::from_seconds(5)) << file;
            expect_sane_times(made);
        }
    }
}

}  // namespace
}  // namespace refrain
