#include <algorithm>
#include <filesystem>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

class Explain : public Cli {
  protected:
    void SetUp() override {
        ASSERT_EQ(json("add", {known("bear.jpg"), known("larch.jpg")}).exit_code, 0);
    }
    [[nodiscard]] static std::string mirrored() {
        return (media() / "edited" / "larch-mirrored.jpg").native();
    }
    [[nodiscard]] std::string why() const { return (folder_ / "why").native(); }

    [[nodiscard]] std::vector<std::filesystem::path> written(const std::string& extension) const {
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(why())) {
            if (entry.path().extension() == extension) {
                files.push_back(entry.path());
            }
        }
        return files;
    }

    [[nodiscard]] static Json numbers(const std::filesystem::path& file) {
        std::ifstream in(file);
        return Json::parse(in);
    }
};

TEST_F(Explain, WritesAPictureAndNumbersForEachMatch) {
    const Finished found = json("find", {"--explain", why(), mirrored(), known("bear.jpg")});
    EXPECT_EQ(found.exit_code, 0) << found.err;
    EXPECT_EQ(objects(found.out).size(), 2U);
    ASSERT_EQ(written(".png").size(), 2U);
    ASSERT_EQ(written(".json").size(), 2U);
    for (const std::filesystem::path& file : written(".json")) {
        const Json all = numbers(file);
        EXPECT_TRUE(std::filesystem::exists(file.parent_path() /
                                            all.at("picture").at("file").get<std::string>()));
        EXPECT_TRUE(all.at("picture").at("reference_problem").is_null()) << all;
    }
}

TEST_F(Explain, LeavesStandardOutputAsItIs) {
    Json plain = objects(json("find", {mirrored()}).out).at(0);
    Json explained = objects(json("find", {"--explain", why(), "--reveal", mirrored()}).out).at(0);
    plain.erase("timing_ms");
    explained.erase("timing_ms");
    EXPECT_EQ(plain, explained);
}

TEST_F(Explain, FindsKnownFilesThatWereAddedByARelativePath) {
    const std::string picture = copy("violets.jpg", "violets.jpg");
    const std::filesystem::path relative = std::filesystem::relative(picture);
    ASSERT_EQ(json("add", {relative.native()}).exit_code, 0);
    ASSERT_EQ(json("find", {"--explain", why(), picture}).exit_code, 0);
    const std::string source = numbers(written(".json").at(0)).at("known").at("source");
    EXPECT_TRUE(source.starts_with('/')) << source;
}

TEST_F(Explain, ComparesWithAPictureToo) {
    EXPECT_EQ(json("compare", {"--explain", why(), mirrored(), known("larch.jpg")}).exit_code, 0);
    ASSERT_EQ(written(".json").size(), 1U);
    const Json all = numbers(written(".json").at(0));
    EXPECT_TRUE(all.at("picture").at("reference_problem").is_null()) << all;
}

TEST_F(Explain, RefusesAFolderThatIsAFile) {
    std::ofstream(why()) << "a file";
    const Finished found = json("find", {"--explain", why(), mirrored()});
    EXPECT_EQ(found.exit_code, 2);
    EXPECT_NE(found.err.find("why"), std::string::npos) << found.err;
    EXPECT_EQ(json("find", {"--reveal", mirrored()}).exit_code, 2);
}

TEST_F(Explain, CountsAnInputAsFailedThatCannotBeExplained) {
    ASSERT_EQ(json("find", {"--explain", why(), mirrored()}).exit_code, 0);
    // A folder in the picture's place cannot be replaced by a file.
    const std::filesystem::path picture = written(".png").at(0);
    std::filesystem::remove(picture);
    std::filesystem::create_directory(picture);
    const Finished found = json("find", {"--explain", why(), mirrored(), known("bear.jpg")});
    EXPECT_EQ(found.exit_code, 3);
    EXPECT_EQ(field(found.out, "status"), (std::vector<std::string>{"match", "match"}));
    EXPECT_NE(found.err.find(picture.filename().native()), std::string::npos) << found.err;
}

}  // namespace

}  // namespace refrain::test
