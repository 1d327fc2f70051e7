#include "cli_fixture.h"
#include "support/run_program.h"

namespace refrain::test {

namespace {

/// A video and a picture that shows one of its frames, 2 s from the beginning of the clip.
class CrossMedia : public Cli {
  protected:
    void SetUp() override { REFRAIN_REQUIRE_PROGRAM("ffmpeg"); }

    /// The frame at `second` of a known clip, half as large and with JPEG's losses.
    [[nodiscard]] std::string screenshot(const std::string& clip, const std::string& second) const {
        const std::string file = (folder_ / ("at" + second + ".jpg")).native();
        EXPECT_EQ(run_program({"ffmpeg", "-v", "error", "-y", "-ss", second, "-i", known(clip),
                               "-frames:v", "1", "-vf", "scale=iw/2:-2", "-q:v", "6", file}),
                  0);
        return file;
    }

    /// Half as large, other codec, other keyframes.
    [[nodiscard]] std::string reencoding(const std::string& clip) const {
        const std::string file = (folder_ / "upload.mkv").native();
        EXPECT_EQ(run_program({"ffmpeg", "-v", "error", "-y", "-i", known(clip), "-an", "-vf",
                               "scale=iw/2:-2", "-c:v", "mpeg4", "-q:v", "6", "-g", "40", file}),
                  0);
        return file;
    }
};

TEST_F(CrossMedia, AScreenshotFindsTheVideoWithItsTime) {
    ASSERT_EQ(json("add", {known("flower.mp4"), known("crystal.mp4"), known("bear.jpg")}).exit_code,
              0);
    for (const char* second : {"1", "2.5", "4"}) {
        const Finished found = json("find", {screenshot("flower.mp4", second)});
        ASSERT_EQ(found.exit_code, 0) << found.out;
        const Json matches = objects(found.out).at(0).at("matches");
        ASSERT_EQ(matches.size(), 1U) << found.out;
        EXPECT_EQ(matches[0].at("name"), "flower.mp4");
        const Json segment = matches[0].at("segments").at(0);
        EXPECT_TRUE(!segment.contains("query_ms") || segment.at("query_ms").is_null()) << segment;
        const double wanted = 1000 * std::stod(second);
        EXPECT_LE(segment.at("reference_ms").at(0).get<double>(), wanted + 500) << segment;
        EXPECT_GE(segment.at("reference_ms").at(1).get<double>(), wanted - 500) << segment;
    }
}

TEST_F(CrossMedia, AKnownPictureIsFoundInAVideoWithItsTime) {
    const std::string picture = screenshot("flower.mp4", "2.5");
    ASSERT_EQ(json("add", {picture, known("bear.jpg")}).exit_code, 0);
    for (const char* effort : {"normal", "thorough"}) {
        const Finished found = json("find", {"--effort", effort, reencoding("flower.mp4")});
        ASSERT_EQ(found.exit_code, 0) << found.out;
        const Json matches = objects(found.out).at(0).at("matches");
        ASSERT_EQ(matches.size(), 1U) << found.out;
        EXPECT_EQ(matches[0].at("name"), "at2.5.jpg");
        const Json segment = matches[0].at("segments").at(0);
        EXPECT_TRUE(!segment.contains("reference_ms") || segment.at("reference_ms").is_null());
        EXPECT_LE(segment.at("query_ms").at(0).get<double>(), 2500 + 500) << segment;
        EXPECT_GE(segment.at("query_ms").at(1).get<double>(), 2500 - 500) << segment;
    }
    EXPECT_EQ(json("find", {known("crystal.mp4")}).exit_code, 1);
}

}  // namespace

}  // namespace refrain::test
