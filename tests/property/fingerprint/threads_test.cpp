#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/fingerprinter.h"

#include "support/run_program.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using test::run_program;
using Arguments = std::vector<std::string>;

struct Sort {
    std::string name;
    Arguments coding;
};

/// Kinds of decoders: with and without threads, planes of their own and RGB, pictures drawn over
/// the last one.
std::vector<Sort> sorts() {
    return {{"frames.mkv", {"-c:v", "libx264", "-bf", "2", "-pix_fmt", "yuv420p"}},
            {"lone_keyframe.mp4", {"-c:v", "libx264", "-g", "1000", "-pix_fmt", "yuv420p"}},
            {"ten_bits.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p10"}},
            {"interlaced.ts", {"-c:v", "mpeg2video", "-flags", "+ildct+ilme"}},
            {"over_the_last.mov", {"-c:v", "qtrle", "-pix_fmt", "rgb24"}},
            {"palette.gif", {"-c:v", "gif"}},
            {"pictures.webp", {"-c:v", "libwebp_anim"}},
            {"one.png", {"-frames:v", "1"}}};
}

std::vector<FingerprintOptions> ways() {
    std::vector<FingerprintOptions> all(6);
    all[0].sampling = Sampling::kKnown;
    all[1].sampling = Sampling::kInterval;
    all[1].interval = MediaTime::from_ms(300);
    std::size_t at = 2;
    for (const Effort effort : {Effort::kFast, Effort::kNormal, Effort::kThorough}) {
        all[at].sampling = Sampling::kQuery;
        all[at].effort = effort;
        all[at++].views = Views::kDihedral;
    }
    all[at] = FingerprintOptions().for_query();
    all[at].exact_codes = true;
    return all;
}

class ThreadsProperty : public ::testing::Test {
  protected:
    void SetUp() override { REFRAIN_REQUIRE_PROGRAM("ffmpeg"); }

    /// A second that moves, and changes to another scene and back, in black bars.
    std::filesystem::path make(const Sort& sort) {
        const std::filesystem::path file = folder_ / sort.name;
        Arguments arguments = {"ffmpeg",
                               "-v",
                               "error",
                               "-f",
                               "lavfi",
                               "-i",
                               "testsrc2=s=320x240:r=25:d=1,negate=enable='between(t,0.3,0.7)',"
                               "pad=320:300:0:30"};
        arguments.insert(arguments.end(), sort.coding.begin(), sort.coding.end());
        arguments.push_back(file);
        EXPECT_EQ(run_program(arguments), 0) << sort.name;
        return file;
    }

    test::TempFolder folder_;
};

TEST_F(ThreadsProperty, NoFingerprintDependsOnTheirNumber) {
    for (const Sort& sort : sorts()) {
        const std::filesystem::path file = make(sort);
        for (FingerprintOptions options : ways()) {
            options.decoder_threads = 1;
            const Result<FingerprintRun> alone = Fingerprinter(options).fingerprint_file(file);
            ASSERT_TRUE(alone) << sort.name << ": " << alone.error().message;
            EXPECT_FALSE(alone->fingerprint.frames.empty()) << sort.name;
            for (const int threads : {2, 5}) {
                options.decoder_threads = threads;
                const Result<FingerprintRun> many = Fingerprinter(options).fingerprint_file(file);
                ASSERT_TRUE(many) << sort.name << ": " << many.error().message;
                EXPECT_EQ(alone->fingerprint, many->fingerprint)
                    << sort.name << ", " << threads << " threads, sampling "
                    << static_cast<int>(options.sampling);
            }
        }
    }
}

TEST_F(ThreadsProperty, ProgressAndStopsAreTheSame) {
    const std::filesystem::path file = make(sorts().front());
    for (const int threads : {1, 2, 5}) {
        FingerprintOptions options;
        options.decoder_threads = threads;
        std::vector<MediaTime> positions;
        std::stop_source stop;
        const RunControl control{.stop = stop.get_token(),
                                 .progress = [&](const MediumProgress& progress) {
                                     positions.push_back(progress.position);
                                     if (positions.size() == 10) {
                                         stop.request_stop();
                                     }
                                 }};
        const Result<FingerprintRun> run = Fingerprinter(options).fingerprint_file(file, control);
        ASSERT_FALSE(run) << threads << " threads";
        EXPECT_EQ(run.error().code, ErrorCode::kCancelled) << threads << " threads";
        ASSERT_GE(positions.size(), 10U);
        for (std::size_t i = 0; i < positions.size(); ++i) {
            EXPECT_EQ(positions[i], MediaTime::from_ms(40 * static_cast<std::int64_t>(i)));
        }
    }
}

}  // namespace
}  // namespace refrain
