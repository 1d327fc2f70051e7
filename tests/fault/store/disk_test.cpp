// Disks that are full, and corpora that may not be written to.

#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <signal.h>

#include "store_fault_samples.h"
#include "support/child_process.h"

namespace refrain::store {
namespace {

using test::ChildProcess;
using test::make_corpus;
using test::problems_of;
using test::sample_rows;
using test::TempFolder;

/// Adds batches until one fails. @return its code; kInternal when none did
ErrorCode fill_up(SqliteCatalogue& store, std::uint64_t batches, std::uint64_t& kept) {
    for (std::uint64_t batch = 0; batch < batches; ++batch) {
        const auto put = store.put(sample_rows(1 + batch * 20, 20));
        if (!put) {
            return put.error().code;
        }
        kept += put->size();
    }
    return ErrorCode::kInternal;
}

/// After a failed batch: nothing of it is there, what came before is, and reading works.
void expect_whole(const SqliteCatalogue& store, std::uint64_t kept) {
    const auto totals = store.totals();
    ASSERT_TRUE(totals.ok()) << totals.error().message;
    EXPECT_EQ(totals->items, kept);
    EXPECT_EQ(*store.last_sequence(), kept);
    EXPECT_TRUE(problems_of(store).empty());
}

/// A file-size limit makes the kernel refuse the very writes that a full disk refuses, with EFBIG
/// instead of ENOSPC, and needs no privilege.
TEST(FullDisk, KeepsNothingOfTheBatchThatDidNotFit) {
    const TempFolder folder;
    make_corpus(folder.path(), 20);
    ChildProcess child([&](int pipe) {
        ::signal(SIGXFSZ, SIG_IGN);
        Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kReadWrite);
        if (!store) {
            return 1;
        }
        const rlimit small{600'000, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &small);
        std::uint64_t kept = 0;
        if (fill_up(*store, 100, kept) != ErrorCode::kDiskFull) {
            return 2;
        }
        if (store->totals()->items != kept) {
            return 3;
        }
        // Room again: the same store must go on.
        const rlimit large{RLIM_INFINITY, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &large);
        const auto again = store->put(sample_rows(5001, 20));
        if (!again) {
            return 4;
        }
        ChildProcess::send(pipe, kept + again->size());
        return 0;
    });
    std::uint64_t kept = 0;
    ASSERT_TRUE(child.receive(kept)) << "it ended with " << child.wait();
    EXPECT_EQ(child.wait(), 0);
    EXPECT_GT(kept, 40U);
    const Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kReadOnly);
    ASSERT_TRUE(store.ok()) << store.error().message;
    expect_whole(*store, kept);
}

TEST(FullDisk, IsNamedWhenACorpusCannotBeMade) {
    const TempFolder folder;
    ChildProcess child([&](int) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit tiny{1000, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &tiny);
        const Result<SqliteCatalogue> store =
            SqliteCatalogue::open(folder / "corpus", Mode::kCreate);
        return !store && store.error().code == ErrorCode::kDiskFull ? 0 : 1;
    });
    EXPECT_EQ(child.wait(), 0);
    EXPECT_TRUE(std::filesystem::is_empty(folder / "corpus"));
}

/// A mounted tmpfs that is gone at the end.
class SmallDisk {
  public:
    explicit SmallDisk(const std::filesystem::path& place) : place_(place) {
        std::filesystem::create_directories(place);
        is_mounted_ = ::mount("tmpfs", place.c_str(), "tmpfs", 0, "size=1m") == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (is_mounted_) {
            ::umount2(place_.c_str(), MNT_DETACH);
        }
    }

    [[nodiscard]] bool is_mounted() const { return is_mounted_; }
    [[nodiscard]] bool make_read_only() const {
        return ::mount("tmpfs", place_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0;
    }

  private:
    std::filesystem::path place_;
    bool is_mounted_ = false;
};

TEST(FullDisk, IsNamedOnARealDiskAndTheStoreGoesOn) {
    const TempFolder folder;
    const SmallDisk disk(folder / "disk");
    if (!disk.is_mounted()) {
        GTEST_SKIP() << "SKIPPED: mounting is not allowed here; the tests with a file-size limit "
                        "cover the path";
    }
    Result<SqliteCatalogue> store = SqliteCatalogue::open(folder / "disk/corpus", Mode::kCreate);
    ASSERT_TRUE(store.ok()) << store.error().message;
    std::uint64_t kept = 0;
    EXPECT_EQ(fill_up(*store, 1000, kept), ErrorCode::kDiskFull);
    expect_whole(*store, kept);
    EXPECT_GT(kept, 0U);
}

TEST(ReadOnlyCorpus, IsReadFromAMountThatTakesNoWrites) {
    const TempFolder folder;
    const SmallDisk disk(folder / "disk");
    if (!disk.is_mounted()) {
        GTEST_SKIP() << "SKIPPED: mounting is not allowed here";
    }
    make_corpus(folder / "disk/corpus", 10);
    ASSERT_TRUE(disk.make_read_only());
    const Result<SqliteCatalogue> reader =
        SqliteCatalogue::open(folder / "disk/corpus", Mode::kReadOnly);
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    expect_whole(*reader, 10);
    for (const Mode mode : {Mode::kReadWrite, Mode::kCreate}) {
        EXPECT_EQ(test::open_failure(folder / "disk/corpus", mode), ErrorCode::kCorpusReadOnly);
    }
    EXPECT_EQ(test::open_failure(folder / "disk/new", Mode::kCreate), ErrorCode::kCorpusReadOnly);
}

/// Nobody of importance; mode bits say nothing to root.
bool become_unprivileged() {
    constexpr uid_t kNobody = 65534;
    return ::geteuid() != 0 || (::setgid(kNobody) == 0 && ::setuid(kNobody) == 0);
}

/// A corpus in a folder that an unprivileged reader can look into but not change.
class UnwritableCorpus {
  public:
    UnwritableCorpus() {
        std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
        make_corpus(path(), 10);
        std::filesystem::permissions(path() / "refrain.db", std::filesystem::perms(0444));
        std::filesystem::permissions(path(), std::filesystem::perms(0555));
    }
    UnwritableCorpus(const UnwritableCorpus&) = delete;
    UnwritableCorpus& operator=(const UnwritableCorpus&) = delete;
    ~UnwritableCorpus() { std::filesystem::permissions(path(), std::filesystem::perms(0755)); }

