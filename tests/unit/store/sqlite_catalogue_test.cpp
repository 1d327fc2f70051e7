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

std::vector<std::string> problems_of(const SqliteCatalogue& store) {
    const Result<std::vector<std::string>> problems = store.check_structure();
    return problems.ok() ? *problems : std::vector<std::string>{problems.error().message};
}

TEST(SqliteCatalogue, GivesBackWhatWasPut) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    NewRow row = sample_row(1);
    row.labels = {{"source", "agency"}, {"empty", ""}};
    row.is_partial = true;
    const auto put = store.put(std::span(&row, 1));
    ASSERT_TRUE(put.ok()) << put.error().message;
    ASSERT_EQ(put->size(), 1U);
    EXPECT_FALSE(put->front().was_known);
    EXPECT_EQ(put->front().id, row.id);
    EXPECT_EQ(put->front().record_bytes, row.record.size());

    const auto found = store.records(std::span(&put->front().key, 1));
    ASSERT_TRUE(found.ok() && found->items.size() == 1);
    const StoredItem& item = found->items[0].item;
    EXPECT_EQ(item.id, row.id);
    EXPECT_EQ(item.bank, row.bank);
    EXPECT_EQ(item.name, row.name);
    EXPECT_EQ(item.source, row.source);
    EXPECT_EQ(item.labels, row.labels);
    EXPECT_EQ(item.media, row.media);
    EXPECT_EQ(item.frames, row.frames);
    EXPECT_EQ(item.record_bytes, row.record.size());
    EXPECT_TRUE(item.is_partial);
    EXPECT_GT(item.added_at_us, 1'600'000'000'000'000);
    EXPECT_EQ(found->items[0].record, row.record);
}

TEST(SqliteCatalogue, KeepsTextThatIsNotUnicode) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    NewRow row = sample_row(1);
    row.name = std::string("a\nb'\"$(x)\xFF\xFE\0c", 14);
    row.labels = {{std::string("k\0k", 3), "\xC3\x28"}};
    const auto put = store.put(std::span(&row, 1));
    ASSERT_TRUE(put.ok()) << put.error().message;
    const auto found = store.records(std::span(&put->front().key, 1));
    ASSERT_TRUE(found.ok() && found->items.size() == 1);
    EXPECT_EQ(found->items[0].item.name, row.name);
    EXPECT_EQ(found->items[0].item.labels, row.labels);
    EXPECT_TRUE(problems_of(store).empty());
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

TEST(SqliteCatalogue, KeepsTheSameBytesInABankOnce) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    NewRow other_bank = sample_row(1, "other");
    other_bank.id = "m_other";
    NewRow renamed = sample_row(1);
    renamed.id = "m_renamed";
    const std::vector<NewRow> rows{sample_row(1), renamed, other_bank, sample_row(1)};
    const auto put = store.put(rows);
    ASSERT_TRUE(put.ok()) << put.error().message;
    EXPECT_FALSE((*put)[0].was_known);
    EXPECT_TRUE((*put)[1].was_known);
    EXPECT_EQ((*put)[1].id, "m_1");
    EXPECT_EQ((*put)[1].frames, rows[0].frames);
    EXPECT_EQ((*put)[1].record_bytes, rows[0].record.size());
    EXPECT_FALSE((*put)[2].was_known);
    EXPECT_TRUE((*put)[3].was_known);
    EXPECT_EQ((*put)[3].key, (*put)[0].key);
    EXPECT_EQ(store.totals()->items, 2U);

    const auto anywhere = store.find_bytes_anywhere(rows[0].media.digest.sha256);
    ASSERT_TRUE(anywhere.ok());
    ASSERT_EQ(anywhere->items.size(), 2U);
    EXPECT_EQ(anywhere->items[0].id, "m_1");
    EXPECT_EQ(anywhere->items[1].id, "m_other");
}

