// Several processes with one corpus, and processes that die.

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <time.h>

#include "store_fault_samples.h"
#include "support/child_process.h"

namespace refrain::store {
namespace {

using test::ChildProcess;
using test::make_corpus;
using test::problems_of;
using test::sample_row;
using test::sample_rows;
using test::TempFolder;

/// Turns are not handed out in order, so on a slow disk one writer may wait long.
const CatalogueOptions kPatient{.busy_wait = MediaTime::from_seconds(300)};

TEST(SharedCorpus, IsMadeOnceByManyAtTheSameTime) {
    for (int round = 0; round < 5; ++round) {
        const TempFolder folder;
        std::vector<std::unique_ptr<ChildProcess>> children;
        for (std::uint64_t number = 1; number <= 6; ++number) {
            children.push_back(std::make_unique<ChildProcess>([&, number](int) {
                Result<SqliteCatalogue> store =
                    SqliteCatalogue::open(folder / "deep/corpus", Mode::kCreate, kPatient);
                if (!store) {
                    return 1;
                }
                const NewRow row = sample_row(number);
                return store->put(std::span(&row, 1)).ok() ? 0 : 2;
            }));
        }
        for (const auto& child : children) {
            EXPECT_EQ(child->wait(), 0);
        }
        const Result<SqliteCatalogue> store =
            SqliteCatalogue::open(folder / "deep/corpus", Mode::kReadOnly);
        ASSERT_TRUE(store.ok()) << store.error().message;
        EXPECT_EQ(store->totals()->items, 6U);
        EXPECT_TRUE(problems_of(*store).empty());
    }
}

TEST(SharedCorpus, LetsWritersTakeTurnsWhileReadersRead) {
    constexpr std::uint64_t kBatches = 40;
    const TempFolder folder;
    make_corpus(folder.path(), 1);
    std::vector<std::unique_ptr<ChildProcess>> writers;
    for (std::uint64_t writer = 1; writer <= 3; ++writer) {
        writers.push_back(std::make_unique<ChildProcess>([&, writer](int) {
            Result<SqliteCatalogue> store =
                SqliteCatalogue::open(folder.path(), Mode::kReadWrite, kPatient);
            for (std::uint64_t batch = 0; store && batch < kBatches; ++batch) {
                const auto put = store->put(sample_rows(writer * 1000 + batch * 2, 2));
                if (!put || (*put)[0].was_known) {
                    return 1;
                }
            }
            return store.ok() ? 0 : 2;
        }));
    }
    const Result<SqliteCatalogue> reader = SqliteCatalogue::open(folder.path(), Mode::kReadOnly);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    std::uint64_t last = 0;
    for (int reading = 0; reading < 50; ++reading) {
        std::uint64_t items = 0;
        const auto snapshot = reader->each_record({[&](const StoredItem&, auto) {
            ++items;
            return true;
        }});
        ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
        // Only whole batches are ever seen, and never less than before.
        EXPECT_EQ(items % 2, 1U);
        EXPECT_EQ(snapshot->last_sequence, items);
        EXPECT_GE(items, last);
        last = items;
    }
    for (const auto& writer : writers) {
        EXPECT_EQ(writer->wait(), 0);
    }
    EXPECT_EQ(reader->totals()->items, 1 + 3 * kBatches * 2);
    EXPECT_TRUE(problems_of(*reader).empty());
}

TEST(SharedCorpus, IsBusyWhenAnotherWritesForTooLong) {
    const TempFolder folder;
    make_corpus(folder.path(), 3);
    Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kReadWrite,
                                                          {.busy_wait = MediaTime::from_ms(20)});
    ASSERT_TRUE(store.ok());
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "refrain.db").c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);

    const auto put = store->put(sample_rows(10, 1));
    ASSERT_FALSE(put.ok());
    EXPECT_EQ(put.error().code, ErrorCode::kCorpusBusy);
    EXPECT_NE(put.error().message.find("another process"), std::string::npos);
    const std::vector<std::string> ids{"m_1"};
    EXPECT_EQ(store->remove(ids).error().code, ErrorCode::kCorpusBusy);
    EXPECT_EQ(store->totals()->items, 3U) << "a reader had to wait";
    EXPECT_TRUE(SqliteCatalogue::open(folder.path(), Mode::kReadWrite).ok())
        << "opening had to wait";

    ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_TRUE(store->put(sample_rows(10, 1)).ok());
    sqlite3_close(other);
}

