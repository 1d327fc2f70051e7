#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/fingerprinter.h"

#include "media/byte_source.h"
#include "media/medium_parts.h"
#include "support/decoded.h"
#include "support/ffmpeg_test.h"

namespace refrain {
namespace {

using test::read_file;
using test::write_file;
using Arguments = std::vector<std::string>;

constexpr const char* kCountedNote =
    "the clock of the file cannot be believed: times are counted by frames";
// Each frame is another picture.
constexpr const char* kRestless =
    "color=black:s=160x120:r=25,format=yuv420p,geq=cb=128:cr=128:"
    "lum='128+100*sin((X*(1+mod(N*7,11))+Y*(1+mod(N*5,13)))/30)'";

FingerprintOptions query(Effort effort) {
    FingerprintOptions options;
    options.sampling = Sampling::kQuery;
    options.effort = effort;
    return options;
}

std::vector<FingerprintOptions> ways() {
    return {query(Effort::kFast), query(Effort::kNormal), query(Effort::kThorough), {}};
}

std::string little_endian(std::uint32_t value) {
    std::string text;
    for (unsigned i = 0; i < 4; ++i) {
        text += static_cast<char>(value >> (8 * i));
    }
    return text;
}

std::size_t whole_frames(const Fingerprint& made) {
    return static_cast<std::size_t>(
        std::count_if(made.frames.begin(), made.frames.end(),
                      [](const FrameHash& frame) { return !frame.is_inside_borders; }));
}

/// Films with clocks that lie, without keyframes, and joined ones.
class OddClock : public test::FfmpegTest {
  protected:
    /// As many frames, each another picture, all keyframes, at 25 a second.
    std::filesystem::path honest(int frames) {
        return make({"-f", "lavfi", "-i", kRestless, "-frames:v", std::to_string(frames), "-c:v",
                     "mjpeg", "-q:v", "3", "honest.avi"});
    }

    /// The same file, whose clock says that `scale` seconds have `rate` frames.
    std::filesystem::path at_rate(int frames, std::uint32_t rate, std::uint32_t scale) {
        std::string bytes = read_file(honest(frames));
        const std::size_t at = bytes.find("strh");
        EXPECT_NE(at, std::string::npos);
        bytes.replace(at + 28, 8, little_endian(scale) + little_endian(rate));
        write_file(folder_ / "liar.avi", bytes);
        return folder_ / "liar.avi";
    }

    static Fingerprint made_of(const std::filesystem::path& file,
                               const FingerprintOptions& options) {
        const auto run = Fingerprinter(options).fingerprint_file(file);
        EXPECT_TRUE(run) << file << ": " << run.error().message;
        return run ? run->fingerprint : Fingerprint{};
    }

