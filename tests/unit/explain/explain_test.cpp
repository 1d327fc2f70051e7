#include "refrain/explain.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"
#include "refrain/sandbox.h"

#include "explain/drawing.h"
#include "explain/output_folder.h"
#include "explain/shown_media.h"
#include "media/png_writer.h"
#include "media/shown_pictures.h"
#include "sandbox/job_request.h"
#include "support/decoded.h"
#include "support/run_program.h"
#include "support/shared_data.h"
#include "support/synthetic_picture.h"
#include "support/temp_folder.h"

namespace refrain::explain {
namespace {

using nlohmann::json;

const std::filesystem::path& known_picture() {
    static const std::filesystem::path path =
        test::source_dir() / "samples" / "media" / "known" / "bear.jpg";
    return path;
}

frame::RgbImage decoded(const std::filesystem::path& path) {
    const Result<test::Decoded> medium = test::decode_file(path);
    EXPECT_TRUE(medium.ok()) << medium.error().message;
    return medium ? medium->pictures.at(0) : frame::RgbImage{};
}

/// 3/5 of the width and 7/10 of the height from the middle, mirrored.
frame::RgbImage cropped_and_mirrored(const frame::RgbImage& image) {
    const int width = image.width * 3 / 5;
    const int height = image.height * 7 / 10;
    frame::RgbImage part = test::blank_picture(width, height);
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
            const std::uint8_t* from = test::pixel_at(image, r + (image.height - height) / 2,
                                                      c + (image.width - width) / 2);
            std::copy(from, from + 3, test::pixel_at(part, r, width - 1 - c));
        }
    }
    return part;
}

Fingerprint fingerprint_of(const std::filesystem::path& path, Sampling sampling) {
    FingerprintOptions options;
    options.sampling = sampling;
    options.views = sampling == Sampling::kQuery ? Views::kDihedral : Views::kUpright;
    const auto run = Fingerprinter(options).fingerprint_file(path);
    EXPECT_TRUE(run.ok()) << run.error().message;
    return run ? run->fingerprint : Fingerprint{};
}

/// Mean difference of the left and the right picture of a sheet, of their common upper part.
double difference_of_halves(const frame::RgbImage& sheet) {
    const int top = sheet.height / 3;
    double sum = 0;
    for (int r = top; r < 2 * top; ++r) {
        const std::uint8_t* left = sheet.view().row(r) + std::ptrdiff_t{3} * kMargin;
        const std::uint8_t* right = left + std::ptrdiff_t{3} * (kMargin + ShownMedia::kSide);
        for (int i = 0; i < 3 * ShownMedia::kSide; ++i) {
            sum += std::abs(static_cast<int>(left[i]) - static_cast<int>(right[i]));
        }
    }
    return sum / (3.0 * ShownMedia::kSide * top);
}

class ExplainTest : public testing::Test {
  protected:
    void SetUp() override {
        known_ = folder_ / "known.jpg";
        std::filesystem::copy_file(known_picture(), known_);
        query_ = folder_ / "a copy.png";
        const auto png = media::encode_png(cropped_and_mirrored(decoded(known_)).view());
        ASSERT_TRUE(png.ok());
        test::write_file(query_, {reinterpret_cast<const char*>(png->data()), png->size()});
        options_.folder = folder_ / "why";
    }

    /// The look-up of the mirrored part among the known picture alone.
    FindReport look_up() {
        FindOptions find;
        find.wants_explanation = true;
        const Fingerprint query = fingerprint_of(query_, Sampling::kQuery);
        const auto answer =
            compare(query, fingerprint_of(known_, Sampling::kKnown), "known.jpg", find);
        EXPECT_TRUE(answer.ok());
        FindReport report;
        report.input = query_.native();
        report.media = query.media;
        report.answer = *answer;
        for (Match& match : report.answer->matches) {
            match.explanation->source = known_.native();
        }
        return report;
    }

    std::filesystem::path explained(const FindReport& report) {
        const auto written = write_explanations(report, options_);
        EXPECT_TRUE(written.ok()) << written.error().message;
        EXPECT_EQ(written->size(), 1U);
        return written->empty() ? std::filesystem::path() : written->front();
    }

    static json numbers_beside(std::filesystem::path picture) {
        return json::parse(test::read_file(picture.replace_extension(".json")));
    }

    test::TempFolder folder_;
    std::filesystem::path known_;
    std::filesystem::path query_;
    ExplainOptions options_;
};