TEST(SharedCorpus, WaitsForAWriterWhoLetsGo) {
    const TempFolder folder;
    make_corpus(folder.path(), 1);
    ChildProcess holder([&](int pipe) {
        sqlite3* other = nullptr;
        sqlite3_open((folder / "refrain.db").c_str(), &other);
        sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
        ChildProcess::send(pipe, 1);
        const timespec pause{0, 200'000'000};
        ::nanosleep(&pause, nullptr);
        sqlite3_close(other);
        return 0;
    });
    Result<SqliteCatalogue> store = SqliteCatalogue::open(
        folder.path(), Mode::kReadWrite, {.busy_wait = MediaTime::from_seconds(60)});
    ASSERT_TRUE(store.ok());
    std::uint64_t is_held = 0;
    ASSERT_TRUE(holder.receive(is_held));
    const auto put = store->put(sample_rows(10, 1));
    EXPECT_TRUE(put.ok()) << put.error().message;
}

/// Adds and now and then removes for ever; after each commit sends what it has made sure of.
int write_for_ever(const std::filesystem::path& folder, std::uint64_t first, int pipe) {
    Result<SqliteCatalogue> store = SqliteCatalogue::open(folder, Mode::kCreate);
    for (std::uint64_t number = first; store; number += 3) {
        const auto put = store->put(sample_rows(number, 3));
        if (!put) {
            return 1;
        }
        for (std::uint64_t i = 0; i < 3; ++i) {
            ChildProcess::send(pipe, number + i);
        }
    }
    return 2;
}

TEST(KilledProcess, LosesNothingThatItReported) {
    const TempFolder folder;
    std::uint64_t next = 1;
    std::uint64_t reported = 0;
    std::vector<std::uint64_t> all;
    for (std::uint64_t round = 0; round < 20; ++round) {
        test::Draw draw(round);
        {
            ChildProcess child(
                [&](int pipe) { return write_for_ever(folder / "corpus", next, pipe); });
            // After none to some dozen commits, however slow the disk is, and then somewhere in the
            // next one.
            std::uint64_t number = 0;
            for (std::uint64_t wait_for = draw.below(40); wait_for > 0; --wait_for) {
                ASSERT_TRUE(child.receive(number)) << "round " << round << ": it ended by itself";
                all.push_back(number);
            }
            const timespec pause{0, static_cast<std::int32_t>(draw.below(8'000'000))};
            ::nanosleep(&pause, nullptr);
            child.kill_now();
            while (child.receive(number)) {
                all.push_back(number);
            }
            reported += all.size();
            EXPECT_EQ(child.wait(), -1) << "round " << round << ": it ended by itself";
        }
        if (all.empty() && !std::filesystem::exists(folder / "corpus/refrain.db")) {
            continue;
        }
        const Result<SqliteCatalogue> store =
            SqliteCatalogue::open(folder / "corpus", Mode::kReadWrite);
        ASSERT_TRUE(store.ok()) << "round " << round << ": " << store.error().message;
        EXPECT_TRUE(problems_of(*store).empty()) << "round " << round;
        for (const std::uint64_t number : all) {
            const NewRow row = sample_row(number);
            const auto found = store->find_bytes("default", row.media.digest.sha256);
            ASSERT_TRUE(found.ok() && found->has_value()) << "round " << round << " " << number;
            ASSERT_EQ(store->records(std::span(&(*found)->key, 1))->items.at(0).record, row.record);
        }
        const std::uint64_t items = store->totals()->items;
        EXPECT_EQ(items % 3, 0U) << "half a batch is there";
        EXPECT_GE(items, reported);
        EXPECT_LE(items - reported, 3U) << "more than the batch that was under way";
        next = items + 1;
        reported = items;
        all.clear();
    }
    EXPECT_GT(next, 20U) << "the children were killed before they had written anything";
}

}  // namespace
}  // namespace refrain::store
