#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/fingerprinter.h"

#include "support/decoded.h"
#include "support/ffmpeg_test.h"

namespace refrain {
namespace {

using test::read_file;
using test::run_program;
using test::write_file;
using Arguments = std::vector<std::string>;

std::string big_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) {
        text += static_cast<char>(value >> static_cast<unsigned>(8 * i));
    }
    return text;
}

std::vector<FingerprintOptions> ways() {
    std::vector<FingerprintOptions> all(4);
    const Effort efforts[] = {Effort::kFast, Effort::kNormal, Effort::kThorough};
    for (std::size_t i = 0; i < 3; ++i) {
        all[i].sampling = Sampling::kQuery;
        all[i].effort = efforts[i];
    }
    return all;  // the last one: as what is made known
}

/// Streams that are not damaged and yet not what a camera writes.
class OddStream : public test::FfmpegTest {
  protected:
    /// Two seconds at 25 frames a second.
    std::filesystem::path clip(const std::string& name, const Arguments& coding = {}) {
        Arguments arguments = {"-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2"};
        arguments.insert(arguments.end(), coding.begin(), coding.end());
        arguments.push_back(name);
        return make(arguments);
    }

    std::filesystem::path without_keyframe(const std::filesystem::path& file,
                                           const std::string& name) {
        return make({"-i", file, "-c", "copy", "-bsf:v", "noise=drop='eq(n,0)'", name});
    }

    /// Overwrites bytes `offset` behind the first `mark`.
    static void patch(std::string& bytes,
                      const std::string& mark,
                      std::size_t offset,
                      const std::string& with) {
        const std::size_t at = bytes.find(mark);
        ASSERT_NE(at, std::string::npos) << mark;
        bytes.replace(at + offset, with.size(), with);
    }

    std::filesystem::path write(const std::string& name, const std::string& bytes) {
        write_file(folder_ / name, bytes);
        return folder_ / name;
    }

    /// The fingerprint, whose times rise and lie inside the medium whatever the threads.
    static Fingerprint sane(const std::filesystem::path& file, FingerprintOptions options) {
        options.decoder_threads = 1;
        const Result<FingerprintRun> run = Fingerprinter(options).fingerprint_file(file);
        if (!run) {
            ADD_FAILURE() << file << ": " << run.error().message;
            return {};
        }
        options.decoder_threads = 3;
        const Result<FingerprintRun> threaded = Fingerprinter(options).fingerprint_file(file);
        EXPECT_TRUE(threaded && threaded->fingerprint == run->fingerprint) << file;
        const Fingerprint& made = run->fingerprint;
        EXPECT_FALSE(made.frames.empty()) << file;
        MediaTime previous;
        for (const FrameHash& frame : made.frames) {
            EXPECT_GE(frame.time, previous) << file;
            previous = frame.time;
        }
        EXPECT_LE(previous, made.media.duration) << file;
        return made;
    }

    static ErrorCode code_of(const std::filesystem::path& file, const FingerprintOptions& options) {
        const Result<FingerprintRun> run = Fingerprinter(options).fingerprint_file(file);
        EXPECT_FALSE(run) << file;
        return run ? ErrorCode::kInvalidArgument : run.error().code;
    }
};

