#include "store/sqlite/sqlite_catalogue.h"

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "store_samples.h"
#include "support/temp_folder.h"

namespace refrain::store {
namespace {

using test::sample_row;
using test::TempFolder;

SqliteCatalogue open_new(const TempFolder& folder) {
    Result<SqliteCatalogue> opened = SqliteCatalogue::open(folder / "corpus", Mode::kCreate);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    return std::move(opened).value();
}

TEST(SqliteCatalogue, OpensFoldersWithOddNames) {
    const TempFolder folder;
    for (const std::string name : {"with space", "q?mode=memory", "per%20cent", "file:x", "a#b&c",
                                   "new\nline", "\xFF\xFE", "quote'\"$(x)", ":memory:"}) {
        {
            Result<SqliteCatalogue> store = SqliteCatalogue::open(folder / name, Mode::kCreate);
            ASSERT_TRUE(store.ok()) << name << ": " << store.error().message;
            const NewRow row = sample_row(1);
            ASSERT_TRUE(store->put(std::span(&row, 1)).ok()) << name;
        }
        EXPECT_TRUE(std::filesystem::exists(folder / name / "refrain.db")) << name;
        const Result<SqliteCatalogue> again = SqliteCatalogue::open(folder / name, Mode::kReadOnly);
        ASSERT_TRUE(again.ok()) << name;
        EXPECT_EQ(again->totals()->items, 1U) << name;
    }
}

TEST(SqliteCatalogue, MakesParentsOfItsFolder) {
    const TempFolder folder;
    EXPECT_TRUE(SqliteCatalogue::open(folder / "a/b/c", Mode::kCreate).ok());
    EXPECT_TRUE(std::filesystem::exists(folder / "a/b/c/refrain.db"));
}

TEST(SqliteCatalogue, LeavesNoOtherFileBehindWhenItIsMade) {
    const TempFolder folder;
    { const SqliteCatalogue store = open_new(folder); }
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "corpus")) {
        names.push_back(entry.path().filename());
    }
    EXPECT_EQ(names, std::vector<std::string>{"refrain.db"});
}

TEST(SqliteCatalogue, SaysThatThereIsNone) {
    const TempFolder folder;
    for (const Mode mode : {Mode::kReadOnly, Mode::kReadWrite}) {
        const Result<SqliteCatalogue> missing = SqliteCatalogue::open(folder / "nowhere", mode);
        ASSERT_FALSE(missing.ok());
        EXPECT_EQ(missing.error().code, ErrorCode::kCorpusNotFound);
        EXPECT_FALSE(std::filesystem::exists(folder / "nowhere"));
    }
}

TEST(SqliteCatalogue, RefusesWritesWhenOpenedForReading) {
    const TempFolder folder;
    { const SqliteCatalogue store = open_new(folder); }
    Result<SqliteCatalogue> reader = SqliteCatalogue::open(folder / "corpus", Mode::kReadOnly);
    ASSERT_TRUE(reader.ok());
    const NewRow row = sample_row(1);
    EXPECT_EQ(reader->put(std::span(&row, 1)).error().code, ErrorCode::kCorpusReadOnly);
    const std::vector<std::string> ids{"m_1"};
    EXPECT_EQ(reader->remove(ids).error().code, ErrorCode::kCorpusReadOnly);
}

TEST(SqliteCatalogue, ShowsReadersTheLastCommitOfAnotherConnection) {
    const TempFolder folder;
    SqliteCatalogue writer = open_new(folder);
    const Result<SqliteCatalogue> reader =
        SqliteCatalogue::open(folder / "corpus", Mode::kReadOnly);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader->totals()->items, 0U);
    const NewRow row = sample_row(1);
    ASSERT_TRUE(writer.put(std::span(&row, 1)).ok());
    EXPECT_EQ(reader->totals()->items, 1U);
}

TEST(SqliteCatalogue, IsReadWhileItsWriterIsInsideATransaction) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    const NewRow row = sample_row(1);
    ASSERT_TRUE(store.put(std::span(&row, 1)).ok());
    bool was_asked = false;
    const auto put = store.put(std::span(&row, 1), [&](const NewRow&, auto) {
        was_asked = true;
        std::jthread([&] {
            EXPECT_EQ(store.totals()->items, 1U);
            EXPECT_EQ(store.items_after("", 10)->items.size(), 1U);
            EXPECT_EQ(*store.last_sequence(), 1U) << "what is not committed is not seen";
        }).join();
        return false;
    });
    ASSERT_TRUE(put.ok()) << put.error().message;
    EXPECT_TRUE(was_asked);
    EXPECT_EQ(*store.last_sequence(), 3U);
}

TEST(SqliteCatalogue, HandsItsReadersOverToMoreThreadsThanItHasReaders) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < 20; ++thread) {
        threads.emplace_back([&store, thread] {
            const NewRow row = sample_row(1 + thread);
            const auto put = store.put(std::span(&row, 1));
            ASSERT_TRUE(put.ok()) << put.error().message;
            for (int i = 0; i < 20; ++i) {
                EXPECT_TRUE(store.find_bytes("default", row.media.digest.sha256)->has_value())
                    << "what was acknowledged is seen";
            }
        });
    }
    threads.clear();
    EXPECT_EQ(store.totals()->items, 20U);
}

TEST(SqliteCatalogue, NoticesThatItsFileWasReplaced) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    std::filesystem::rename(folder / "corpus", folder / "moved");
    const NewRow row = sample_row(1);
    const auto put = store.put(std::span(&row, 1));
    ASSERT_FALSE(put.ok());
    EXPECT_EQ(put.error().code, ErrorCode::kCorpusNotFound);
}

TEST(SqliteCatalogue, NamesTheSqliteInUse) { EXPECT_EQ(sqlite_version().substr(0, 2), "3."); }

}  // namespace
}  // namespace refrain::store