    [[nodiscard]] std::filesystem::path path() const { return folder_ / "corpus"; }

  private:
    TempFolder folder_;
};

TEST(ReadOnlyCorpus, IsReadByThoseWhoMayNotWrite) {
    const UnwritableCorpus corpus;
    ChildProcess child([&](int) {
        if (!become_unprivileged()) {
            return 1;
        }
        const Result<SqliteCatalogue> reader =
            SqliteCatalogue::open(corpus.path(), Mode::kReadOnly);
        if (!reader) {
            return 2;
        }
        std::uint64_t seen = 0;
        const auto records = reader->each_record({[&](const StoredItem&, auto record) {
            ++seen;
            return std::ranges::equal(record, test::sample_row(seen).record);
        }});
        return records.ok() && seen == 10 && problems_of(*reader).empty() ? 0 : 3;
    });
    EXPECT_EQ(child.wait(), 0);
}

TEST(ReadOnlyCorpus, RefusesToBeOpenedForWriting) {
    const UnwritableCorpus corpus;
    for (const Mode mode : {Mode::kReadWrite, Mode::kCreate}) {
        ChildProcess child([&](int) {
            return become_unprivileged() &&
                           test::open_failure(corpus.path(), mode) == ErrorCode::kCorpusReadOnly
                       ? 0
                       : 1;
        });
        EXPECT_EQ(child.wait(), 0);
    }
}

TEST(ReadOnlyCorpus, IsUnreadableWhenTheFileMayNotBeRead) {
    const UnwritableCorpus corpus;
    std::filesystem::permissions(corpus.path() / "refrain.db", std::filesystem::perms(0));
    ChildProcess child([&](int) {
        return become_unprivileged() &&
                       test::open_failure(corpus.path(), Mode::kReadOnly) == ErrorCode::kUnreadable
                   ? 0
                   : 1;
    });
    EXPECT_EQ(child.wait(), 0);
}

/// The owner goes on writing while one who may not write reads: the reader must see each commit,
/// whichever way it had opened the file.
TEST(ReadOnlyCorpus, FollowsAnOwnerWhoBeginsToWrite) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "SKIPPED: needs root, to have an owner and a stranger";
    }
    const UnwritableCorpus corpus;
    int turns[2] = {-1, -1};
    ASSERT_EQ(::pipe(turns), 0);
    const base::UniqueFd my_turn(turns[0]);
    const base::UniqueFd your_turn(turns[1]);
    ChildProcess child([&](int pipe) {
        if (!become_unprivileged()) {
            return 1;
        }
        const Result<SqliteCatalogue> reader =
            SqliteCatalogue::open(corpus.path(), Mode::kReadOnly);
        for (char turn = 0; reader && ::read(my_turn.get(), &turn, 1) == 1 && turn != 'q';) {
            const auto totals = reader->totals();
            ChildProcess::send(pipe, totals ? totals->items : 0);
        }
        return 0;
    });
    const auto seen_by_child = [&] {
        std::uint64_t items = 0;
        EXPECT_EQ(::write(your_turn.get(), "r", 1), 1);
        EXPECT_TRUE(child.receive(items));
        return items;
    };
    EXPECT_EQ(seen_by_child(), 10U);
    {
        Result<SqliteCatalogue> owner = SqliteCatalogue::open(corpus.path(), Mode::kReadWrite);
        ASSERT_TRUE(owner.ok()) << owner.error().message;
        ASSERT_TRUE(owner->put(sample_rows(100, 5)).ok());
        EXPECT_EQ(seen_by_child(), 15U);
        ASSERT_TRUE(owner->put(sample_rows(200, 5)).ok());
        EXPECT_EQ(seen_by_child(), 20U);
    }
    EXPECT_EQ(seen_by_child(), 20U);
    {
        Result<SqliteCatalogue> owner = SqliteCatalogue::open(corpus.path(), Mode::kReadWrite);
        ASSERT_TRUE(owner.ok()) << owner.error().message;
        ASSERT_TRUE(owner->put(sample_rows(300, 5)).ok());
    }
    EXPECT_EQ(seen_by_child(), 25U);
    EXPECT_EQ(::write(your_turn.get(), "q", 1), 1);
    EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace refrain::store
