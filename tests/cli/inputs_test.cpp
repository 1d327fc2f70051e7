#include <sys/stat.h>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

const std::vector<std::string> kOddNames = {
    "with space.jpg", "quote'\".jpg",    "$(touch pwned).jpg", "`id`;|&.jpg", "new\nline.jpg",
    "[a,b]",          "bad\xff\xfe.jpg", "-dash.jpg",          "%s%n.jpg",    "--list"};

TEST_F(Cli, OddNamesAreTakenByteForByte) {
    Words paths{"--"};
    for (const std::string& name : kOddNames) {
        paths.push_back(numbered_copy("odd/" + name, static_cast<int>(paths.size())));
    }
    const Finished done = json("add", paths);
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    const auto answers = objects(done.out);
    ASSERT_EQ(answers.size(), kOddNames.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i].at("status"), "added") << kOddNames[i];
        if (kOddNames[i].find('\xff') == std::string::npos) {
            EXPECT_EQ(answers[i].at("name"), kOddNames[i]);
            EXPECT_FALSE(answers[i].contains("input_hex"));
        } else {
            EXPECT_EQ(answers[i].at("name"), "bad\xEF\xBF\xBD\xEF\xBF\xBD.jpg");
            EXPECT_NE(answers[i].at("input_hex").get<std::string>().find("626164fffe2e6a7067"),
                      std::string::npos);
        }
    }
    EXPECT_FALSE(std::filesystem::exists("pwned"));
}

TEST_F(Cli, RelativeNamesThatLookLikeOptionsGoAfterTheMarker) {
    const Finished done = run_refrain({"hash", "--quiet", "--json", "--", "--help", "-x"});
    EXPECT_EQ(done.exit_code, 4);
    EXPECT_EQ(field(done.out, "input"), (Words{"--help", "-x"}));
    for (const Json& answer : objects(done.out)) {
        EXPECT_EQ(answer.at("error").at("code"), "not_found");
    }
}

TEST_F(Cli, ListsGoOneALineInOrder) {
    const std::string first = numbered_copy("1 one.jpg", 1);
    const std::string second = numbered_copy("2.jpg", 2);
    const std::string long_line(5000, 'x');
    const std::string list =
        second + "\n\n" + long_line + "\n" + std::string("nul\0here", 8) + "\n" + first;
    const Finished done = json("add", {"--list", "-"}, list);
    EXPECT_EQ(done.exit_code, 3);
    const auto answers = objects(done.out);
    ASSERT_EQ(answers.size(), 4U) << done.out;
    EXPECT_EQ(answers[0].at("input"), second);
    EXPECT_EQ(answers[1].at("error").at("code"), "unreadable");
    EXPECT_NE(answers[1].at("error").at("message").get<std::string>().find("line 3"),
              std::string::npos);
    EXPECT_EQ(answers[2].at("error").at("code"), "unreadable");
    EXPECT_EQ(answers[3].at("input"), first);
    EXPECT_EQ(answers[3].at("status"), "added");
}

TEST_F(Cli, AFolderIsWalkedInOrderAndOneBrokenFileStopsNothing) {
    Words expected;
    for (int i = 0; i < 10; ++i) {
        expected.push_back(
            numbered_copy("in/sub" + std::to_string(i % 2) + "/p" + std::to_string(i) + ".jpg", i));
    }
    expected.push_back((folder_ / "in/sub0/p5-broken.jpg").native());
    write_text(expected.back(), "this is text, not a picture");
    std::sort(expected.begin(), expected.end());
    const Finished done = json("add", {"--threads", "4", (folder_ / "in").native()});
    EXPECT_EQ(done.exit_code, 3);
    EXPECT_EQ(field(done.out, "input"), expected);
    for (const Json& answer : objects(done.out)) {
        const bool is_broken = answer.at("name") == "p5-broken.jpg";
        EXPECT_EQ(answer.at("status"), is_broken ? "failed" : "added");
        if (is_broken) {
            EXPECT_EQ(answer.at("error").at("code"), "unsupported_format");
            EXPECT_TRUE(answer.at("id").is_null());
        }
    }
}