    /// `counted` or `believed`, or why there is no fingerprint.
    static std::string judged(const std::filesystem::path& file,
                              const FingerprintOptions& options) {
        const auto run = Fingerprinter(options).fingerprint_file(file);
        if (!run) {
            return std::string(error_code_name(run.error().code));
        }
        EXPECT_FALSE(run->fingerprint.decode.is_partial) << run->fingerprint.decode.damage;
        const std::string& note = run->fingerprint.decode.note;
        return note == kCountedNote ? "counted" : note.empty() ? "believed" : note;
    }
};

TEST_F(OddClock, OneBeyondTheDurationLimitIsCountedByFrames) {
    // 100 frames of 400 s: eleven hours.
    for (const FingerprintOptions& options : ways()) {
        const Fingerprint made = made_of(at_rate(100, 1, 400), options);
        EXPECT_EQ(made.decode.note, kCountedNote);
        EXPECT_EQ(made.decode.decoded_frames, 100U);
        EXPECT_EQ(made.media.duration, MediaTime::from_seconds(4));
        EXPECT_GE(whole_frames(made), 8U);
    }
}

TEST_F(OddClock, IsJudgedAlikeWithEveryEffort) {
    // Half of the frames are left out by `normal`, all but one in a hundred by `fast`.
    const auto honest = make({"-f", "lavfi", "-i", kRestless, "-frames:v", "300", "-c:v", "libx264",
                              "-bf", "2", "-g", "100", "-sc_threshold", "0", "referring.mp4"});
    const auto quick = make({"-itsscale", "0.02", "-i", honest, "-c", "copy", "quick.mp4"});
    for (FingerprintOptions options : ways()) {
        EXPECT_EQ(judged(quick, options), "counted");
        EXPECT_EQ(made_of(quick, options).media.duration, MediaTime::from_seconds(12));
        EXPECT_EQ(judged(honest, options), "believed");
        options.limits.max_duration = MediaTime::from_seconds(7);
        EXPECT_EQ(judged(honest, options), "too_large");
    }
}

TEST_F(OddClock, OnlyFramesOfOverASecondAreNotBelievedBeyondTheLimit) {
    FingerprintOptions options;
    options.limits.max_duration = MediaTime::from_seconds(20);
    EXPECT_EQ(judged(at_rate(100, 10, 15), options), "counted");   // 1.5 s a frame
    EXPECT_EQ(judged(at_rate(100, 10, 7), options), "too_large");  // 0.7 s a frame
    EXPECT_EQ(judged(at_rate(100, 1, 400), {}), "counted");
    options.limits.max_duration = MediaTime::from_seconds(200);
    EXPECT_EQ(judged(at_rate(100, 10, 15), options), "believed");  // a slide show
}

TEST_F(OddClock, OnlyFramesOfUnderAMillisecondAreNotBelieved) {
    EXPECT_EQ(judged(at_rate(100, 1500, 1), {}), "counted");
    EXPECT_EQ(judged(at_rate(100, 700, 1), {}), "believed");
}

TEST_F(OddClock, AFewFramesAreBelieved) {
    EXPECT_EQ(judged(at_rate(30, 30000, 1), {}), "counted");
    EXPECT_EQ(judged(at_rate(20, 30000, 1), {}), "believed");
}

TEST_F(OddClock, AThousandTimesTooFastLosesNothing) {
    const int frames = 335;
    const Fingerprint expected = made_of(honest(frames), {});
    const Fingerprint made = made_of(at_rate(frames, 30000, 1), {});
    EXPECT_EQ(made.frames, expected.frames);
    EXPECT_EQ(made.media.duration, expected.media.duration);
    for (const FingerprintOptions& options : ways()) {
        EXPECT_GE(whole_frames(made_of(at_rate(frames, 30000, 1), options)), 26U);
    }
}

TEST_F(OddClock, FramesAreKeptByNumberWhereTheClockIsFastAndBelieved) {
    // At 500 a second the shortest gaps between kept frames would be 40, 50 and 100 frames.
    const auto file = at_rate(360, 500, 1);
    EXPECT_EQ(judged(file, {}), "believed");
    EXPECT_EQ(whole_frames(made_of(file, {})), 360U / 12);
    EXPECT_EQ(whole_frames(made_of(file, query(Effort::kThorough))), 360U / 15);
    EXPECT_EQ(whole_frames(made_of(file, query(Effort::kNormal))), 360U / 30);
    EXPECT_EQ(whole_frames(made_of(file, query(Effort::kFast))), 360U / 30);
}

TEST_F(OddClock, WithoutKeyframesEveryEffortFindsWhatIsShown) {
    // The picture is renewed column by column; the only keyframe is cut off.
    const auto whole = make({"-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=4", "-c:v", "libx264",
                             "-x264-params", "intra-refresh=1:keyint=20:bframes=0", "whole.ts"});
    const auto file =
        make({"-i", whole, "-c", "copy", "-bsf:v", "noise=drop='eq(n,0)'", "refresh.ts"});
    for (const FingerprintOptions& options : ways()) {
        const Fingerprint made = made_of(file, options);
        EXPECT_EQ(made.media.kind, MediaKind::kVideo);
        EXPECT_GE(made.frames.size(), 3U);
        EXPECT_GE(made.media.duration, MediaTime::from_seconds(3));
    }
}

TEST_F(OddClock, MoreEffortIsNotSpentOnADamagedPicture) {
    const auto whole = make({"-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", "p.ppm"});
    write_file(folder_ / "cut.qoi", "qoif" + std::string(40, '\0'));
    write_file(folder_ / "cut.ppm", read_file(whole).substr(0, 14));
    media::ReaderOptions keyframes;
    keyframes.decoding = media::Decoding::kKeyframes;
    for (const char* name : {"cut.qoi", "cut.ppm"}) {
        const auto source = media::ByteSource::open_file(folder_ / name, {});
        const auto plan = media::plan_parts(*source, keyframes);
        if (!plan) {
            continue;  // refused from its header: nothing is read twice
        }
        const auto reader = media::open_part(*source, plan->parts.at(0), keyframes);
        if (!reader) {
            continue;
        }
        const auto none = (*reader)->next();
        EXPECT_TRUE(!none || !none->has_value()) << name;
        EXPECT_FALSE((*reader)->has_left_out_frames()) << name;
    }
}

TEST_F(OddClock, AJointWhereNothingIsMissingIsNoDamage) {
    const std::string part = read_file(
        make({"-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2", "-c:v", "libx264", "c.ts"}));
    // Without the first tables the counters do not go on where they were.
    write_file(folder_ / "joint.ts", part + part + part);
    // Where the last frame lacks its end, something is.
    constexpr std::size_t kCut = std::size_t{188} * 4;
    const std::string cut = part.substr(0, part.size() - kCut);
    write_file(folder_ / "torn.ts", cut + part);
    for (const FingerprintOptions& options : ways()) {
        const Fingerprint joined = made_of(folder_ / "joint.ts", options);
        EXPECT_FALSE(joined.decode.is_partial) << joined.decode.damage;
    }
    const Fingerprint torn = made_of(folder_ / "torn.ts", {});
    EXPECT_TRUE(torn.decode.is_partial);
    EXPECT_NE(torn.decode.damage, "");
}

}  // namespace
}  // namespace refrain