TEST_F(ExplainTest, DrawsBothPicturesSideBySide) {
    const frame::RgbImage sheet = decoded(explained(look_up()));
    const int caption_and_lines = 5 * kLineHeight;
    // The query is 300 x 233, the higher of both.
    EXPECT_EQ(sheet.width, 3 * kMargin + 2 * ShownMedia::kSide);
    EXPECT_EQ(sheet.height, 2 * kMargin + caption_and_lines + (640 * 233 + 150) / 300);
}

TEST_F(ExplainTest, GivesTheNumbersBehindTheScore) {
    const FindReport report = look_up();
    const json numbers = numbers_beside(explained(report));
    const Match& match = report.answer->matches.at(0);
    EXPECT_EQ(numbers.at("schema"), "refrain.explanation/1");
    EXPECT_EQ(numbers.at("match").at("id"), "known.jpg");
    EXPECT_NEAR(numbers.at("match").at("score").get<double>(), match.score, 1e-3);
    EXPECT_EQ(numbers.at("known").at("source"), known_.native());
    EXPECT_TRUE(numbers.at("picture").at("query_problem").is_null());
    EXPECT_TRUE(numbers.at("picture").at("reference_problem").is_null());
    const json place = numbers.at("places").at("listed").at(0);
    EXPECT_EQ(place.at("inliers").get<std::size_t>(), numbers.at("places").at("points").size());
    EXPECT_LT(place.at("log10_chance").get<double>(), -10);
    EXPECT_GT(place.at("spread").get<double>(), 0.5);
    EXPECT_GT(place.at("expected_share").get<double>(), 0.2);
    EXPECT_NEAR(place.at("overlap").at("reference").get<double>(), 0.42, 0.03);
}

TEST_F(ExplainTest, PlacesTheOutlineAndThePointsInThePictureAsItWasUploaded) {
    const FindReport report = look_up();
    const Explanation& explanation = *report.answer->matches.at(0).explanation;
    // Mirrored: the known left edge lies right of the query, a third of its width beyond.
    EXPECT_NEAR(explanation.outline[0].x, 1 + 1.0 / 3, 0.02);
    EXPECT_NEAR(explanation.outline[0].y, -0.214, 0.02);
    EXPECT_NEAR(explanation.outline[2].x, -1.0 / 3, 0.02);
    ASSERT_GE(explanation.places.at(0).points.size(), 20U);
    for (const PointMatch& point : explanation.places.at(0).points) {
        EXPECT_NEAR(point.known.x, 0.2 + 0.6 * (1 - point.query.x), 0.02);
        EXPECT_NEAR(point.known.y, 0.15 + 0.7 * point.query.y, 0.02);
    }
}

TEST_F(ExplainTest, HidesThePicturesUnlessTheyAreRevealed) {
    const FindReport report = look_up();
    const frame::RgbImage hidden = decoded(explained(report));
    EXPECT_EQ(numbers_beside(explained(report)).at("picture").at("revealed"), false);
    options_.is_revealed = true;
    const frame::RgbImage revealed = decoded(explained(report));
    EXPECT_EQ(numbers_beside(explained(report)).at("picture").at("revealed"), true);
    EXPECT_GT(test::mean_error(hidden, revealed), 3);
}

TEST_F(ExplainTest, SaysWhyTheKnownPictureIsNotShown) {
    const FindReport report = look_up();
    std::filesystem::resize_file(known_, std::filesystem::file_size(known_) - 1);
    const json changed = numbers_beside(explained(report)).at("picture");
    EXPECT_EQ(changed.at("reference_problem"), "the file has other bytes now");
    std::filesystem::remove(known_);
    const json gone = numbers_beside(explained(report)).at("picture");
    EXPECT_EQ(gone.at("reference_problem").get<std::string>().substr(0, 9), "not_found");
    EXPECT_TRUE(gone.at("query_problem").is_null());
    EXPECT_EQ(decoded(explained(report)).width, 3 * kMargin + 2 * ShownMedia::kSide);
}

TEST_F(ExplainTest, ExplainsTheSameBytes) {
    query_ = known_;
    const FindReport report = look_up();
    ASSERT_EQ(report.answer->matches.at(0).evidence, std::vector{Evidence::kExact});
    const json numbers = numbers_beside(explained(report));
    EXPECT_EQ(numbers.at("picture").at("outline"), json::parse("[[0,0],[1,0],[1,1],[0,1]]"));
}