TEST_F(Cli, LinkLoopsEndAndFifosAreRefused) {
    numbered_copy("in/a.jpg", 1);
    std::filesystem::create_directory_symlink("..", folder_ / "in/loop");
    std::filesystem::create_symlink("self", folder_ / "in/self");
    ASSERT_EQ(::mkfifo((folder_ / "in/pipe").c_str(), 0600), 0);
    const Finished done = json("add", {(folder_ / "in").native()});
    EXPECT_EQ(done.exit_code, 3);
    EXPECT_EQ(field(done.out, "name"), (Words{"a.jpg", "pipe", "self"}));
    EXPECT_EQ(field(done.out, "status"), (Words{"added", "failed", "failed"}));
    EXPECT_EQ(objects(done.out)[1].at("error").at("code"), "unreadable");
}

TEST_F(Cli, AFolderWithoutPermissionIsReported) {
    numbered_copy("in/a.jpg", 1);
    const std::filesystem::path closed = folder_ / "in/closed";
    std::filesystem::create_directory(closed);
    std::filesystem::permissions(closed, std::filesystem::perms::none);
    Words words{refrain_program(),        "add", "--quiet", "--json", "--corpus", corpus(),
                (folder_ / "in").native()};
    if (::geteuid() == 0) {
        // Root reads everything, so the program runs as nobody.
        constexpr uid_t kNobody = 65534;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
            ASSERT_EQ(::chown(entry.path().c_str(), kNobody, kNobody), 0);
        }
        ASSERT_EQ(::chown(folder_.path().c_str(), kNobody, kNobody), 0);
        words.insert(words.begin(), {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                                     "--clear-groups", "--"});
    }
    const Finished done = Process(words).wait();
    if (done.exit_code == 127 || done.exit_code == 126) {
        GTEST_SKIP() << "SKIPPED: the program cannot be run as another user: " << done.err;
    }
    std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
    EXPECT_EQ(done.exit_code, 3);
    EXPECT_EQ(field(done.out, "status"), (Words{"added", "failed"}));
    EXPECT_EQ(objects(done.out)[1].at("error").at("code"), "unreadable");
}

TEST_F(Cli, EveryInputFailingExitsFour) {
    ASSERT_EQ(json("add", {known("bear.jpg")}).exit_code, 0);
    write_text(folder_ / "empty.jpg", "");
    const Finished done =
        json("find", {(folder_ / "missing.jpg").native(), (folder_ / "empty.jpg").native()});
    EXPECT_EQ(done.exit_code, 4);
    const auto answers = objects(done.out);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0].at("status"), "not_scanned");
    EXPECT_EQ(answers[0].at("error").at("code"), "not_found");
    EXPECT_EQ(answers[1].at("error").at("code"), "empty");
}

TEST_F(Cli, LimitsAreEnforced) {
    const std::string file = known("bear.jpg");
    for (const Words& limit :
         {Words{"--max-bytes", "1K"}, Words{"--max-pixels", "1K"}, Words{"--max-side", "100"}}) {
        const Finished done = run_refrain({"hash", "--json", limit[0], limit[1], file});
        EXPECT_EQ(done.exit_code, 4) << limit[0];
        EXPECT_EQ(objects(done.out).at(0).at("error").at("code"), "too_large") << limit[0];
    }
}

TEST_F(Cli, TextForPeopleHoldsNoControlCharacters) {
    const std::string path = copy("bear.jpg", "a\x1b[31m\nb\xff.jpg");
    const Finished done = run_refrain({"hash", path});
    EXPECT_EQ(done.exit_code, 0);
    EXPECT_EQ(done.out.find('\x1b'), std::string::npos);
    EXPECT_NE(done.out.find("a\\x1b[31m\\nb\\xff.jpg"), std::string::npos) << done.out;
}

TEST_F(Cli, PdqLinesQuoteNamesThatWouldBreakThem) {
    const std::string path = copy("bear.jpg", "new\nline, \"x\".jpg");
    const Finished done = run_refrain({"hash", "--format", "pdq", path});
    EXPECT_EQ(done.exit_code, 0);
    ASSERT_EQ(lines_of(done.out).size(), 1U);
    EXPECT_NE(done.out.find("new\\nline, \\\"x\\\".jpg\""), std::string::npos) << done.out;
    EXPECT_EQ(done.out.find(','), 64U);
}

}  // namespace

}  // namespace refrain::test
