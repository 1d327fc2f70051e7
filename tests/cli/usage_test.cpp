#include "cli_fixture.h"

namespace refrain::test {

namespace {

class WrongUsage : public Cli, public ::testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(WrongUsage, ExitsTwoAndTouchesNothing) {
    Words words = GetParam();
    for (std::string& word : words) {
        if (word == "@corpus") {
            word = corpus();
        }
    }
    const Finished done = run_refrain(words);
    EXPECT_EQ(done.exit_code, 2);
    EXPECT_EQ(done.out, "");
    EXPECT_NE(done.err, "");
    EXPECT_FALSE(std::filesystem::exists(corpus()));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    WrongUsage,
    ::testing::Values(
        std::vector<std::string>{},
        std::vector<std::string>{"frobnicate"},
        std::vector<std::string>{"add", "--corpus", "@corpus"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--unknown", "x.jpg"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--id", "a", "x.jpg", "y.jpg"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--id", "a", "/tmp"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--label", "novalue", "x.jpg"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--label", "=v", "x.jpg"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--list", "/no/such/list"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--list", "/tmp"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--threads", "-1", "x.jpg"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--threads", "two", "x.jpg"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--max-bytes", "0", "x.jpg"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--max-bytes", "99999999T", "x"},
        std::vector<std::string>{"add", "--corpus", "@corpus", "--log-level", "loud", "x.jpg"},
        std::vector<std::string>{"find", "--corpus", "@corpus", "--min-score", "nan", "x.jpg"},
        std::vector<std::string>{"find", "--corpus", "@corpus", "--max-matches", "0", "x.jpg"},
        std::vector<std::string>{"find", "--corpus", "@corpus", "--effort", "heroic", "x.jpg"},
        std::vector<std::string>{"hash", "--format", "md5", "x.jpg"},
        std::vector<std::string>{"hash", "--interval", "0", "x.mp4"},
        std::vector<std::string>{"hash", "--interval", "1e3", "x.mp4"},
        std::vector<std::string>{"compare", "only-one.jpg"},
        std::vector<std::string>{"compare", "a.jpg", "b.jpg", "c.jpg"},
        std::vector<std::string>{"remove", "--corpus", "@corpus"},
        std::vector<std::string>{"list", "--corpus", "@corpus", "surplus"},
        std::vector<std::string>{"stats", "--corpus", ""},
        std::vector<std::string>{"add", "--corpus=", "x.jpg"},
        std::vector<std::string>{"serve", "surplus"},
        std::vector<std::string>{"serve", "--corpus", "@corpus", "--listen", "here"},
        std::vector<std::string>{"serve", "--corpus", "@corpus", "--config", "missing.toml"},
        std::vector<std::string>{"key", "--corpus", "@corpus", "forge"},
        std::vector<std::string>{"key", "--corpus", "@corpus", "create", "--role", "king"},
        std::vector<std::string>{"audit", "--corpus", "@corpus", "burn"}));

TEST_F(Cli, HelpAndVersionGoToStandardOutput) {
    for (const Words& words : {Words{"--help"}, Words{"add", "--help"}, Words{"find", "-h"}}) {
        const Finished done = run_refrain(words);
        EXPECT_EQ(done.exit_code, 0);
        EXPECT_NE(done.out.find("Usage: refrain"), std::string::npos);
        EXPECT_EQ(done.err, "");
    }
    const Finished version = run_refrain({"--version"});
    EXPECT_EQ(version.exit_code, 0);
    for (const char* name : {"refrain ", "FFmpeg ", "OpenCV ", "FAISS "}) {
        EXPECT_NE(version.out.find(name), std::string::npos) << version.out;
    }
}

TEST_F(Cli, AMissingCorpusExitsFour) {
    for (const Words& words : {Words{"find", known("bear.jpg")}, Words{"list"}, Words{"stats"},
                               Words{"verify"}, Words{"remove", "m_1"}}) {
        const Finished done = json(words[0], Words(words.begin() + 1, words.end()));
        EXPECT_EQ(done.exit_code, 4) << words[0];
        EXPECT_EQ(done.out, "");
        EXPECT_NE(done.err.find("corpus_not_found"), std::string::npos) << done.err;
    }
    EXPECT_FALSE(std::filesystem::exists(corpus()));
}

TEST_F(Cli, TakesTheCorpusFromTheEnvironment) {
    const std::string by_name = (folder_ / "by name").native();
    const std::string by_xdg = (folder_ / "xdg").native();
    ASSERT_EQ(::setenv("REFRAIN_CORPUS", by_name.c_str(), 1), 0);
    EXPECT_EQ(run_refrain({"add", "--quiet", known("bear.jpg")}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::exists(by_name));
    ASSERT_EQ(::unsetenv("REFRAIN_CORPUS"), 0);
    ASSERT_EQ(::setenv("XDG_DATA_HOME", by_xdg.c_str(), 1), 0);
    EXPECT_EQ(run_refrain({"add", "--quiet", known("bear.jpg")}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(by_xdg) / "refrain"));
    ASSERT_EQ(::unsetenv("XDG_DATA_HOME"), 0);
}

TEST_F(Cli, AnswersDoNotDependOnTheNumberOfThreads) {
    ASSERT_EQ(json("add", {(media() / "known").native()}).exit_code, 0);
    const auto ask = [&](const std::string& threads) {
        auto answers =
            objects(json("find", {"--threads", threads, (media() / "edited").native()}).out);
        for (Json& answer : answers) {
            answer.erase("timing_ms");
        }
        return answers;
    };
    const auto one = ask("1");
    ASSERT_EQ(one.size(), 7U);
    EXPECT_EQ(one, ask("4"));
}

TEST_F(Cli, TheVideoLinesOfVpdqAreOneASecond) {
    const Finished done = run_refrain({"hash", "--format", "vpdq", known("flower.mp4")});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    const auto lines = lines_of(done.out);
    ASSERT_EQ(lines.size(), 6U - 1U) << done.out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_EQ(lines[i].find(std::to_string(i) + ","), 0U) << lines[i];
        const double time = std::stod(lines[i].substr(lines[i].rfind(',') + 1));
        EXPECT_NEAR(time, static_cast<double>(i), 0.05) << lines[i];
    }
}

}  // namespace

}  // namespace refrain::test