TEST_F(ExplainTest, NamesAFolderThatCannotBeWritten) {
    options_.folder = known_ / "below a file";
    const auto written = write_explanations(look_up(), options_);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::kUnreadable);
    EXPECT_NE(written.error().message.find("below a file"), std::string::npos);
}

TEST_F(ExplainTest, WritesOnlyInTheFolderWhateverTheNamesAre) {
    FindReport report = look_up();
    report.answer->matches.at(0).id = "../../../outside\n";
    const std::filesystem::path picture = explained(report);
    EXPECT_EQ(picture.parent_path(), options_.folder);
    EXPECT_EQ(picture.filename().native().find_first_of("/\n "), std::string::npos);
}

/// Two tracks: red and, marked as the default, blue.
std::filesystem::path two_tracks(const test::TempFolder& folder) {
    const std::filesystem::path file = folder / "two.mkv";
    const int made = test::run_program({"ffmpeg",
                                        "-v",
                                        "error",
                                        "-y",
                                        "-f",
                                        "lavfi",
                                        "-i",
                                        "color=red:s=64x64:d=1",
                                        "-f",
                                        "lavfi",
                                        "-i",
                                        "color=blue:s=64x64:d=1",
                                        "-map",
                                        "0",
                                        "-map",
                                        "1",
                                        "-disposition:v:0",
                                        "0",
                                        "-disposition:v:1",
                                        "default",
                                        "-c:v",
                                        "ffv1",
                                        file.native()});
    EXPECT_EQ(made, 0);
    return file;
}

/// The colour in the middle of what a part shows at its beginning, as `red`, `blue` or the problem.
std::string shown_colour(const std::filesystem::path& file,
                         std::optional<std::uint32_t> part,
                         const ExplainOptions& options) {
    const Sha256 sha256 = fingerprint_of(file, Sampling::kQuery).media.digest.sha256;
    const ShownMedia shown = read_pictures(file, sha256, {part, {MediaTime{}}}, options);
    if (!shown.problem.empty()) {
        return shown.problem;
    }
    const std::uint8_t* middle = shown.pictures.at(MediaTime{}).view().row(320) + 3 * 320;
    return middle[0] > 200 ? "red" : middle[2] > 200 ? "blue" : "neither";
}

TEST(ShownMedia, ShowsThePartThatIsAskedForHereAndInTheSandbox) {
    REFRAIN_REQUIRE_PROGRAM("ffmpeg");
    const test::TempFolder folder;
    const std::filesystem::path file = two_tracks(folder);
    ExplainOptions options;
    for (const bool is_confined : {false, true}) {
        if (is_confined) {
            SandboxOptions confined;
            confined.worker = test::build_dir() / "src/sandbox/worker/refrain-worker";
            auto started = Sandbox::start(confined);
            ASSERT_TRUE(started) << started.error().message;
            options.sandbox = std::move(started).value();
        }
        EXPECT_EQ(shown_colour(file, 0, options), "red") << is_confined;
        EXPECT_EQ(shown_colour(file, 1, options), "blue") << is_confined;
        EXPECT_EQ(shown_colour(file, std::nullopt, options), "blue") << is_confined;
        EXPECT_EQ(shown_colour(file, 2, options), "no_visual_stream: part 2 is not in the file")
            << is_confined;
    }
}

TEST(SandboxRequest, KeepsThePartAndRefusesWhatNoMediumHas) {
    sandbox::Request request;
    request.times = {MediaTime::from_ms(40)};
    const std::vector<std::byte> plain = sandbox::encode_request(request);
    ASSERT_TRUE(sandbox::decode_request(plain));
    EXPECT_EQ(sandbox::decode_request(plain)->part, std::nullopt);
    request.part = 7;
    std::vector<std::byte> bytes = sandbox::encode_request(request);
    ASSERT_TRUE(sandbox::decode_request(bytes));
    EXPECT_EQ(sandbox::decode_request(bytes)->part, 7U);
    EXPECT_EQ(sandbox::decode_request(bytes)->times, request.times);
    // The number lies where both differ first; its upper half makes it none of 32 bits.
    const auto differs = std::mismatch(plain.begin(), plain.end(), bytes.begin()).second;
    std::fill_n(differs + 4, 4, std::byte{1});
    EXPECT_FALSE(sandbox::decode_request(bytes));
    std::fill_n(differs, 8, std::byte{0xfe});
    EXPECT_FALSE(sandbox::decode_request(bytes)) << "negative";
}

