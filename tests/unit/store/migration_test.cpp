// A corpus that refrain made when schema 2 was its newest, kept in tests/golden/corpora: two
// pictures with labels, one of them in a second bank, too, two codes of a list, and an item that
// was removed.

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/repair.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_catalogue.h"
#include "store/sqlite/statement.h"
#include "support/shared_data.h"
#include "support/temp_folder.h"

namespace refrain::store {
namespace {

constexpr const char* kBear = "m_aea33f2f1cc523dd485d3f08";
constexpr const char* kListed = "m_15b6ae09c753fa69b22ab630";

class MigrationTest : public testing::TestWithParam<std::uint32_t> {
  protected:
    void SetUp() override {
        std::filesystem::create_directory(corpus());
        std::filesystem::copy_file(test::source_dir() / "tests/golden/corpora/schema_2.db",
                                   corpus() / "refrain.db");
        std::filesystem::permissions(corpus() / "refrain.db", std::filesystem::perms::owner_all);
        if (GetParam() == 1) {
            const Result<ConnectionHandle> opened =
                open_connection(corpus() / "refrain.db", Access::kReadWrite, MediaTime());
            ASSERT_TRUE(opened.ok());
            ASSERT_TRUE(execute(opened->get(), "DROP TABLE setting; PRAGMA user_version=1").ok());
        }
    }
    std::filesystem::path corpus() const { return folder_ / "corpus"; }

  private:
    test::TempFolder folder_;
};

std::vector<std::string> all_ids(const Catalogue& store, ItemOrder order) {
    std::vector<std::string> ids;
    const Result<ItemPage> page = store.select({{}, order, {}, 100, 1});
    EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().message);
    for (const StoredItem& item : page->items) {
        EXPECT_EQ(item.state, ItemState());
        ids.push_back(item.id);
    }
    return ids;
}

void expect_what_was_there(const Catalogue& store) {
    EXPECT_EQ(
        all_ids(store, ItemOrder::kId),
        (std::vector<std::string>{kListed, kBear, "m_b49acb3499ec031fe372665c",
                                  "m_dd3d3ec33c6faba2a36d9627", "m_fb8969ed7d6807d7485d3f08"}));
    EXPECT_EQ(all_ids(store, ItemOrder::kAdded).front(), kBear);
    const StoredItem bear = store.item(kBear)->value();
    EXPECT_EQ(bear.labels,
              (std::map<std::string, std::string>{{"case", "7"}, {"source", "agency"}}));
    EXPECT_EQ(bear.knowledge(), Knowledge::kMedia);
    EXPECT_EQ(store.item(kListed)->value().knowledge(), Knowledge::kHashOnly);
    EXPECT_EQ(*store.banks(), (std::vector<std::string>{"default", "list", "other"}));
    const Result<std::vector<Change>> changes = store.changes_after(0, 100);
    ASSERT_TRUE(changes.ok() && changes->size() == 7);
    EXPECT_EQ((*changes)[4].kind, ChangeKind::kRemove);
    EXPECT_EQ((*changes)[4].id, "gone");
    EXPECT_EQ((*changes)[4].author, Author());
    ItemQuery query;
    query.filter.labels = {{"case", "7"}};
    query.filter.is_disabled = false;
    query.filter.since_us = 1;
    EXPECT_EQ(store.select(query)->items.size(), 2U);
    query.filter.is_disabled = true;
    EXPECT_TRUE(store.select(query)->items.empty());
    EXPECT_EQ(store.bank_settings()->size(), 3U);
    EXPECT_TRUE(store.disabled_items()->empty());
}

TEST_P(MigrationTest, ReadsAnOldCorpusAsItIs) {
    const Result<SqliteCatalogue> store = SqliteCatalogue::open(corpus(), Mode::kReadOnly);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(store->totals()->schema_version, GetParam());
    expect_what_was_there(*store);
    const StoredItem listed = store->item(kListed)->value();
    EXPECT_TRUE(store->claims(listed.key)->empty());
    EXPECT_TRUE(store->digests(listed.key)->empty());
    EXPECT_TRUE(store->find_digest({DigestAlgorithm::kMd5, {}})->empty());
    EXPECT_TRUE(store->settings()->empty());
    EXPECT_TRUE(store->check_structure()->empty());
}

TEST_P(MigrationTest, BringsItUpToDateForWriting) {
    std::vector<std::byte> record;
    {
        const Result<SqliteCatalogue> old = SqliteCatalogue::open(corpus(), Mode::kReadOnly);
        record = old->records(std::vector{old->item(kBear)->value().key})->items.at(0).record;
    }
    Result<SqliteCatalogue> store = SqliteCatalogue::open(corpus(), Mode::kReadWrite);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(store->totals()->schema_version, kSchemaVersion);
    expect_what_was_there(*store);
    EXPECT_EQ(store->records(std::vector{store->item(kBear)->value().key})->items.at(0).record,
              record);
    const StoredItem listed = store->item(kListed)->value();
    const auto claims = store->claims(listed.key);
    ASSERT_EQ(claims->size(), 1U) << "some list asserted it";
    EXPECT_EQ(claims->front().source, "unknown");
    EXPECT_TRUE(store->claims(store->item(kBear)->value().key)->empty());
    ItemEdit edit;
    edit.id = kBear;
    edit.bank = "list";
    edit.labels = {{"case", "8"}};
    edit.is_searched = Switch::kDisable;
    ASSERT_EQ(store->edit(std::span(&edit, 1), {"anna", "test"})->front().status,
              EditStatus::kChanged);
    EXPECT_EQ(*store->last_sequence(), 10U);
    EXPECT_TRUE(store->set("a", "b").ok());
    EXPECT_TRUE(store->check_structure()->empty());
    const Result<SqliteCatalogue> again = SqliteCatalogue::open(corpus(), Mode::kReadOnly);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->item(kBear)->value().bank, "list");
}

