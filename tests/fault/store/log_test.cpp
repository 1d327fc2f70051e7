// Write-ahead logs that a killed process left: cut off, with bytes turned, and sound ones that only
// look odd.

#include <unistd.h>

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <signal.h>

#include "store/sqlite/log_check.h"
#include "store/sqlite/repair.h"
#include "store_fault_samples.h"
#include "support/child_process.h"

namespace refrain::store {
namespace {

using test::ChildProcess;
using test::open_failure;
using test::problems_of;
using test::sample_row;
using test::sample_rows;
using test::TempFolder;

constexpr std::uint64_t kBatches = 6;
constexpr std::uint64_t kRowsPerBatch = 2;
constexpr std::streamoff kHeaderBytes = 32;
constexpr std::streamoff kFrameBytes = 24 + 4096;

/// Puts batches and dies before the log is put away.
void leave_log(const std::filesystem::path& folder, std::uint64_t batches = kBatches) {
    ChildProcess child([&](int) {
        Result<SqliteCatalogue> store = SqliteCatalogue::open(folder, Mode::kCreate);
        for (std::uint64_t batch = 0; store && batch < batches; ++batch) {
            if (!store->put(sample_rows(1 + batch * kRowsPerBatch, kRowsPerBatch))) {
                return 1;
            }
        }
        ::kill(::getpid(), SIGKILL);
        return 2;
    });
    ASSERT_EQ(child.wait(), -1);
}

std::filesystem::path log_of(const std::filesystem::path& folder) {
    return folder / "refrain.db-wal";
}

char byte_at(const std::filesystem::path& file, std::streamoff at) {
    std::ifstream in(file, std::ios::binary);
    in.seekg(at);
    return static_cast<char>(in.get());
}

void flip(const std::filesystem::path& file, std::streamoff at, unsigned bit) {
    const auto byte = static_cast<unsigned char>(byte_at(file, at));
    test::overwrite(file, at, std::string(1, static_cast<char>(byte ^ (1U << bit))));
}

/// How many whole batches a store holds; fails on half a batch, on damage, and where one is missing
/// before another.
std::uint64_t batches_of(const SqliteCatalogue& store) {
    EXPECT_EQ(problems_of(store), std::vector<std::string>());
    const Result<ItemList> items = store.items_after("", 1000);
    EXPECT_TRUE(items.ok() && items->damaged.empty());
    std::set<std::string> there;
    for (const StoredItem& item : items->items) {
        there.insert(item.id);
    }
    EXPECT_EQ(there.size() % kRowsPerBatch, 0U) << "half a batch is there";
    for (std::uint64_t number = 1; number <= there.size(); ++number) {
        EXPECT_TRUE(there.contains(sample_row(number).id)) << number;
    }
    return there.size() / kRowsPerBatch;
}

class LeftLog : public ::testing::Test {
  protected:
    void SetUp() override {
        leave_log(folder_ / "whole");
        bytes_ = static_cast<std::streamoff>(std::filesystem::file_size(log_of(folder_ / "whole")));
        ASSERT_GT(bytes_, kHeaderBytes + 20 * kFrameBytes);
        ASSERT_EQ((bytes_ - kHeaderBytes) % kFrameBytes, 0);
    }

    /// A copy to be damaged. Its shared memory is left out, as it is after a power cut.
    std::filesystem::path copy() {
        const std::filesystem::path folder = folder_ / "copy";
        std::filesystem::remove_all(folder);
        std::filesystem::create_directory(folder);
        for (const char* const name : {"refrain.db", "refrain.db-wal"}) {
            std::filesystem::copy_file(folder_ / "whole" / name, folder / name);
        }
        return folder;
    }

    /// Where the frames that end a commit begin.
    [[nodiscard]] std::vector<std::streamoff> commits() const {
        std::vector<std::streamoff> found;
        for (std::streamoff at = kHeaderBytes; at < bytes_; at += kFrameBytes) {
            bool is_commit = false;
            for (std::streamoff i = 4; i < 8; ++i) {
                is_commit |= byte_at(log_of(folder_ / "whole"), at + i) != 0;
            }
            if (is_commit) {
                found.push_back(at);
            }
        }
        return found;
    }