TEST_F(ExplainTest, ShowsTheTrackThatAMatchNames) {
    REFRAIN_REQUIRE_PROGRAM("ffmpeg");
    // The known picture is the second track of what is looked up.
    query_ = folder_ / "two.mkv";
    ASSERT_EQ(test::run_program({"ffmpeg",
                                 "-v",
                                 "error",
                                 "-y",
                                 "-f",
                                 "lavfi",
                                 "-i",
                                 "testsrc2=s=320x240:r=5:d=1",
                                 "-loop",
                                 "1",
                                 "-r",
                                 "5",
                                 "-t",
                                 "1",
                                 "-i",
                                 known_.native(),
                                 "-map",
                                 "0",
                                 "-map",
                                 "1",
                                 "-c:v",
                                 "ffv1",
                                 "-disposition:v:0",
                                 "default",
                                 "-disposition:v:1",
                                 "0",
                                 query_.native()}),
              0);
    options_.is_revealed = true;
    FindReport report = look_up();
    ASSERT_TRUE(report.answer->matches.at(0).part);
    EXPECT_EQ(report.answer->matches.at(0).part->index, 1U);
    const frame::RgbImage right = decoded(explained(report));
    report.answer->matches.at(0).part.reset();
    const frame::RgbImage wrong = decoded(explained(report));
    // Both halves show one picture, but for the lines drawn over it.
    EXPECT_LT(difference_of_halves(right), 12);
    EXPECT_GT(difference_of_halves(wrong), 30);
}

TEST(OutputFolder, ReplacesALinkAndNotWhatItLeadsTo) {
    const test::TempFolder folder;
    test::write_file(folder / "precious", "keep me");
    std::filesystem::create_directory(folder / "out");
    std::filesystem::create_symlink(folder / "precious", folder / "out/name");
    const auto out = OutputFolder::open(folder / "out");
    ASSERT_TRUE(out.ok());
    const std::string text = "new";
    ASSERT_TRUE(out->write("name", std::as_bytes(std::span(text))).ok());
    EXPECT_EQ(test::read_file(folder / "precious"), "keep me");
    EXPECT_EQ(test::read_file(folder / "out/name"), "new");
}

TEST(OutputFolder, LeavesNothingBehindWhereAFileCannotBeReplaced) {
    const test::TempFolder folder;
    std::filesystem::create_directory(folder / "name");
    const auto out = OutputFolder::open(folder.path());
    ASSERT_TRUE(out.ok());
    const std::string text = "new";
    const auto written = out->write("name", std::as_bytes(std::span(text)));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SafeName, KeepsPlainNamesAndNothingElse) {
    EXPECT_EQ(safe_name("m_8f3a-x.mp4", 80), "m_8f3a-x.mp4");
    EXPECT_EQ(safe_name("../a b\n\xc3\xa4", 80), "_._a_b___");
    EXPECT_EQ(safe_name("", 80), "_");
    EXPECT_EQ(safe_name("abcdef", 3), "abc");
}

TEST(PngWriter, GivesBackEveryPixel) {
    const test::TempFolder folder;
    const frame::RgbImage noise = test::noise_picture(37, 23, 5);
    const auto png = media::encode_png(noise.view());
    ASSERT_TRUE(png.ok());
    test::write_file(folder / "noise", {reinterpret_cast<const char*>(png->data()), png->size()});
    EXPECT_EQ(decoded(folder / "noise").pixels, noise.pixels);
}

TEST(Drawing, TakesOutlinesFarBeyondTheEdgesAndWithoutAnArea) {
    const frame::RgbImage picture = test::wave_picture(64, 48, 1);
    for (const double far : {0.0, 1e4, 1e9, 1e300}) {
        Sheet sheet;
        sheet.query.picture = &picture;
        sheet.known.picture = &picture;
        sheet.outline = {{{-far, -far}, {far, -far}, {far, far}, {-far, far}}};
        const auto drawn = draw(sheet, 64);
        ASSERT_TRUE(drawn.ok()) << drawn.error().message;
        EXPECT_EQ(drawn->width, 3 * kMargin + 2 * 64);
    }
}

TEST(Drawing, FitsPicturesOfAnyShape) {
    for (const auto& [width, height] : {std::pair(3000, 1), {1, 3000}, {2, 2}, {640, 640}}) {
        const auto fitted = media::fit(test::blank_picture(width, height).view(), 640);
        ASSERT_TRUE(fitted.ok());
        EXPECT_EQ(std::max(fitted->width, fitted->height), 640);
        EXPECT_GE(std::min(fitted->width, fitted->height), 1);
    }
}

}  // namespace
}  // namespace refrain::explain
