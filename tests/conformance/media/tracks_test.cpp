#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/fingerprinter.h"

#include "media/ffmpeg_reader.h"
#include "support/decoded_parts.h"
#include "support/ffmpeg_test.h"

namespace refrain {
namespace {

using test::decode_parts;
using test::DecodedMedium;
using test::DecodedPart;
using Arguments = std::vector<std::string>;
using Numbers = std::vector<int>;

/// Containers with several tracks, covers and edit lists, made by FFmpeg.
class Tracks : public test::FfmpegTest {
  protected:
    /// A red and a blue track of a second, coded as `coding` says.
    std::filesystem::path red_and_blue(const std::string& name, const Arguments& coding) {
        Arguments arguments = {"-f",   "lavfi",  "-i",   "color=red:s=64x64:r=25:d=1",
                               "-f",   "lavfi",  "-i",   "color=blue:s=64x64:r=25:d=1",
                               "-map", "0",      "-map", "1",
                               "-c:v", "libx264"};
        arguments.insert(arguments.end(), coding.begin(), coding.end());
        arguments.push_back(name);
        return make(arguments);
    }

    /// Four seconds, of which frame N has luma 16 + 2 N, with one keyframe; from `begin` on.
    std::filesystem::path cut_film(const std::string& name, const std::string& begin) {
        const auto whole = make({"-f", "lavfi", "-i",
                                 "color=black:s=64x64:r=25:d=4,format=yuv420p,"
                                 "geq=lum='16+2*N':cb=128:cr=128",
                                 "-c:v", "libx264", "-qp", "0", "-bf", "2", "-g", "1000",
                                 "-sc_threshold", "0", "whole_" + name});
        return make({"-ss", begin, "-i", whole, "-c", "copy", name});
    }

    static std::string colour_of(const DecodedPart& part) {
        if (!part.decoded) {
            return part.decoded.error().message;
        }
        const std::uint8_t* pixel = part.picture().view().row(32) + 3 * 32;
        return pixel[0] > 200 ? "red" : pixel[2] > 200 ? "blue" : "neither";
    }

    static std::vector<std::string> colours_of(const DecodedMedium& medium) {
        std::vector<std::string> colours;
        for (const DecodedPart& part : medium.parts) {
            colours.push_back(colour_of(part));
        }
        return colours;
    }

    /// The numbers of the frames of one part of a `cut_film`, in order of presentation.
    static Numbers numbers_of(const std::filesystem::path& file, std::size_t part) {
        Numbers numbers;
        const auto source = media::ByteSource::open_file(file, {});
        const auto plan = media::plan_parts(*source, {});
        if (!plan || plan->parts.size() <= part) {
            return numbers;
        }
        const auto reader = media::open_part(*source, plan->parts[part], {});
        while (reader) {
            const auto header = (*reader)->next();
            if (!header || !header->has_value()) {
                break;
            }
            const auto luma = (*reader)->luma();
            numbers.push_back(luma ? (luma->row(32)[32] - 16) / 2 : -1);
        }
        return numbers;
    }

    static Numbers from_to(int first, int end) {
        Numbers numbers(static_cast<std::size_t>(end - first));
        std::iota(numbers.begin(), numbers.end(), first);
        return numbers;
    }

