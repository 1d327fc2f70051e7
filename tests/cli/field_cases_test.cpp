#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

using Names = std::set<std::string>;

/// Files from public bug reports, and what of the ordinary media each of them shows.
class FieldCases : public Cli {
  protected:
    [[nodiscard]] static std::filesystem::path folder() {
        return shared_dir() / "data" / "fieldcases";
    }

    /// The ordinary file of a name such as `di_b147` or `dv_k027`.
    [[nodiscard]] static std::string ordinary(const std::string& name) {
        const std::filesystem::path dev = shared_dir() / "data" / "dev";
        return (name.starts_with("di_") ? dev / "images" / (name + ".jpg")
                                        : dev / "videos" / (name + ".mp4"))
            .native();
    }

    /// By file the names of what it matches; without what another rule is about.
    [[nodiscard]] static std::map<std::string, Names> expected() {
        std::map<std::string, Names> all;
        std::ifstream in(folder() / "expected.csv");
        std::string line;
        std::getline(in, line);
        EXPECT_EQ(line, "file,matches,note");
        while (std::getline(in, line)) {
            const std::string file = line.substr(0, line.find(','));
            std::istringstream matches(
                line.substr(file.size() + 1, line.find(',', file.size() + 1) - file.size() - 1));
            if (file != "stereo_half_side_by_side.mp4") {
                for (std::string name; matches >> name;) {
                    all[file].insert(name);
                }
            }
        }
        return all;
    }

    /// The stems of what a look-up finds.
    [[nodiscard]] Names found(const std::string& file, const std::string& effort) const {
        Names names;
        for (const Json& object : objects(json("find", {"--effort", effort, file}).out)) {
            for (const Json& match : object.at("matches")) {
                names.insert(match.at("name").get<std::string>());
            }
        }
        return names;
    }

    void make_known(const Words& files) const {
        std::filesystem::remove_all(corpus());
        const Finished added = json("add", files);
        ASSERT_EQ(added.exit_code, 0) << added.err;
    }
};

TEST_F(FieldCases, AreFoundAndFindWithEveryEffort) {
    REFRAIN_REQUIRE_SHARED("data/fieldcases/expected.csv");
    REFRAIN_REQUIRE_SHARED("data/dev/videos");
    const std::map<std::string, Names> cases = expected();
    ASSERT_EQ(cases.size(), 13U);
    std::map<std::string, Names> shown_in;  // by ordinary file the odd ones
    Words odd_files;
    for (const auto& [file, names] : cases) {
        odd_files.push_back((folder() / file).native());
        for (const std::string& name : names) {
            shown_in[name].insert(file);
        }
    }
    Words ordinary_files;
    for (const auto& [name, files] : shown_in) {
        ordinary_files.push_back(ordinary(name));
    }
    ASSERT_NO_FATAL_FAILURE(make_known(ordinary_files));
    for (const char* effort : {"fast", "normal", "thorough"}) {
        for (const auto& [file, names] : cases) {
            Names wanted;
            for (const std::string& name : names) {
                wanted.insert(std::filesystem::path(ordinary(name)).filename());
            }
            EXPECT_EQ(found((folder() / file).native(), effort), wanted) << file << " " << effort;
        }
    }
    ASSERT_NO_FATAL_FAILURE(make_known(odd_files));
    for (const char* effort : {"fast", "normal", "thorough"}) {
        for (const auto& [name, files] : shown_in) {
            EXPECT_EQ(found(ordinary(name), effort), files) << name << " " << effort;
        }
    }
}

}  // namespace

}  // namespace refrain::test