    TempFolder folder_;
    std::streamoff bytes_ = 0;
};

TEST_F(LeftLog, IsReadToItsEnd) {
    for (const Mode mode : {Mode::kReadOnly, Mode::kReadWrite}) {
        const Result<SqliteCatalogue> store = SqliteCatalogue::open(copy(), mode);
        ASSERT_TRUE(store.ok()) << store.error().message;
        EXPECT_EQ(batches_of(*store), kBatches);
    }
}

TEST_F(LeftLog, GivesWholeCommitsWhereverItIsCutOff) {
    const std::vector<std::streamoff> ends = commits();
    std::uint64_t most = 0;
    for (std::streamoff size = 0; size <= bytes_; size += 1000 + (size % 7)) {
        const std::filesystem::path folder = copy();
        std::filesystem::resize_file(log_of(folder), static_cast<std::uintmax_t>(size));
        Result<SqliteCatalogue> store = SqliteCatalogue::open(folder, Mode::kReadWrite);
        ASSERT_TRUE(store.ok()) << size << ": " << store.error().message;
        const auto whole = static_cast<std::uint64_t>(
            std::count_if(ends.begin(), ends.end(),
                          [&](std::streamoff end) { return end + kFrameBytes <= size; }));
        // The first commits made the schema.
        const std::uint64_t before = ends.size() - kBatches;
        EXPECT_EQ(batches_of(*store), whole > before ? whole - before : 0) << size;
        EXPECT_TRUE(store->put(sample_rows(5000, 2)).ok()) << size;
        most = std::max(most, whole);
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GE(most + 1, ends.size());
}

TEST_F(LeftLog, IsNotPassedOverWhenABitIsTurned) {
    const std::vector<std::streamoff> ends = commits();
    ASSERT_GE(ends.size(), kBatches);
    const std::streamoff last_commit = ends[ends.size() - 2] + kFrameBytes;
    int refused = 0;
    for (std::streamoff frame = kHeaderBytes; frame < bytes_; frame += kFrameBytes) {
        test::Draw draw(static_cast<std::uint64_t>(frame));
        // Page number, size, salts, checksum, page.
        for (const std::streamoff part : {0, 4, 8, 12, 16, 20, 24}) {
            const std::filesystem::path folder = copy();
            const auto length = static_cast<std::uint64_t>(part == 24 ? 4096 : 4);
            const auto within = part + static_cast<std::streamoff>(draw.below(length));
            flip(log_of(folder), frame + within, static_cast<unsigned>(draw.below(8)));
            const Result<SqliteCatalogue> store = SqliteCatalogue::open(folder, Mode::kReadWrite);
            if (!store) {
                ++refused;
                EXPECT_EQ(store.error().code, ErrorCode::kCorpusDamaged);
                EXPECT_NE(
                    store.error().message.find("log is damaged at byte " + std::to_string(frame)),
                    std::string::npos)
                    << store.error().message;
                EXPECT_EQ(open_failure(folder, Mode::kReadOnly), ErrorCode::kCorpusDamaged);
                continue;
            }
            // Only the last commit looks like one that was never finished.
            EXPECT_EQ(batches_of(*store), kBatches - 1) << frame << " + " << within;
            const bool may_be_unfinished = frame >= ends[ends.size() - 2];
            EXPECT_TRUE(may_be_unfinished) << frame << " + " << within << " of " << last_commit;
        }
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(refused, 100);
}

TEST_F(LeftLog, IsNotPassedOverWhenItsHeaderIsWrong) {
    for (std::streamoff at = 0; at < kHeaderBytes; ++at) {
        const std::filesystem::path folder = copy();
        flip(log_of(folder), at, static_cast<unsigned>(at % 8));
        for (const Mode mode : {Mode::kReadOnly, Mode::kReadWrite, Mode::kCreate}) {
            EXPECT_EQ(open_failure(folder, mode), ErrorCode::kCorpusDamaged) << at;
        }
    }
}

TEST_F(LeftLog, IsRepairedUpToTheDamageAndSetAside) {
    const std::filesystem::path folder = copy();
    const std::streamoff frame = commits()[commits().size() - 3];  // batch 4 of 6
    flip(log_of(folder), frame + 1000, 3);
    ASSERT_EQ(open_failure(folder, Mode::kReadOnly), ErrorCode::kCorpusDamaged);
    const auto sound = [](const StoredItem&, std::span<const std::byte>) {
        return std::string();
    };
    const Result<RepairOutcome> outcome = repair_corpus(folder, sound);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->kept, 3 * kRowsPerBatch);
    ASSERT_FALSE(outcome->notes.empty());
    EXPECT_NE(outcome->notes[0].find("at byte " + std::to_string(frame)), std::string::npos)
        << outcome->notes[0];
    EXPECT_EQ(std::filesystem::file_size(log_of(outcome->set_aside)),
              static_cast<std::uintmax_t>(bytes_));
    const Result<SqliteCatalogue> store = SqliteCatalogue::open(folder, Mode::kReadWrite);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(batches_of(*store), 3U);
}

/// Sound logs with old frames behind their end.
TEST(UsedLog, IsSoundWithFramesOfAnEarlierRoundBehindItsEnd) {
    const TempFolder folder;
    ChildProcess child([&](int) {
        Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kCreate);
        for (std::uint64_t batch = 0; store && batch < kBatches; ++batch) {
            if (!store->put(sample_rows(1 + batch * kRowsPerBatch, kRowsPerBatch))) {
                return 1;
            }
        }
        // The next commit begins the log anew and leaves the rest of it as it is.
        test::run_foreign_sql(folder.path(), "PRAGMA wal_checkpoint(RESTART)");
        if (!store->put(sample_rows(1 + kBatches * kRowsPerBatch, kRowsPerBatch))) {
            return 2;
        }
        ::kill(::getpid(), SIGKILL);
        return 3;
    });
    ASSERT_EQ(child.wait(), -1);
    const Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kReadWrite);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(batches_of(*store), kBatches + 1);
}

TEST(UsedLog, IsSoundWhileAnotherProcessWrites) {
    const TempFolder folder;
    test::make_corpus(folder.path(), 1);
    ChildProcess child([&](int pipe) {
        Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kReadWrite);
        for (std::uint64_t number = 2; store && number < 400; ++number) {
            if (!store->put(sample_rows(number, 1))) {
                return 1;
            }
            ChildProcess::send(pipe, number);
        }
        return 0;
    });
    std::uint64_t number = 0;
    while (child.receive(number)) {
        const Result<void> sound = check_log(folder / "refrain.db");
        EXPECT_TRUE(sound.ok()) << sound.error().message;
    }
    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(number, 399U);
}

TEST(UsedLog, MayBeAbsentEmptyOrTooShort) {
    const TempFolder folder;
    EXPECT_TRUE(check_log(folder / "refrain.db").ok());
    for (const std::size_t size : {0U, 5U, 32U, 4000U, 10'000U}) {
        std::ofstream(folder / "refrain.db-wal", std::ios::binary) << std::string(size, '\0');
        EXPECT_TRUE(check_log(folder / "refrain.db").ok()) << size;
    }
}

}  // namespace
}  // namespace refrain::store
