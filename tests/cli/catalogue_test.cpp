// What the commands say of the catalogue: banks, sources, damage.

#include <sqlite3.h>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

TEST_F(Cli, ABankThatDoesNotExistIsWrongUsageThatNamesTheNearest) {
    ASSERT_EQ(json("add", {"--bank", "propaganda", known("bear.jpg")}).exit_code, 0);
    ASSERT_EQ(json("add", {"--bank", "allowlist", known("larch.jpg")}).exit_code, 0);
    for (const Words& words :
         {Words{"find", "--bank", "Propoganda", known("bear.jpg")},
          Words{"find", "--bank", "allowlist", "--bank", "propogande", known("bear.jpg")},
          Words{"list", "--bank", "propaganda "}}) {
        const Finished done = json(words[0], Words(words.begin() + 1, words.end()));
        EXPECT_EQ(done.exit_code, 2) << words[0];
        EXPECT_EQ(done.out, "");
        EXPECT_NE(done.err.find("nearest: propaganda"), std::string::npos) << done.err;
    }
    EXPECT_EQ(json("list", {"--bank", ""}).exit_code, 2);
}

TEST_F(Cli, ABankWhoseItemsAreGoneIsStillABank) {
    ASSERT_EQ(json("add", {"--bank", "b", "--id", "x", known("bear.jpg")}).exit_code, 0);
    ASSERT_EQ(json("remove", {"x"}).exit_code, 0);
    EXPECT_EQ(json("find", {"--bank", "b", known("bear.jpg")}).exit_code, 1);
    EXPECT_EQ(json("list", {"--bank", "b"}).exit_code, 0);
}

TEST_F(Cli, AddSaysThatItMadeABank) {
    const Finished first =
        run_refrain({"add", "--json", "--corpus", corpus(), "--bank", "zoo", known("bear.jpg")});
    EXPECT_EQ(objects(first.out)[0].at("new_bank"), true);
    EXPECT_NE(first.err.find("made the bank zoo"), std::string::npos) << first.err;
    const Finished second =
        run_refrain({"add", "--json", "--corpus", corpus(), "--bank", "zoo", known("larch.jpg")});
    EXPECT_FALSE(objects(second.out)[0].contains("new_bank"));
    EXPECT_EQ(second.err.find("made the bank"), std::string::npos) << second.err;
}

TEST_F(Cli, AddNamesTheItemThatIsThere) {
    ASSERT_EQ(json("add", {"--bank", "zoo", "--id", "bear", known("bear.jpg")}).exit_code, 0);
    const std::string path = copy("bear.jpg", "upload.jpg");
    const Json line = objects(json("add", {"--bank", "zoo", path}).out).at(0);
    EXPECT_EQ(line.at("status"), "exists");
    EXPECT_EQ(line.at("name"), "upload.jpg");
    EXPECT_EQ(line.at("known").at("id"), "bear");
    EXPECT_EQ(line.at("known").at("name"), "bear.jpg");
    EXPECT_EQ(line.at("known").at("bank"), "zoo");
    const Finished text = run_refrain({"add", "--corpus", corpus(), "--bank", "zoo", path});
    EXPECT_NE(text.out.find("known as bear.jpg in bank zoo"), std::string::npos) << text.out;
}

/// A picture of one colour.
std::string flat_picture(const std::filesystem::path& path, std::size_t side, char gray) {
    const std::string size = std::to_string(side);
    write_text(path, "P6\n" + size + " " + size + "\n255\n" + std::string(side * side * 3, gray));
    return path.native();
}

TEST_F(Cli, AddSaysWhatCanNeverBeFound) {
    for (const std::string& path : {flat_picture(folder_ / "black.ppm", 64, '\0'),
                                    flat_picture(folder_ / "white.ppm", 64, '\xff'),
                                    flat_picture(folder_ / "dot.ppm", 2, 'Z')}) {
        const Json added = objects(json("add", {path}).out).at(0);
        EXPECT_EQ(added.at("status"), "added") << added;
        EXPECT_EQ(added.at("searchable"), false) << added;
        const Finished again = run_refrain({"add", "--corpus", corpus(), path});
        EXPECT_NE(again.out.find("not searchable"), std::string::npos) << again.out;
        const Finished found = json("find", {path});
        EXPECT_EQ(found.exit_code, 0) << "the same bytes stay known";
    }
    EXPECT_EQ(objects(json("add", {known("bear.jpg")}).out).at(0).at("searchable"), true);
}

TEST_F(Cli, TextNamesBankLabelsAndStatsCountTheSnapshots) {
    ASSERT_EQ(json("add", {"--bank", "zoo", "--label", "case=17", media() / "known"}).exit_code, 0);
    const Finished found = run_refrain({"find", "--corpus", corpus(), known("bear.jpg")});
    EXPECT_NE(found.out.find("zoo"), std::string::npos) << found.out;
    EXPECT_NE(found.out.find("case=17"), std::string::npos) << found.out;
    for (const Json& item : objects(json("list", {}).out)) {
        EXPECT_EQ(item.at("source"), known(item.at("name").get<std::string>()));
    }
    const Json stats = objects(json("stats", {}).out).at(0);
    std::uintmax_t on_disk = 0;
    for (const char* name : {"index.snapshot", "local.snapshot"}) {
        std::error_code none;
        const auto bytes = std::filesystem::file_size(corpus() + "/" + name, none);
        on_disk += none ? 0 : bytes;
    }
    EXPECT_GT(on_disk, 0U);
    EXPECT_EQ(stats.at("snapshot_bytes"), on_disk);
    EXPECT_GT(stats.at("local_codes"), 0);
    EXPECT_GT(stats.at("index_bytes").get<std::uint64_t>(),
              stats.at("local_index_bytes").get<std::uint64_t>());
    EXPECT_EQ(stats.at("with_source"), stats.at("items"));
    EXPECT_EQ(stats.at("damaged_items"), 0);
}

