// What every catalogue promises, whatever keeps it.

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "catalogues.h"
#include "store/row_check.h"

namespace refrain::store {
namespace {

using test::MemoryCatalogue;
using test::sample_row;

using CatalogueTest = test::CatalogueCase;

std::vector<std::string> problems_of(const Catalogue& store) {
    const Result<std::vector<std::string>> problems = store.check_structure();
    return problems.ok() ? *problems : std::vector<std::string>{problems.error().message};
}

std::vector<NewRow> sample_rows(std::uint64_t first, std::uint64_t count) {
    std::vector<NewRow> rows;
    for (std::uint64_t i = 0; i < count; ++i) {
        rows.push_back(sample_row(first + i));
    }
    return rows;
}

TEST_P(CatalogueTest, GivesBackWhatWasPut) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, KeepsTextThatIsNotUnicode) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, KeepsTheSameBytesInABankOnce) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, RefusesAnIdThatIsTakenAndKeepsNothingOfTheBatch) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, RefusesRowsThatMakeNoSense) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, FindsBytesByBank) {
    Catalogue& store = catalogue();
    const NewRow row = sample_row(5);
    ASSERT_TRUE(store.put(std::span(&row, 1)).ok());
    const auto found = store.find_bytes("default", row.media.digest.sha256);
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->id, row.id);
    EXPECT_FALSE(store.find_bytes("other", row.media.digest.sha256)->has_value());
    EXPECT_FALSE(store.find_bytes("default", sample_row(6).media.digest.sha256)->has_value());
}

TEST_P(CatalogueTest, GivesAnItemByItsId) {
    Catalogue& store = catalogue();
    const std::vector<NewRow> rows{sample_row(1), sample_row(2)};
    ASSERT_TRUE(store.put(rows).ok());
    const auto found = store.item(rows[1].id);
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->id, rows[1].id);
    EXPECT_EQ((*found)->media, rows[1].media);
    for (const std::string& unknown : {std::string(), std::string("m_"), rows[1].id + "0"}) {
        EXPECT_FALSE(store.item(unknown)->has_value()) << unknown;
    }
    ASSERT_TRUE(store.remove(std::span(&rows[1].id, 1)).ok());
    EXPECT_FALSE(store.item(rows[1].id)->has_value());
}

TEST_P(CatalogueTest, RemovesWhatItKnowsAndSaysSo) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, NeverUsesAKeyTwice) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, LogsChangesInOrder) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, VisitsRecordsByKeyAndItemsById) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, CountsWhatItHolds) {
    Catalogue& store = catalogue();
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
    ASSERT_EQ(totals->banks.size(), 2U);
    EXPECT_EQ(totals->banks[0].bank, "a");
    EXPECT_EQ(totals->banks[1].items, 2U);
    EXPECT_EQ(totals->banks[1].frames, 6U);
}

TEST_P(CatalogueTest, MayBeSharedBetweenThreads) {
    Catalogue& store = catalogue();
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

TEST_P(CatalogueTest, GivesRecordsByTheirKeys) {
    Catalogue& store = catalogue();
    const std::vector<NewRow> rows = sample_rows(1, 4);
    const auto put = store.put(rows);
    ASSERT_TRUE(put.ok());
    ASSERT_TRUE(store.remove(std::vector<std::string>{"m_2"}).ok());
    const std::vector<std::int64_t> keys{(*put)[3].key, 999, (*put)[0].key, (*put)[1].key,
                                         (*put)[3].key};
    const auto found = store.records(keys);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_EQ(found->items.size(), 2U) << "one is gone, one never was, one is asked for twice";
    EXPECT_EQ(found->items[0].item.id, "m_1");
    EXPECT_EQ(found->items[0].record, rows[0].record);
    EXPECT_EQ(found->items[1].item.id, "m_4");
    EXPECT_EQ(found->items[1].record, rows[3].record);
    EXPECT_TRUE(found->damaged.empty());
    EXPECT_TRUE(store.records({})->items.empty());
}

TEST_P(CatalogueTest, PagesItsRecordsByKey) {
    Catalogue& store = catalogue();
    ASSERT_TRUE(store.put(sample_rows(1, 7)).ok());
    ASSERT_TRUE(store.remove(std::vector<std::string>{"m_7"}).ok());
    std::vector<std::string> ids;
    std::int64_t after = 0;
    std::int64_t last_key = 0;
    do {
        const auto page = store.records_after(after, 2);
        ASSERT_TRUE(page.ok()) << page.error().message;
        ASSERT_LE(page->rows.items.size(), 2U);
        for (const StoredRecord& row : page->rows.items) {
            EXPECT_GT(row.item.key, last_key);
            last_key = row.item.key;
            ids.push_back(row.item.id);
        }
        EXPECT_EQ(page->last_sequence, 8U);
        EXPECT_GT(page->newest_key, last_key) << "that of the item that is gone";
        EXPECT_TRUE(page->next == 0 || page->next == last_key);
        after = page->next;
    } while (after != 0);
    EXPECT_EQ(ids, (std::vector<std::string>{"m_1", "m_2", "m_3", "m_4", "m_5", "m_6"}));
    EXPECT_TRUE(store.records_after(0, 0)->rows.items.empty());
}

TEST_P(CatalogueTest, EndsAPageThatHoldsManyBytes) {
    Catalogue& store = catalogue();
    std::vector<NewRow> rows = sample_rows(1, 4);
    for (NewRow& row : rows) {
        row.record.resize(Catalogue::kMostPageBytes / 2);
    }
    ASSERT_TRUE(store.put(rows).ok());
    const auto page = store.records_after(0, 100);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->rows.items.size(), 3U) << "the third exceeds the bound";
    const auto rest = store.records_after(page->next, 100);
    ASSERT_TRUE(rest.ok());
    EXPECT_EQ(rest->rows.items.size(), 1U);
    EXPECT_EQ(rest->next, 0);
}

