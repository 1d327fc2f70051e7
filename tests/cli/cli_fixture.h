#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"
#include "support/shared_data.h"
#include "support/temp_folder.h"

namespace refrain::test {

/// A folder for the test, a corpus path in it that does not exist yet, and the sample media.
class Cli : public ::testing::Test {
  protected:
    using Words = std::vector<std::string>;
    using Json = nlohmann::json;

    [[nodiscard]] std::string corpus() const { return (folder_ / "corpus").native(); }
    [[nodiscard]] static std::filesystem::path media() {
        return source_dir() / "samples" / "media";
    }
    [[nodiscard]] static std::string known(const std::string& name) {
        return (media() / "known" / name).native();
    }

    /// Copies a known picture to a file of the test's folder. @return its path
    std::string copy(const std::string& known_name, const std::filesystem::path& name) const {
        const std::filesystem::path target = folder_ / name;
        std::filesystem::create_directories(target.parent_path());
        std::filesystem::copy_file(known(known_name), target);
        return target.native();
    }

    /// Distinct pictures: the sample followed by a number, which decoders pass over.
    std::string numbered_copy(const std::filesystem::path& name, int number) const {
        const std::string path = copy("bear.jpg", name);
        std::ofstream(path, std::ios::binary | std::ios::app) << "number " << number;
        return path;
    }

    /// `refrain COMMAND --corpus ... --json WORDS`
    [[nodiscard]] Finished json(const std::string& command,
                                const Words& words,
                                const std::string& input = {}) const {
        Words all{command, "--corpus", corpus(), "--json", "--quiet"};
        all.insert(all.end(), words.begin(), words.end());
        return run_refrain(all, input);
    }

    [[nodiscard]] static std::vector<Json> objects(const std::string& text) {
        std::vector<Json> all;
        for (const std::string& line : lines_of(text)) {
            all.push_back(Json::parse(line));
        }
        return all;
    }

    [[nodiscard]] static std::vector<std::string> field(const std::string& text,
                                                        const std::string& name) {
        std::vector<std::string> all;
        for (const Json& object : objects(text)) {
            all.push_back(object.at(name).get<std::string>());
        }
        return all;
    }

    TempFolder folder_;
};

}  // namespace refrain::test
