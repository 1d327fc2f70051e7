#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"
#include "support/shared_data.h"

namespace refrain::test {

namespace {

using Json = nlohmann::ordered_json;

/// Absolute paths are of this machine.
void hide_source(Json& object) {
    if (object.contains("source")) {
        object["source"] =
            "*/" + std::filesystem::path(object["source"].get<std::string>()).filename().string();
    }
}

/// Puts placeholders where two runs, or two builds of the decoders, may differ.
void normalise(Json& line) {
    if (line.contains("timing_ms")) {
        for (auto& [name, value] : line["timing_ms"].items()) {
            value = 0;
        }
    }
    hide_source(line);
    if (line.contains("matches")) {
        for (Json& match : line["matches"]) {
            hide_source(match);
        }
    }
    for (const char* name :
         {"added_at", "store_bytes", "index_bytes", "snapshot_bytes", "local_index_bytes"}) {
        if (line.contains(name)) {
            line[name] = "*";
        }
    }
}

/// The program's lines on the sample media, from their folder, each object on indented lines.
std::string run_in_samples(std::vector<std::string> words, const std::string& corpus) {
    std::filesystem::current_path(source_dir() / "samples" / "media");
    words.insert(words.begin() + 1, {"--json", "--quiet"});
    if (words.front() != "hash" && words.front() != "compare") {
        words.insert(words.begin() + 1, {"--corpus", corpus});
    }
    std::string text;
    for (const std::string& line : lines_of(run_refrain(words).out)) {
        Json object = Json::parse(line);
        normalise(object);
        text += object.dump(1) + "\n";
    }
    return text;
}

struct GoldenCase {
    std::string name;
    std::vector<std::string> words;
};

class CliGolden : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(CliGolden, SaysWhatItSaidBefore) {
    const TempFolder folder;
    const std::string corpus = (folder / "corpus").native();
    if (GetParam().name != "add") {
        run_in_samples({"add", "known"}, corpus);
    }
    const std::string now = run_in_samples(GetParam().words, corpus);
    ASSERT_FALSE(now.empty());
    const auto path = source_dir() / "tests" / "golden" / "cli" / (GetParam().name + ".json");
    // Only this thread reads the environment. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* accept = std::getenv("REFRAIN_ACCEPT");
    if (accept != nullptr && std::string(accept) == "1") {
        write_text(path, now);
    }
    EXPECT_EQ(now, read_text(path)) << "REFRAIN_ACCEPT=1 rewrites " << path;
}

INSTANTIATE_TEST_SUITE_P(
    All,
    CliGolden,
    ::testing::Values(GoldenCase{"hash", {"hash", "known/bear.jpg", "known/flower.mp4"}},
                      GoldenCase{"add", {"add", "--label", "set=samples", "known", "LICENSES.md"}},
                      GoldenCase{"find", {"find", "edited", "unrelated", "known/larch.jpg"}},
                      GoldenCase{"find_weak", {"find", "--min-score", "0", "edited"}},
                      GoldenCase{"find_failed", {"find", "LICENSES.md", "missing.jpg"}},
                      GoldenCase{"compare",
                                 {"compare", "edited/crystal-part.webm", "known/crystal.mp4"}},
                      GoldenCase{"remove", {"remove", "nobody"}},
                      GoldenCase{"list", {"list"}},
                      GoldenCase{"stats", {"stats"}},
                      GoldenCase{"verify", {"verify"}}),
    [](const auto& one) { return one.param.name; });

}  // namespace

}  // namespace refrain::test