TEST_P(CatalogueTest, LetsAVisitorOfItsRecordsUseItAndLeavesOutWhatIsAddedMeanwhile) {
    Catalogue& store = catalogue();
    constexpr std::uint64_t kItems = 1500;  // more than a page
    std::vector<NewRow> rows = sample_rows(1, kItems);
    for (NewRow& row : rows) {
        row.record.resize(10);
    }
    ASSERT_TRUE(store.put(rows).ok());
    std::uint64_t visited = 0;
    const auto snapshot = store.each_record({[&](const StoredItem& item, auto) {
        ++visited;
        EXPECT_LE(item.media.digest.bytes, 1000 + kItems);
        if (visited % 500 == 1) {
            EXPECT_TRUE(store.put(sample_rows(5000 + visited, 2)).ok());
            EXPECT_TRUE(store.remove(std::vector{item.id}).ok());
            EXPECT_TRUE(store.totals().ok());
        }
        return true;
    }});
    ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
    EXPECT_EQ(snapshot->items, visited);
    EXPECT_EQ(visited, kItems);
    EXPECT_EQ(snapshot->last_sequence, kItems);
}

TEST_P(CatalogueTest, EndsAVisitWhenItIsTold) {
    Catalogue& store = catalogue();
    ASSERT_TRUE(store.put(sample_rows(1, 5)).ok());
    int visited = 0;
    const auto snapshot = store.each_record({[&](const StoredItem&, auto) {
        return ++visited < 3;
    }});
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(visited, 3);
}

TEST_P(CatalogueTest, ReplacesAKnownItemWhoseRecordIsRefused) {
    Catalogue& store = catalogue();
    const std::vector<NewRow> rows = sample_rows(1, 2);
    const auto first = store.put(rows);
    ASSERT_TRUE(first.ok());
    const auto second = store.put(rows, [&](const NewRow& row, std::span<const std::byte> record) {
        EXPECT_TRUE(std::ranges::equal(record, row.record));
        return row.id != "m_2";
    });
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_TRUE((*second)[0].was_known);
    EXPECT_FALSE((*second)[1].was_known);
    EXPECT_TRUE((*second)[1].was_replaced);
    EXPECT_GT((*second)[1].key, (*first)[1].key);
    EXPECT_EQ(store.totals()->items, 2U);
    EXPECT_EQ(store.changes_after(2, 10)->size(), 2U) << "removed and added";
}

TEST_P(CatalogueTest, KeepsBanksThatHadAnItem) {
    Catalogue& store = catalogue();
    const std::vector<NewRow> rows{sample_row(1, "b"), sample_row(2, "a"), sample_row(3, "b")};
    const auto put = store.put(rows);
    ASSERT_TRUE(put.ok());
    EXPECT_TRUE((*put)[0].made_bank);
    EXPECT_TRUE((*put)[1].made_bank);
    EXPECT_FALSE((*put)[2].made_bank);
    ASSERT_TRUE(store.remove(std::vector<std::string>{"m_2"}).ok());
    EXPECT_EQ(*store.banks(), (std::vector<std::string>{"a", "b"}));
}