TEST_P(MigrationTest, RepairsAnOldCorpusToTheNewestSchema) {
    const auto sound = [](const StoredItem&, std::span<const std::byte>) {
        return std::string();
    };
    const Result<RepairOutcome> repaired = repair_corpus(corpus(), sound, {});
    ASSERT_TRUE(repaired.ok()) << repaired.error().message;
    EXPECT_EQ(repaired->kept, 5U);
    EXPECT_TRUE(repaired->notes.empty());
    const Result<SqliteCatalogue> store = SqliteCatalogue::open(corpus(), Mode::kReadOnly);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(store->totals()->schema_version, kSchemaVersion);
    EXPECT_EQ(all_ids(*store, ItemOrder::kId).size(), 5U);
}

TEST_P(MigrationTest, KeepsWhatChangedWhenItIsRepaired) {
    std::int64_t key = 0;
    {
        Result<SqliteCatalogue> store = SqliteCatalogue::open(corpus(), Mode::kReadWrite);
        ASSERT_TRUE(store.ok());
        key = store->item(kBear)->value().key;
        ItemEdit edit;
        edit.id = kBear;
        edit.is_searched = Switch::kDisable;
        ASSERT_TRUE(store->edit(std::span(&edit, 1), {"anna", "wrong"}).ok());
        BankEdit off;
        off.mode = BankMode::kOff;
        ASSERT_TRUE(store->set_bank("other", off, {}).ok());
        ASSERT_TRUE(store->set_bank("empty", {}, {}).ok());
        const Withdrawal withdrawal{"tcap", "list", "17", 5};
        ASSERT_TRUE(store->withdraw(std::span(&withdrawal, 1), {}).ok());
    }
    const auto sound = [](const StoredItem&, std::span<const std::byte>) {
        return std::string();
    };
    ASSERT_TRUE(repair_corpus(corpus(), sound, {}).ok());
    Result<SqliteCatalogue> store = SqliteCatalogue::open(corpus(), Mode::kReadWrite);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(store->item(kBear)->value().key, key);
    EXPECT_EQ(store->item(kBear)->value().state, (ItemState{2, kForever, false, "wrong"}));
    const auto banks = store->bank_settings();
    ASSERT_EQ(banks->size(), 4U);
    EXPECT_EQ((*banks)[1].name, "empty");
    EXPECT_EQ((*banks)[3].mode, BankMode::kOff);
    EXPECT_EQ(store->claims(store->item(kListed)->value().key)->size(), 1U);
    NewRow row;
    row.id = "m_new";
    row.bank = "list";
    row.record = {std::byte{1}};
    row.claims.push_back({"tcap", "17", FeedOpinion::kListed, {}, 5, false, 0, 0});
    EXPECT_TRUE(store->put(std::span(&row, 1))->front().is_stale) << "its withdrawal is known";
    EXPECT_TRUE(store->check_structure()->empty());
}

INSTANTIATE_TEST_SUITE_P(Versions, MigrationTest, testing::Values(1U, 2U));

}  // namespace
}  // namespace refrain::store
