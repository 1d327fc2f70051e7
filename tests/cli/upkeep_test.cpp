// backup, restore, verify --repair, and who may read a corpus.

#include <sys/stat.h>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

TEST_F(Cli, ACorpusIsReadableByItsOwnerAlone) {
    ASSERT_EQ(json("add", {media() / "known"}).exit_code, 0);
    EXPECT_EQ(mode_of(corpus()), 0700U);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus())) {
        EXPECT_EQ(mode_of(entry.path()), 0600U) << entry.path();
        ++files;
    }
    EXPECT_GE(files, 2U) << "the database and a snapshot";
}

TEST_F(Cli, ABackupIsACorpusAndIsBroughtBack) {
    ASSERT_EQ(json("add", {"--id", "bear", "--label", "a=b", known("bear.jpg")}).exit_code, 0);
    const std::string copy = (folder_ / "copy").native();
    const Finished made = json("backup", {copy});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const Json report = objects(made.out).at(0);
    EXPECT_EQ(report.at("items"), 1);
    EXPECT_EQ(report.at("generation"), 1);
    EXPECT_EQ(mode_of(copy), 0700U);
    ASSERT_EQ(json("add", {known("larch.jpg")}).exit_code, 0);
    EXPECT_EQ(json("backup", {copy}).exit_code, 4) << "a backup is never written over";
    EXPECT_EQ(json("restore", {copy}).exit_code, 4) << "nor is a corpus";

    std::filesystem::rename(corpus(), folder_ / "old");
    const Finished back = json("restore", {copy});
    ASSERT_EQ(back.exit_code, 0) << back.err;
    const Json item = objects(json("list", {}).out).at(0);
    EXPECT_EQ(item.at("id"), "bear");
    EXPECT_EQ(item.at("labels"), (Json{{"a", "b"}}));
    EXPECT_EQ(json("verify", {}).exit_code, 0);
    EXPECT_EQ(json("find", {known("bear.jpg")}).exit_code, 0);
    EXPECT_EQ(json("find", {known("larch.jpg")}).exit_code, 1);
    EXPECT_EQ(json("add", {known("larch.jpg")}).exit_code, 0);
}

TEST_F(Cli, ABackupOfACorpusInUseIsAsOfOneCommit) {
    std::string list;
    for (int i = 0; i < 60; ++i) {
        list += numbered_copy("p" + std::to_string(1000 + i) + ".jpg", i) + "\n";
    }
    Process adding({refrain_program(), "add", "--quiet", "--json", "--threads", "1", "--corpus",
                    corpus(), "--list", "-"},
                   list);
    while (lines_of(adding.out_so_far()).empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const std::size_t printed = lines_of(adding.out_so_far()).size();
    const std::string copy = (folder_ / "copy").native();
    const Finished made = json("backup", {copy});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    EXPECT_GE(objects(made.out).at(0).at("items").get<std::size_t>(), printed);
    EXPECT_EQ(adding.wait().exit_code, 0) << "the writer goes on";
    EXPECT_EQ(run_refrain({"verify", "--corpus", copy}).exit_code, 0);
    EXPECT_EQ(lines_of(json("list", {}).out).size(), 60U);
}

TEST_F(Cli, RepairKeepsWhatCanBeReadAndSetsTheRestAside) {
    ASSERT_EQ(json("add", {"--bank", "zoo", "--label", "a=b", media() / "known"}).exit_code, 0);
    EXPECT_EQ(objects(json("verify", {"--repair"}).out).at(0).at("status"), "ok");
    const auto before = objects(json("list", {}).out);
    // Two pages in the middle of the file, which is mostly records.
    const std::string database = corpus() + "/refrain.db";
    const auto middle = std::filesystem::file_size(database) / 2 / 4096 * 4096;
    std::fstream file(database, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(middle));
    file << std::string(2 * 4096, '\xA5');
    file.close();
    ASSERT_EQ(json("verify", {}).exit_code, 4);

    const Finished repaired = json("verify", {"--repair"});
    const Json report = objects(repaired.out).at(0);
    EXPECT_EQ(report.at("status"), "repaired");
    const auto lost = report.at("lost").get<std::size_t>();
    EXPECT_EQ(repaired.exit_code, lost == 0 ? 0 : 3);
    EXPECT_GT(lost, 0U);
    EXPECT_EQ(report.at("items").get<std::size_t>() + lost, before.size());
    const std::string aside = report.at("set_aside");
    EXPECT_TRUE(std::filesystem::exists(aside + "/refrain.db"));
    EXPECT_EQ(lines_of(read_text(aside + "/report.txt")).size(), lost);
    EXPECT_EQ(json("verify", {}).exit_code, 0);
    const auto after = objects(json("list", {}).out);
    EXPECT_EQ(after.size() + lost, before.size());
    for (const Json& item : after) {
        EXPECT_NE(std::find(before.begin(), before.end(), item), before.end()) << item;
        EXPECT_EQ(json("find", {item.at("source").get<std::string>()}).exit_code, 0);
    }
    EXPECT_EQ(json("add", {"--bank", "zoo", media() / "known"}).exit_code, 0);
    EXPECT_EQ(objects(json("stats", {}).out).at(0).at("items"), before.size());
}

}  // namespace

}  // namespace refrain::test