TEST_F(OddStream, ADurationThatLiesChangesNothing) {
    const auto mp4 = clip("c.mp4", {"-c:v", "libx264"});
    const auto mkv = make({"-i", mp4, "-c", "copy", "c.mkv"});
    std::vector<std::pair<std::filesystem::path, std::filesystem::path>> liars;
    for (const std::uint64_t claimed : {std::uint64_t{1}, std::uint64_t{0x7fffffff}}) {
        std::string bytes = read_file(mp4);
        patch(bytes, "mvhd", 20, big_endian(claimed, 4));
        patch(bytes, "tkhd", 24, big_endian(claimed, 4));
        patch(bytes, "mdhd", 20, big_endian(claimed, 4));
        liars.emplace_back(mp4, write("liar" + std::to_string(claimed) + ".mp4", bytes));
    }
    for (const double claimed : {1.0, 4e7, -5.0, 0.0, std::numeric_limits<double>::infinity(),
                                 std::numeric_limits<double>::quiet_NaN()}) {
        std::string bytes = read_file(mkv);
        patch(bytes, "\x44\x89\x88", 3, big_endian(std::bit_cast<std::uint64_t>(claimed), 8));
        liars.emplace_back(mkv, write("liar" + std::to_string(claimed) + ".mkv", bytes));
    }
    for (const auto& [honest, liar] : liars) {
        for (const FingerprintOptions& options : ways()) {
            const Fingerprint expected = sane(honest, options);
            const Fingerprint made = sane(liar, options);
            EXPECT_EQ(made.frames, expected.frames) << liar;
            EXPECT_EQ(made.media.duration, expected.media.duration) << liar;
            EXPECT_FALSE(made.decode.is_partial) << liar << made.decode.damage;
        }
    }
}

TEST_F(OddStream, OneFrameIsAPicture) {
    for (const char* name : {"one.mp4", "one.mkv", "one.ts", "one.avi", "one.webm", "one.gif"}) {
        const auto file = clip(name, {"-frames:v", "1"});
        for (const FingerprintOptions& options : ways()) {
            const Fingerprint made = sane(file, options);
            EXPECT_EQ(made.media.kind, MediaKind::kImage) << name;
            EXPECT_EQ(made.media.duration, MediaTime{}) << name;
            EXPECT_EQ(made.frames.size(), 1U) << name;
        }
    }
}

TEST_F(OddStream, AnAnimationThatRepeatsForEverIsReadOnce) {
    for (const auto& [name, codec] :
         {std::pair("a.gif", "gif"), std::pair("a.webp", "libwebp_anim"),
          std::pair("a.apng", "apng")}) {
        const auto file = clip(name, {"-vf", "fps=5", "-c:v", codec,
                                      std::string(name) == "a.apng" ? "-plays" : "-loop", "0"});
        for (const FingerprintOptions& options : ways()) {
            EXPECT_EQ(sane(file, options).media.duration, MediaTime::from_seconds(2)) << name;
        }
    }
}

TEST_F(OddStream, AVideoWithoutEndIsLeftAtTheLimit) {
    std::string endless;
    const std::string part = read_file(clip("c.ts", {"-c:v", "libx264", "-bf", "0", "-g", "5"}));
    for (int i = 0; i < 60; ++i) {
        endless += part;
    }
    const auto file = write("endless.ts", endless);
    for (FingerprintOptions options : ways()) {
        for (const int threads : {1, 3}) {
            options.decoder_threads = threads;
            options.limits = {};
            options.limits.max_frames = 60;
            EXPECT_EQ(code_of(file, options), ErrorCode::kTooManyFrames);
            options.limits = {};
            options.limits.max_duration = MediaTime::from_seconds(10);
            EXPECT_EQ(code_of(file, options), ErrorCode::kTooLarge);
        }
    }
}

TEST_F(OddStream, AChangeOfPixelFormatAndProfileIsFollowed) {
    const Arguments plain = {"-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p"};
    const Arguments rich = {"-c:v", "libx264", "-profile:v", "high444", "-pix_fmt", "yuv444p10"};
    const auto first = clip("first.ts", plain);
    const auto second = clip("second.ts", rich);
    const auto both = write("both.ts", read_file(first) + read_file(second));
    for (const FingerprintOptions& options : ways()) {
        const Fingerprint made = sane(both, options);
        EXPECT_GE(made.media.duration, MediaTime::from_ms(3900));
        EXPECT_LE(made.media.duration, MediaTime::from_ms(4100));
        // What the second part shows first is what it shows alone.
        const Hash256 expected = sane(second, options).frames.at(0).hash;
        int nearest = Hash256::kBits;
        for (const FrameHash& frame : made.frames) {
            if (frame.time >= MediaTime::from_ms(1900)) {
                nearest = std::min(nearest, hamming_distance(frame.hash, expected));
            }
        }
        EXPECT_LE(nearest, 16);
    }
}