TEST(SqliteCatalogue, RefusesAnIdThatIsTakenAndKeepsNothingOfTheBatch) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    NewRow clash = sample_row(3);
    clash.id = "m_1";
    const std::vector<NewRow> rows{sample_row(1), sample_row(2), clash};
    const auto put = store.put(rows);
    ASSERT_FALSE(put.ok());
    EXPECT_EQ(put.error().code, ErrorCode::kIdTaken);
    EXPECT_NE(put.error().message.find("m_1"), std::string::npos);
    EXPECT_EQ(store.totals()->items, 0U);
    EXPECT_EQ(*store.last_sequence(), 0U);
    EXPECT_TRUE(store.put(std::span(rows).first(2)).ok());
    EXPECT_EQ(store.totals()->items, 2U);
}

TEST(SqliteCatalogue, RefusesRowsThatMakeNoSense) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    std::vector<NewRow> bad(7, sample_row(1));
    bad[0].id.clear();
    bad[1].bank.clear();
    bad[2].record.clear();
    bad[3].media.width = -1;
    bad[4].media.duration.us = -1;
    bad[5].name.assign(100'000, 'x');
    bad[6].labels = {{"", "value"}};
    for (std::size_t i = 0; i < bad.size(); ++i) {
        const auto put = store.put(std::span(&bad[i], 1));
        ASSERT_FALSE(put.ok()) << i;
        EXPECT_EQ(put.error().code, ErrorCode::kInvalidArgument) << i;
    }
    EXPECT_EQ(store.totals()->items, 0U);
}

TEST(SqliteCatalogue, FindsBytesByBank) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    const NewRow row = sample_row(5);
    ASSERT_TRUE(store.put(std::span(&row, 1)).ok());
    const auto found = store.find_bytes("default", row.media.digest.sha256);
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->id, row.id);
    EXPECT_FALSE(store.find_bytes("other", row.media.digest.sha256)->has_value());
    EXPECT_FALSE(store.find_bytes("default", sample_row(6).media.digest.sha256)->has_value());
}

TEST(SqliteCatalogue, RemovesWhatItKnowsAndSaysSo) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    std::vector<NewRow> rows{sample_row(1), sample_row(2), sample_row(3)};
    rows[1].labels = {{"a", "b"}};
    const auto put = store.put(rows);
    ASSERT_TRUE(put.ok());
    const std::vector<std::string> ids{"m_2", "m_unknown", "m_2", "m_3"};
    const auto removed = store.remove(ids);
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    EXPECT_EQ(*removed, (std::vector<bool>{true, false, false, true}));
    EXPECT_EQ(store.totals()->items, 1U);
    EXPECT_TRUE(store.records(std::span(&(*put)[1].key, 1))->items.empty());
    EXPECT_TRUE(problems_of(store).empty());
}

TEST(SqliteCatalogue, NeverUsesAKeyTwice) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    const NewRow row = sample_row(1);
    const std::vector<std::string> ids{row.id};
    std::int64_t last = 0;
    for (int round = 0; round < 3; ++round) {
        const auto put = store.put(std::span(&row, 1));
        ASSERT_TRUE(put.ok());
        EXPECT_GT(put->front().key, last);
        last = put->front().key;
        ASSERT_TRUE(store.remove(ids).ok());
    }
}

TEST(SqliteCatalogue, LogsChangesInOrder) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    const std::vector<NewRow> rows{sample_row(1), sample_row(2), sample_row(1)};
    const auto put = store.put(rows);
    ASSERT_TRUE(put.ok());
    const std::vector<std::string> ids{"m_1"};
    ASSERT_TRUE(store.remove(ids).ok());
    const auto all = store.changes_after(0, 100);
    ASSERT_TRUE(all.ok());
    ASSERT_EQ(all->size(), 3U);
    for (std::size_t i = 0; i < all->size(); ++i) {
        EXPECT_EQ((*all)[i].sequence, i + 1);
    }
    EXPECT_EQ((*all)[0].kind, ChangeKind::kAdd);
    EXPECT_EQ((*all)[1].id, "m_2");
    EXPECT_EQ((*all)[2].kind, ChangeKind::kRemove);
    EXPECT_EQ((*all)[2].key, (*put)[0].key);
    EXPECT_EQ((*all)[2].id, "m_1");
    EXPECT_EQ(*store.last_sequence(), 3U);
    EXPECT_EQ(store.changes_after(1, 1)->front().sequence, 2U);
    EXPECT_TRUE(store.changes_after(3, 10)->empty());
    EXPECT_TRUE(store.changes_after(~std::uint64_t{0}, 10)->empty());
    EXPECT_TRUE(store.changes_after(0, 0)->empty());
}

