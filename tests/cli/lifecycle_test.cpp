#include <sys/stat.h>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

TEST_F(Cli, AddsFindsAndRemoves) {
    const Finished added = json("add", {"--id", "bear", "--label", "source=zoo", "--label",
                                        "note=a=b", "--bank", "animals", known("bear.jpg")});
    ASSERT_EQ(added.exit_code, 0) << added.out;
    EXPECT_EQ(objects(added.out)[0].at("id"), "bear");

    const Finished again = json("add", {"--bank", "animals", known("bear.jpg")});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_EQ(objects(again.out)[0].at("status"), "exists");
    EXPECT_EQ(objects(again.out)[0].at("id"), "bear");

    const Finished same = json("find", {known("bear.jpg")});
    EXPECT_EQ(same.exit_code, 0);
    const Json match = objects(same.out).at(0).at("matches").at(0);
    EXPECT_EQ(match.at("evidence").at(0), "exact");
    EXPECT_EQ(match.at("labels"), (Json{{"source", "zoo"}, {"note", "a=b"}}));
    EXPECT_EQ(match.at("bank"), "animals");
    EXPECT_EQ(match.at("source"), known("bear.jpg"));
    EXPECT_EQ(json("find", {known("larch.jpg")}).exit_code, 1);

    EXPECT_EQ(json("list", {}).exit_code, 0);
    EXPECT_EQ(json("verify", {}).exit_code, 0);
    const Finished removed = json("remove", {"bear", "nobody"});
    EXPECT_EQ(removed.exit_code, 3);
    EXPECT_EQ(field(removed.out, "status"), (Words{"removed", "unknown"}));
    EXPECT_EQ(json("remove", {"bear"}).exit_code, 4);
    EXPECT_EQ(json("find", {known("bear.jpg")}).exit_code, 1);
}

TEST_F(Cli, AnIdThatIsTakenIsAnErrorOfThatInput) {
    ASSERT_EQ(json("add", {"--id", "x", known("bear.jpg")}).exit_code, 0);
    const Finished done = json("add", {"--id", "x", known("larch.jpg")});
    EXPECT_EQ(done.exit_code, 4);
    EXPECT_EQ(objects(done.out)[0].at("error").at("code"), "id_taken");
}

TEST_F(Cli, CompareNeedsNoCorpus) {
    const std::string edited = (media() / "edited" / "larch-mirrored.jpg").native();
    const Finished same = run_refrain({"compare", "--json", edited, known("larch.jpg")});
    EXPECT_EQ(same.exit_code, 0) << same.out;
    EXPECT_EQ(objects(same.out)[0].at("matches").at(0).at("name"), "larch.jpg");
    EXPECT_EQ(run_refrain({"compare", edited, known("bear.jpg")}).exit_code, 1);
    const Finished failed = run_refrain({"compare", "--json", edited, "/no/such/file"});
    EXPECT_EQ(failed.exit_code, 4);
    EXPECT_EQ(objects(failed.out)[0].at("status"), "not_scanned");
}

TEST_F(Cli, AnOutputThatCannotBeWrittenIsNoticed) {
    for (const auto out :
         {Process::Stdout::kClosed, Process::Stdout::kFull, Process::Stdout::kBrokenPipe}) {
        const Finished done = run_refrain({"hash", known("bear.jpg")}, {}, out);
        EXPECT_EQ(done.exit_code, 4);
        EXPECT_NE(done.err.find("cannot write to standard output"), std::string::npos) << done.err;
    }
}

TEST_F(Cli, TwoProcessesAddToOneCorpus) {
    Words first{refrain_program(), "add", "--quiet", "--json", "--corpus", corpus()};
    Words second = first;
    for (int i = 0; i < 30; ++i) {
        auto& words = i % 2 == 0 ? first : second;
        words.push_back(numbered_copy("p" + std::to_string(i) + ".jpg", i));
    }
    const std::string both = numbered_copy("both.jpg", 99);
    first.push_back(both);
    second.push_back(both);
    Process one(first);
    Process two(second);
    const Finished one_done = one.wait();
    const Finished two_done = two.wait();
    EXPECT_EQ(one_done.exit_code, 0) << one_done.out << one_done.err;
    EXPECT_EQ(two_done.exit_code, 0) << two_done.out << two_done.err;
    EXPECT_EQ(lines_of(json("list", {}).out).size(), 31U);
    EXPECT_EQ(json("verify", {}).exit_code, 0);
}

class Interrupted : public Cli, public ::testing::WithParamInterface<int> {};

TEST_P(Interrupted, AddKeepsWhatItPrintedAndARerunCompletes) {
    constexpr int kFiles = 150;
    std::string list;
    for (int i = 0; i < kFiles; ++i) {
        list += numbered_copy("p" + std::to_string(1000 + i) + ".jpg", i) + "\n";
    }
    // A list that never ends: the program cannot be done before the signal reaches it.
    const std::filesystem::path endless = folder_ / "endless";
    ASSERT_EQ(::mkfifo(endless.c_str(), 0600), 0);
    const int writer = ::open(endless.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ASSERT_EQ(::write(writer, list.data(), list.size()), static_cast<ssize_t>(list.size()));
    Process process({refrain_program(), "add", "--quiet", "--json", "--threads", "1", "--corpus",
                     corpus(), "--list", endless.native()});
    while (lines_of(process.out_so_far()).size() < 3) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_EQ(::kill(process.pid(), GetParam()), 0);
    const Finished done = process.wait();
    ::close(writer);
    EXPECT_EQ(done.exit_code, 130);
    const auto printed = objects(done.out);

    const auto listed = field(json("list", {}).out, "id");
    for (const Json& line : printed) {
        EXPECT_EQ(std::count(listed.begin(), listed.end(), line.at("id").get<std::string>()), 1);
    }
    EXPECT_EQ(json("verify", {}).exit_code, 0);

    const Finished rest = json("add", {"--list", "-"}, list);
    EXPECT_EQ(rest.exit_code, 0);
    const auto statuses = field(rest.out, "status");
    ASSERT_EQ(statuses.size(), static_cast<std::size_t>(kFiles));
    EXPECT_GE(static_cast<std::size_t>(std::count(statuses.begin(), statuses.end(), "exists")),
              printed.size());
    EXPECT_EQ(lines_of(json("list", {}).out).size(), static_cast<std::size_t>(kFiles));
}

INSTANTIATE_TEST_SUITE_P(BySignal, Interrupted, ::testing::Values(SIGINT, SIGTERM));

TEST_F(Cli, WaitsForAListThatComesSlowlyAndStillPrintsAtOnce) {
    const std::string path = numbered_copy("one.jpg", 1);
    const std::filesystem::path fifo = folder_ / "list";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    Process process({refrain_program(), "add", "--quiet", "--json", "--corpus", corpus(), "--list",
                     fifo.native()});
    const int writer = ::open(fifo.c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(writer, 0);
    const std::string line = path + "\n";
    ASSERT_EQ(::write(writer, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    // The list stays open; the answer must come all the same. Meson's limit ends a hang.
    while (lines_of(process.out_so_far()).empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ::kill(process.pid(), SIGINT);
    EXPECT_EQ(process.wait().exit_code, 130);
    ::close(writer);
}

}  // namespace

}  // namespace refrain::test
