#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

/// Files that hold several pictures, or one that depends on what is behind it, known and looked up.
class SeveralPictures : public Cli {
  protected:
    /// The names of what a look-up of `file` finds, sorted.
    [[nodiscard]] std::vector<std::string> found_by(const std::string& file) const {
        const Finished found = json("find", {file});
        std::vector<std::string> names;
        for (const Json& object : objects(found.out)) {
            for (const Json& match : object.at("matches")) {
                names.push_back(match.at("name"));
            }
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    /// Makes `odd` known and looks up each of `ordinary`, then the reverse.
    void expect_both_ways(const std::string& odd, const Words& ordinary) {
        const std::string odd_name = std::filesystem::path(odd).filename();
        ASSERT_EQ(json("add", {odd}).exit_code, 0) << odd;
        for (const std::string& file : ordinary) {
            EXPECT_EQ(found_by(file), std::vector{odd_name}) << file << " does not find " << odd;
        }
        std::filesystem::remove_all(corpus());
        ASSERT_EQ(json("add", ordinary).exit_code, 0);
        std::vector<std::string> names;
        for (const std::string& file : ordinary) {
            names.push_back(std::filesystem::path(file).filename());
        }
        std::sort(names.begin(), names.end());
        EXPECT_EQ(found_by(odd), names) << odd;
        std::filesystem::remove_all(corpus());
    }

    /// A file of the test's folder that holds the bytes of known media one behind the other.
    [[nodiscard]] std::string joined(const std::string& name, const Words& known_names) const {
        const std::string path = (folder_ / name).native();
        std::ofstream out(path, std::ios::binary);
        for (const std::string& part : known_names) {
            out << std::ifstream(known(part), std::ios::binary).rdbuf();
        }
        return path;
    }

    [[nodiscard]] static std::string field_case(const std::string& name) {
        return (shared_dir() / "data" / "fieldcases" / name).native();
    }
    [[nodiscard]] static std::string dev(const std::string& name) {
        return (shared_dir() / "data" / "dev" / name).native();
    }
};

TEST_F(SeveralPictures, AStillAndTheFilmBehindItAreFoundAndFind) {
    expect_both_ways(joined("motion.jpg", {"bear.jpg", "flower.mp4"}),
                     {known("bear.jpg"), known("flower.mp4")});
}

TEST_F(SeveralPictures, EveryPictureOfAFileIsFoundAndFinds) {
    expect_both_ways(joined("views.mpo", {"bear.jpg", "larch.jpg", "violets.jpg"}),
                     {known("bear.jpg"), known("larch.jpg"), known("violets.jpg")});
}

TEST_F(SeveralPictures, TheFieldCasesAreFoundAndFind) {
    REFRAIN_REQUIRE_SHARED("data/fieldcases");
    const Words three = {dev("images/di_b147.jpg"), dev("images/di_k191.jpg"),
                         dev("images/di_k196.jpg")};
    expect_both_ways(field_case("tiff_plain.tif"), {three[1]});
    expect_both_ways(field_case("tiff_jpeg_strips.tif"), {three[1]});
    expect_both_ways(field_case("tiff_three_pages.tif"), three);
    expect_both_ways(field_case("heic_three_pictures.heic"), three);
    expect_both_ways(field_case("jxl_three_frames.jxl"), three);
    expect_both_ways(field_case("jpeg_still_and_film.jpg"), {three[0], dev("videos/dv_k027.mp4")});
    const Words on_white = {field_case("alpha_black_lines_on_white.jpg")};
    expect_both_ways(field_case("alpha_black_lines.png"), on_white);
    expect_both_ways(field_case("alpha_palette_lines.png"), on_white);
}

}  // namespace

}  // namespace refrain::test