TEST_F(OddStream, PartsOfABroadcastWhoseClockStartsAnewFollowEachOther) {
    const std::string part = read_file(clip("c.ts", {"-c:v", "libx264", "-g", "10"}));
    const auto file = write("thrice.ts", part + part + part);
    for (const FingerprintOptions& options : ways()) {
        const Fingerprint made = sane(file, options);
        EXPECT_GE(made.media.duration, MediaTime::from_ms(5900));
        EXPECT_LE(made.media.duration, MediaTime::from_ms(6100));
        const auto kept_within = [&made](int from_ms, int to_ms) {
            return std::count_if(made.frames.begin(), made.frames.end(), [&](const auto& frame) {
                return frame.time.ms() >= from_ms && frame.time.ms() < to_ms;
            });
        };
        EXPECT_GE(kept_within(0, 2000), 3);
        EXPECT_GE(kept_within(2000, 4000), 3);
        EXPECT_GE(kept_within(4000, 6000), 3);
    }
}

TEST_F(OddStream, KeyframesFarApartInABroadcastAreNoLeaps) {
    const auto file = make({"-f", "lavfi", "-i", "testsrc2=s=160x120:r=5:d=34", "-c:v", "libx264",
                            "-g", "55", "-keyint_min", "55", "-sc_threshold", "0", "slow.ts"});
    FingerprintOptions options = ways()[0];
    const Fingerprint made = sane(file, options);
    std::set<std::int64_t> seconds;
    for (const FrameHash& frame : made.frames) {
        seconds.insert((frame.time - made.frames[0].time).ms() / 1000);
    }
    EXPECT_EQ(seconds, (std::set<std::int64_t>{0, 11, 22, 33}));
}

TEST_F(OddStream, WithoutAKeyframeWhatCanBeDecodedIs) {
    const auto file = without_keyframe(clip("c.mkv", {"-c:v", "mpeg4", "-g", "1000"}), "none.mkv");
    for (const FingerprintOptions& options : ways()) {
        const Fingerprint made = sane(file, options);
        EXPECT_EQ(made.media.kind, MediaKind::kVideo);
        EXPECT_GE(made.frames.size(), 3U);
    }
}

TEST_F(OddStream, WithoutAKeyframeToBeginWithNothingIsMadeUp) {
    for (const auto& [name, codec] :
         {std::pair("none.mkv", "libx264"), std::pair("none.ts", "mpeg2video")}) {
        const auto whole = clip(std::string("whole_") + name, {"-c:v", codec, "-g", "1000"});
        const auto file = without_keyframe(whole, name);
        for (const FingerprintOptions& options : ways()) {
            EXPECT_EQ(code_of(file, options), ErrorCode::kCorrupt) << name;
        }
    }
}

TEST_F(OddStream, ARateOfZeroIsAUsualOne) {
    std::string avi = read_file(clip("c.avi", {"-c:v", "mpeg4"}));
    patch(avi, "avih", 8, big_endian(0, 4));   // microseconds a frame
    patch(avi, "strh", 28, big_endian(0, 8));  // scale and rate
    std::string raw = read_file(clip("c.y4m", {"-pix_fmt", "yuv420p"}));
    patch(raw, " F25:1 ", 0, " F0:00 ");
    for (const auto& file : {write("zero.avi", avi), write("zero.y4m", raw)}) {
        for (const FingerprintOptions& options : ways()) {
            EXPECT_EQ(sane(file, options).media.duration, MediaTime::from_seconds(2)) << file;
        }
    }
}

}  // namespace
}  // namespace refrain