TEST_P(CatalogueTest, KeepsSettings) {
    Catalogue& store = catalogue();
    EXPECT_TRUE(store.settings()->empty());
    ASSERT_TRUE(store.set("colour", "red").ok());
    ASSERT_TRUE(store.set("size", std::string("a\0b", 3)).ok());
    ASSERT_TRUE(store.set("colour", "blue").ok());
    EXPECT_EQ(*store.settings(), (std::map<std::string, std::string>{
                                     {"colour", "blue"}, {"size", std::string("a\0b", 3)}}));
    ASSERT_TRUE(store.set("colour", std::nullopt).ok());
    ASSERT_TRUE(store.set("never there", std::nullopt).ok());
    EXPECT_EQ(store.settings()->size(), 1U);
    EXPECT_EQ(store.set("", "x").error().code, ErrorCode::kInvalidArgument);
    const std::string longest(kMaxTextBytes, 'x');
    EXPECT_EQ(store.set(longest + 'x', "x").error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(store.set("long", longest + 'x').error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(store.set("long", longest).ok());
    EXPECT_TRUE(store.set("long", std::nullopt).ok());
    EXPECT_EQ(*store.last_sequence(), 0U) << "a setting is no change of an item";
}

/// What can be seen of a catalogue, but for times and files.
std::string seen(const Catalogue& store) {
    std::string text;
    EXPECT_TRUE(store
                    .each_record({[&](const StoredItem& item, auto record) {
                        text += std::to_string(item.key) + ' ' + item.id + ' ' + item.bank + ' ' +
                                std::to_string(record.size()) + '\n';
                        return true;
                    }})
                    .ok());
    const ItemList items = store.items_after("m_3", 5).value();
    for (const StoredItem& item : items.items) {
        text += item.id + ' ';
    }
    const std::vector<Change> changes = store.changes_after(0, 100'000).value();
    for (const Change& change : changes) {
        text += std::to_string(change.sequence) + ' ' +
                std::to_string(static_cast<int>(change.kind)) + ' ' + std::to_string(change.key) +
                ' ' + change.id + '\n';
    }
    const Totals totals = store.totals().value();
    for (const BankCount& bank : totals.banks) {
        text += bank.bank + ' ' + std::to_string(bank.items) + ' ' + std::to_string(bank.frames);
    }
    return text;
}

TEST_P(CatalogueTest, DoesAsTheModelDoes) {
    Catalogue& store = catalogue();
    MemoryCatalogue model;
    std::mt19937_64 random(7);
    const auto draw = [&](std::uint64_t below) {
        return random() % below;
    };
    for (int step = 0; step < 60; ++step) {
        if (draw(3) == 0) {
            std::vector<std::string> ids;
            for (std::uint64_t i = draw(5); i > 0; --i) {
                ids.push_back("m_" + std::to_string(draw(30)));
            }
            ASSERT_EQ(*store.remove(ids), *model.remove(ids));
        } else {
            std::vector<NewRow> rows;
            for (std::uint64_t i = draw(6); i > 0; --i) {
                rows.push_back(sample_row(draw(30), draw(4) == 0 ? "other" : "default"));
            }
            const auto check = [](const NewRow& row, auto) {
                return row.frames != 3;
            };
            const auto here = store.put(rows, check);
            const auto there = model.put(rows, check);
            ASSERT_EQ(here.ok(), there.ok());
            for (std::size_t i = 0; here && i < here->size(); ++i) {
                const PutOutcome& a = (*here)[i];
                const PutOutcome& b = (*there)[i];
                EXPECT_EQ(a.was_known, b.was_known);
                EXPECT_EQ(a.key, b.key);
                EXPECT_EQ(a.id, b.id);
                EXPECT_EQ(a.frames, b.frames);
                EXPECT_EQ(a.record_bytes, b.record_bytes);
                EXPECT_EQ(a.made_bank, b.made_bank);
                EXPECT_EQ(a.was_replaced, b.was_replaced);
            }
            if (!here) {
                EXPECT_EQ(here.error().code, there.error().code);
            }
        }
        ASSERT_EQ(seen(store), seen(model)) << "after step " << step;
    }
    EXPECT_TRUE(problems_of(store).empty());
}

INSTANTIATE_TEST_SUITE_P(Catalogues,
                         CatalogueTest,
                         testing::ValuesIn(test::all_catalogues()),
                         test::name_of_catalogue);

}  // namespace
}  // namespace refrain::store