/// Turns a bit in the middle of the record of the item with this name, as a bad disk does.
void damage_record(const std::string& corpus, const std::string& name) {
    sqlite3* opened = nullptr;
    ASSERT_EQ(sqlite3_open((corpus + "/refrain.db").c_str(), &opened), SQLITE_OK);
    sqlite3_stmt* find = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(opened, "SELECT key, record_bytes FROM medium WHERE name = ?1", -1,
                                 &find, nullptr),
              SQLITE_OK);
    sqlite3_bind_text(find, 1, name.c_str(), -1, SQLITE_TRANSIENT);
    ASSERT_EQ(sqlite3_step(find), SQLITE_ROW);
    const sqlite3_int64 key = sqlite3_column_int64(find, 0);
    const int middle = sqlite3_column_int(find, 1) / 2;
    sqlite3_finalize(find);
    sqlite3_blob* blob = nullptr;
    ASSERT_EQ(sqlite3_blob_open(opened, "main", "medium", "record", key, 1, &blob), SQLITE_OK)
        << sqlite3_errmsg(opened);
    char byte = 0;
    ASSERT_EQ(sqlite3_blob_read(blob, &byte, 1, middle), SQLITE_OK);
    byte = static_cast<char>(byte ^ 0x10);
    ASSERT_EQ(sqlite3_blob_write(blob, &byte, 1, middle), SQLITE_OK);
    sqlite3_blob_close(blob);
    sqlite3_close(opened);
}

class Damaged : public Cli, public ::testing::WithParamInterface<bool> {
  protected:
    void SetUp() override {
        ASSERT_EQ(json("add", {"--id", "bear", known("bear.jpg")}).exit_code, 0);
        ASSERT_EQ(json("add", {media() / "known"}).exit_code, 0);
        if (!GetParam()) {
            for (const char* name : {"index.snapshot", "local.snapshot"}) {
                std::filesystem::remove(corpus() + "/" + name);
            }
        }
        damage_record(corpus(), "bear.jpg");
    }
};

TEST_P(Damaged, RecordIsLeftOutCountedAndNamedAndTheRestAnswers) {
    const Finished found =
        run_refrain({"find", "--json", "--corpus", corpus(), known("bear.jpg"), known("larch.jpg"),
                     (media() / "edited" / "larch-mirrored.jpg").native()});
    EXPECT_EQ(found.exit_code, 0) << found.err;
    const auto lines = objects(found.out);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].at("status"), "no_match");
    EXPECT_EQ(lines[0].at("damaged_items"), 1);
    EXPECT_EQ(lines[1].at("status"), "match");
    EXPECT_EQ(lines[2].at("status"), "match");
    EXPECT_NE(found.err.find("item bear is damaged"), std::string::npos) << found.err;

    const Finished stats = run_refrain({"stats", "--json", "--corpus", corpus()});
    EXPECT_EQ(stats.exit_code, 0);
    const Json line = objects(stats.out).at(0);
    EXPECT_EQ(line.at("damaged_items"), 1);
    EXPECT_EQ(line.at("damage").at(0).at("id"), "bear");
    EXPECT_EQ(line.at("damage").at(0).at("source"), known("bear.jpg"));
    EXPECT_NE(stats.err.find("damaged items were left out: 1"), std::string::npos) << stats.err;
    EXPECT_EQ(json("list", {}).exit_code, 0);

    const Finished verified = json("verify", {});
    EXPECT_EQ(verified.exit_code, 4);
    const Json damage = objects(verified.out).at(0).at("damage").at(0);
    EXPECT_EQ(damage.at("id"), "bear");
    EXPECT_NE(damage.at("remedy").get<std::string>().find("refrain remove bear"),
              std::string::npos);
}

TEST_P(Damaged, RecordIsHealedByRemoving) {
    EXPECT_EQ(json("remove", {"bear"}).exit_code, 0);
    EXPECT_EQ(json("verify", {}).exit_code, 0);
    EXPECT_EQ(objects(json("stats", {}).out).at(0).at("damaged_items"), 0);
    const Finished found = json("find", {known("larch.jpg")});
    EXPECT_FALSE(objects(found.out).at(0).contains("damaged_items"));
}

TEST_P(Damaged, RecordIsHealedByAddingItsMediumAgain) {
    const Json line = objects(json("add", {known("bear.jpg")}).out).at(0);
    EXPECT_EQ(line.at("status"), "added");
    EXPECT_EQ(line.at("healed"), true);
    EXPECT_EQ(json("verify", {}).exit_code, 0);
    EXPECT_EQ(json("find", {known("bear.jpg")}).exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(All, Damaged, ::testing::Bool(), [](const auto& one) {
    return one.param ? "WithSnapshots" : "WithoutSnapshots";
});

}  // namespace

}  // namespace refrain::test