TEST(SqliteCatalogue, VisitsRecordsByKeyAndItemsById) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    const std::vector<NewRow> rows{sample_row(3), sample_row(1), sample_row(2)};
    ASSERT_TRUE(store.put(rows).ok());
    std::vector<std::string> by_key;
    const auto snapshot = store.each_record({[&](const StoredItem& item, auto record) {
        EXPECT_TRUE(std::ranges::equal(record, rows[by_key.size()].record));
        by_key.push_back(item.id);
        return true;
    }});
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(snapshot->last_sequence, 3U);
    EXPECT_EQ(snapshot->items, 3U);
    EXPECT_EQ(by_key, (std::vector<std::string>{"m_3", "m_1", "m_2"}));
    const auto page = store.items_after("", 2);
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->items.size(), 2U);
    EXPECT_EQ(page->items[0].id, "m_1");
    EXPECT_EQ(page->last_id, "m_2");
    const auto rest = store.items_after(page->last_id, 2);
    ASSERT_TRUE(rest.ok());
    ASSERT_EQ(rest->items.size(), 1U);
    EXPECT_EQ(rest->items[0].id, "m_3");
    EXPECT_EQ(store.items_after("m_3", 2)->last_id, "");
}

TEST(SqliteCatalogue, CountsWhatItHolds) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    EXPECT_EQ(store.totals()->items, 0U);
    const std::vector<NewRow> rows{sample_row(3, "b"), sample_row(4, "a"), sample_row(6, "b")};
    ASSERT_TRUE(store.put(rows).ok());
    const auto totals = store.totals();
    ASSERT_TRUE(totals.ok());
    EXPECT_EQ(totals->items, 3U);
    EXPECT_EQ(totals->images, 1U);
    EXPECT_EQ(totals->videos, 2U);
    EXPECT_EQ(totals->frames, 4U + 5U + 2U);
    EXPECT_EQ(totals->video_duration, MediaTime::from_ms(3000));
    EXPECT_EQ(totals->video_record_bytes, rows[0].record.size() + rows[2].record.size());
    EXPECT_EQ(totals->record_bytes,
              rows[0].record.size() + rows[1].record.size() + rows[2].record.size());
    EXPECT_GT(totals->file_bytes, totals->record_bytes);
    ASSERT_EQ(totals->banks.size(), 2U);
    EXPECT_EQ(totals->banks[0].bank, "a");
    EXPECT_EQ(totals->banks[1].items, 2U);
    EXPECT_EQ(totals->banks[1].frames, 6U);
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
    const Result<SqliteCatalogue> reader = SqliteCatalogue::open(folder / "corpus", Mode::kReadOnly);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader->totals()->items, 0U);
    const NewRow row = sample_row(1);
    ASSERT_TRUE(writer.put(std::span(&row, 1)).ok());
    EXPECT_EQ(reader->totals()->items, 1U);
}

TEST(SqliteCatalogue, MayBeSharedBetweenThreads) {
    const TempFolder folder;
    SqliteCatalogue store = open_new(folder);
    constexpr std::uint64_t kThreads = 4;
    constexpr std::uint64_t kRows = 10;
    {
        std::vector<std::jthread> threads;
        for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&store, thread] {
                for (std::uint64_t i = 0; i < kRows; ++i) {
                    const NewRow row = sample_row(1 + thread * kRows + i);
                    EXPECT_TRUE(store.put(std::span(&row, 1)).ok());
                    EXPECT_TRUE(store.find_bytes("default", row.media.digest.sha256)->has_value());
                }
            });
        }
    }
    EXPECT_EQ(store.totals()->items, kThreads * kRows);
    EXPECT_EQ(*store.last_sequence(), kThreads * kRows);
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