    static Fingerprint fingerprint_of(const std::filesystem::path& file) {
        const auto run = Fingerprinter({}).fingerprint_file(file);
        EXPECT_TRUE(run) << file << run.error().message;
        return run ? run->fingerprint : Fingerprint{};
    }
};

TEST_F(Tracks, EachIsAPartAndTheDefaultOneComesFirst) {
    for (const char* name : {"two.mp4", "two.mkv"}) {
        const auto file =
            red_and_blue(name, {"-disposition:v:0", "0", "-disposition:v:1", "default"});
        const Result<DecodedMedium> medium = decode_parts(file);
        ASSERT_TRUE(medium) << name;
        ASSERT_EQ(colours_of(*medium), (std::vector<std::string>{"blue", "red"})) << name;
        EXPECT_EQ(medium->parts[0].plan.part, (PartInfo{.index = 1})) << name;
        EXPECT_EQ(medium->parts[1].plan.part, (PartInfo{.index = 0, .role = PartRole::kTrack}));
        EXPECT_EQ(medium->parts[0].decoded->frames.size(), 25U);
        EXPECT_EQ(medium->parts[1].decoded->frames.size(), 25U);
        EXPECT_FALSE(is_partial(fingerprint_of(file))) << name;
    }
}

TEST_F(Tracks, ThoseOfTwoProgrammesAreParts) {
    const auto file =
        red_and_blue("two.ts", {"-program", "title=a:st=0", "-program", "title=b:st=1"});
    const Result<DecodedMedium> medium = decode_parts(file);
    ASSERT_TRUE(medium);
    EXPECT_EQ(colours_of(*medium), (std::vector<std::string>{"red", "blue"}));
    EXPECT_EQ(medium->parts.at(1).plan.part, (PartInfo{.index = 1, .role = PartRole::kTrack}));
    EXPECT_FALSE(is_partial(fingerprint_of(file)));
}

TEST_F(Tracks, ACoverHidesNoFilm) {
    const auto cover = make({"-f", "lavfi", "-i", "testsrc=s=640x480", "-frames:v", "1", "c.png"});
    const auto film = make({"-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=1", "film.mp4"});
    const auto mp4 = make({"-i", cover, "-i", film, "-map", "0", "-map", "1", "-c", "copy",
                           "-disposition:v:0", "attached_pic+default", "cover.mp4"});
    const auto mkv = make({"-i", film, "-c", "copy", "-attach", cover, "-metadata:s:t",
                           "mimetype=image/png", "cover.mkv"});
    for (const auto& file : {mp4, mkv}) {
        const Fingerprint made = fingerprint_of(file);
        EXPECT_EQ(made.media.kind, MediaKind::kVideo) << file;
        EXPECT_EQ(made.media.width, 160) << file;
        ASSERT_EQ(made.more_parts.size(), 1U) << file;
        EXPECT_EQ(made.more_parts[0].part.role, PartRole::kAttached) << file;
        EXPECT_EQ(made.more_parts[0].media.width, 640) << file;
    }
}

TEST_F(Tracks, AStillMarkedAsDefaultHidesNoFilm) {
    const auto file =
        make({"-f", "lavfi", "-i", "testsrc=s=640x480:r=25:d=0.04", "-f", "lavfi", "-i",
              "testsrc2=s=160x120:r=25:d=1", "-map", "0", "-map", "1", "-disposition:v:0",
              "default", "-disposition:v:1", "0", "-c:v", "libx264", "still.mkv"});
    const Fingerprint made = fingerprint_of(file);
    EXPECT_EQ(made.media.kind, MediaKind::kVideo);
    EXPECT_EQ(made.part, (PartInfo{.index = 1}));
    ASSERT_EQ(made.more_parts.size(), 1U);
    EXPECT_EQ(made.more_parts[0].media.kind, MediaKind::kImage);
    EXPECT_EQ(made.more_parts[0].part, (PartInfo{.index = 0, .role = PartRole::kAttached}));
}

TEST_F(Tracks, MoreThanASecondThatAnEditListHidesIsAPartOfItsOwn) {
    const auto file = cut_film("hides.mp4", "1.6");
    EXPECT_EQ(numbers_of(file, 0), from_to(40, 100));
    EXPECT_EQ(numbers_of(file, 1), from_to(0, 40));
    const Fingerprint made = fingerprint_of(file);
    EXPECT_EQ(made.decode.note, "part 1 holds 40 frames that players do not show");
    EXPECT_FALSE(is_partial(made)) << made.decode.damage;
    ASSERT_EQ(made.more_parts.size(), 1U);
    EXPECT_EQ(made.more_parts[0].part, (PartInfo{.index = 1, .role = PartRole::kUnshown}));
}

TEST_F(Tracks, WhatAnEditListHidesEndsWhereTheShownBeginsWithEveryEffort) {
    const auto file = cut_film("ends.mp4", "2.4");
    for (const Effort effort : {Effort::kFast, Effort::kNormal, Effort::kThorough}) {
        FingerprintOptions options;
        options.sampling = Sampling::kQuery;
        options.effort = effort;
        const auto run = Fingerprinter(options).fingerprint_file(file);
        ASSERT_TRUE(run) << run.error().message;
        ASSERT_EQ(run->fingerprint.more_parts.size(), 1U);
        EXPECT_EQ(run->fingerprint.more_parts[0].part.role, PartRole::kUnshown);
        EXPECT_LE(run->fingerprint.more_parts[0].media.duration, MediaTime::from_ms(2480));
    }
}

TEST_F(Tracks, LessThanASecondThatAnEditListHidesIsNone) {
    const auto file = cut_film("hides.mp4", "0.8");
    EXPECT_EQ(numbers_of(file, 0), from_to(20, 100));
    const Fingerprint made = fingerprint_of(file);
    EXPECT_EQ(made.decode.note, "");
    EXPECT_TRUE(made.more_parts.empty());
}

TEST_F(Tracks, WhatAnEditListHidesAndCannotBeOpenedIsLeftOutAndNamed) {
    const auto source = media::ByteSource::open_file(cut_film("hides.mp4", "1.6"), {});
    ASSERT_TRUE(source);
    const auto input = media::open_input(*source, {});
    ASSERT_TRUE(input);
    media::MediumPlan plan;
    plan.parts.emplace_back().entry = (*input)->stream->index + 1;
    ErrorCode code = ErrorCode::kTimeout;
    const auto open = [&code](int) -> Result<std::unique_ptr<media::FfmpegInput>> {
        return Error{code, "no luck"};
    };
    EXPECT_TRUE(media::add_unshown(**input, open, plan));
    EXPECT_EQ(plan.parts.size(), 1U);
    EXPECT_EQ(plan.left_out, "what players do not show of track 0 is left out: no luck");
    for (const ErrorCode fatal : {ErrorCode::kCancelled, ErrorCode::kUnreadable}) {
        code = fatal;
        EXPECT_FALSE(media::add_unshown(**input, open, plan));
    }
}

TEST_F(Tracks, OneThatBeginsLateInABroadcastIsAPart) {
    const auto broadcast = [&](const std::string& source, const Arguments& more) {
        Arguments arguments = {"-f", "lavfi", "-i", source, "-c:v", "libx264"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return test::read_file(make(arguments));
    };
    const std::string first = broadcast("testsrc2=s=160x120:r=25:d=15", {"first.ts"});
    const std::string second =
        broadcast("testsrc=s=160x120:r=25:d=3", {"-mpegts_start_pid", "0x200", "second.ts"});
    test::write_file(folder_ / "both.ts", first + second);
    const Fingerprint made = fingerprint_of(folder_ / "both.ts");
    ASSERT_EQ(made.more_parts.size(), 1U);
    EXPECT_EQ(made.more_parts[0].part.role, PartRole::kTrack);
    EXPECT_EQ(made.more_parts[0].decode.decoded_frames, 75U);
    EXPECT_EQ(made.decode.decoded_frames, 375U);
}

}  // namespace
}  // namespace refrain
