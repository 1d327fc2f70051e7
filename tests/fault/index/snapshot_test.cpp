#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "index/hash_snapshot.h"
#include "index/live_index.h"
#include "index/snapshot_format.h"
#include "support/child_process.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain::index {
namespace {

using refrain::test::ChildProcess;
using refrain::test::random_hash;
using refrain::test::TempFolder;

LiveOptions small_options() {
    LiveOptions options;
    options.tail_codes = 50;
    options.table_codes = 200;
    options.threads = 2;
    return options;
}

/// Segments with and without tables, removed codes in both, and a tail.
class Filled {
  public:
    explicit Filled(std::size_t codes, std::uint64_t seed = 1) : index_(small_options()) {
        std::mt19937_64 random(seed);
        for (std::size_t i = 0; i < codes; ++i) {
            codes_.push_back(random_hash(random));
        }
        std::vector<CodeId> ids(codes);
        std::iota(ids.begin(), ids.end(), CodeId{0});
        for (const auto& [from, to] : {std::pair{0.0, 0.8}, {0.8, 0.97}, {0.97, 1.0}}) {
            const auto first = static_cast<std::size_t>(from * static_cast<double>(codes));
            const auto last = static_cast<std::size_t>(to * static_cast<double>(codes));
            EXPECT_TRUE(index_
                            .add(std::span(codes_).subspan(first, last - first),
                                 std::span(ids).subspan(first, last - first))
                            .ok());
        }
        for (CodeId id = 0; id < static_cast<CodeId>(codes); id += 7) {
            EXPECT_EQ(*index_.remove(std::vector{id}), 1U);
        }
    }
    [[nodiscard]] const LiveIndex& index() const { return index_; }
    [[nodiscard]] const std::vector<Hash256>& codes() const { return codes_; }

  private:
    LiveIndex index_;
    std::vector<Hash256> codes_;
};

SnapshotTag tag_of(std::uint64_t sequence) { return {sequence, 77, 1}; }

class SnapshotFile : public testing::Test {
  protected:
    void write(const LiveIndex& index, std::uint64_t sequence) {
        const auto written =
            write_hash_snapshot(file_, tag_of(sequence), *index.state(), small_options(), {});
        ASSERT_TRUE(written.ok()) << written.error().message;
        ASSERT_EQ(*written, SnapshotWritten::kYes);
    }
    /// Null: not accepted.
    [[nodiscard]] std::unique_ptr<LiveIndex> read() const {
        std::string why;
        const auto snapshot = Snapshot::open(file_, kHashSnapshot, why);
        if (!snapshot) {
            EXPECT_NE(why, "");
            return nullptr;
        }
        auto parts = load_hash_parts(*snapshot, 2, {});
        if (!parts) {
            EXPECT_EQ(parts.error().code, ErrorCode::kCorpusDamaged);
            return nullptr;
        }
        return std::make_unique<LiveIndex>(small_options(), std::move(parts).value());
    }
    [[nodiscard]] std::string content() const {
        std::ifstream in(file_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void put_content(const std::string& bytes) const {
        std::ofstream(file_, std::ios::binary) << bytes;
    }

    TempFolder folder_;
    std::filesystem::path file_ = folder_.path() / "index.snapshot";
};

TEST_F(SnapshotFile, IsNotReadWithMoreSegmentsThanAnyIndexHasOrInAnotherVersion) {
    constexpr std::uint64_t kMostSegments = std::uint64_t{1} << 16;
    const auto put_empty = [&](std::uint64_t parts, std::uint32_t version) {
        SnapshotHeader header;
        header.magic = kHashSnapshot.magic;
        header.version = version;
        header.parts = parts;
        const std::vector<std::byte> tables(tables_bytes(header, kHashSnapshot));
        header.tables_sum = checksum(tables);
        header.header_sum = sum_of(header);
        std::string bytes(kHeaderRoom + tables.size(), '\0');
        std::memcpy(bytes.data(), &header, sizeof(header));
        put_content(bytes);
    };
    std::string why;
    put_empty(kMostSegments, kHashSnapshot.version);
    EXPECT_TRUE(Snapshot::open(file_, kHashSnapshot, why)) << why;
    put_empty(kMostSegments + 1, kHashSnapshot.version);
    EXPECT_FALSE(Snapshot::open(file_, kHashSnapshot, why));
    EXPECT_EQ(why, "torn");
    put_empty(1, kHashSnapshot.version + 1);
    EXPECT_FALSE(Snapshot::open(file_, kHashSnapshot, why));
    EXPECT_EQ(why, "of another version, or no snapshot");
}

TEST_F(SnapshotFile, HoldsWhatTheIndexHeld) {
    const Filled filled(2000);
    write(filled.index(), 42);
    std::string why;
    EXPECT_EQ(Snapshot::open(file_, kHashSnapshot, why)->tag(), tag_of(42));
    const auto index = read();
    ASSERT_NE(index, nullptr);
    EXPECT_EQ(index->size(), filled.index().size());
    EXPECT_GT(index->shape().tombstones, 0U);
    for (const int radius : {0, 31, 100}) {
        ASSERT_TRUE(*index->range_search(filled.codes(), radius) ==
                    *filled.index().range_search(filled.codes(), radius));
    }
}

TEST_F(SnapshotFile, IsChangedFurtherLikeAnyIndex) {
    const Filled filled(1000);
    write(filled.index(), 1);
    const auto index = read();
    ASSERT_NE(index, nullptr);
    ASSERT_TRUE(index->add(filled.codes(), std::vector<CodeId>(1000, 5000)).ok());
    EXPECT_EQ(*index->remove_between(0, 4999), filled.index().size());
    EXPECT_EQ(index->range_search(filled.codes(), 0)->size(), 1000U);
    write(*index, 2);
    EXPECT_EQ(read()->size(), 1000U);
}

TEST_F(SnapshotFile, MayBeEmpty) {
    write(LiveIndex(small_options()), 1);
    const auto index = read();
    ASSERT_NE(index, nullptr);
    EXPECT_EQ(index->size(), 0U);
}

TEST_F(SnapshotFile, IsNotBelievedWhenMissingOrNoSnapshot) {
    EXPECT_EQ(read(), nullptr);
    for (const std::size_t bytes : {0U, 1U, 4095U, 4096U, 100'000U}) {
        put_content(std::string(bytes, 'x'));
        EXPECT_EQ(read(), nullptr) << bytes;
        put_content(std::string(bytes, '\0'));
        EXPECT_EQ(read(), nullptr) << bytes;
    }
    std::filesystem::remove(file_);
    std::filesystem::create_directory(file_);
    EXPECT_EQ(read(), nullptr);
}

TEST_F(SnapshotFile, IsNotBelievedWhenCutOrLonger) {
    write(Filled(600).index(), 1);
    const std::string whole = content();
    std::mt19937_64 random(1);
    for (int i = 0; i < 60; ++i) {
        const std::size_t bytes =
            i < 5 ? whole.size() - 1 - static_cast<std::size_t>(i) : random() % whole.size();
        put_content(whole.substr(0, bytes));
        ASSERT_EQ(read(), nullptr) << bytes;
    }
    put_content(whole + "x");
    EXPECT_EQ(read(), nullptr);
    put_content(whole);
    EXPECT_NE(read(), nullptr);
}

/// As a crash leaves it that wrote some pages and not others.
TEST_F(SnapshotFile, IsNotBelievedWhenAPageIsMissing) {
    write(Filled(600).index(), 1);
    const std::string whole = content();
    std::size_t pages = 0;
    for (std::size_t at = 0; at < whole.size(); at += 4096, ++pages) {
        std::string torn = whole;
        const std::size_t bytes = std::min<std::size_t>(4096, whole.size() - at);
        torn.replace(at, bytes, bytes, '\0');
        if (torn != whole) {
            put_content(torn);
            ASSERT_EQ(read(), nullptr) << at;
        }
    }
    EXPECT_GE(pages, 10U);
}

TEST_F(SnapshotFile, IsNotBelievedWithAnyBitTurned) {
    write(Filled(300).index(), 1);
    const std::string whole = content();
    std::mt19937_64 random(2);
    for (int i = 0; i < 600; ++i) {
        // Every second one in the header or the tables, where a mistake would do most.
        const std::size_t at = i % 4 == 0   ? random() % sizeof(SnapshotTag)
                               : i % 4 == 2 ? whole.size() - 1 - random() % 64
                                            : 4096 + random() % (whole.size() - 4096);
        std::string turned = whole;
        turned[at] = static_cast<char>(turned[at] ^ 1 << random() % 8);
        put_content(turned);
        ASSERT_EQ(read(), nullptr) << at;
    }
}

TEST_F(SnapshotFile, StaysWhenANewOneCannotBeWritten) {
    write(Filled(300).index(), 1);
    ChildProcess child([&](int) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{20'000, 20'000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const auto written = write_hash_snapshot(file_, tag_of(2), *Filled(3000).index().state(),
                                                 small_options(), {});
        return !written.ok() && written.error().code == ErrorCode::kDiskFull ? 0 : 1;
    });
    EXPECT_EQ(child.wait(), 0);
    std::string why;
    EXPECT_EQ(Snapshot::open(file_, kHashSnapshot, why)->tag().sequence, 1U);
    EXPECT_NE(read(), nullptr);
    EXPECT_FALSE(std::filesystem::exists(file_.native() + ".new"));
}

TEST_F(SnapshotFile, IsLeftToAnotherWriterThatIsAtIt) {
    const base::UniqueFd other(
        ::open((file_.native() + ".new").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_EQ(flock(other.get(), LOCK_EX), 0);
    const auto written =
        write_hash_snapshot(file_, tag_of(1), *Filled(300).index().state(), small_options(), {});
    ASSERT_TRUE(written.ok());
    EXPECT_EQ(*written, SnapshotWritten::kOtherWriter);
    EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(SnapshotFile, IsTheOldOneAfterAKillAtAnyByteOfTheNewOne) {
    const Filled filled(20'000);  // some 2 MB
    write(filled.index(), 1);
    const std::uint64_t size = std::filesystem::file_size(file_);
    std::mt19937_64 random(3);
    // All but the last byte is there; from `size` on, all of it, and nothing kills the writer.
    std::vector<std::uint64_t> limits{0, 1, size - 1, size};
    for (int i = 0; i < 16; ++i) {
        limits.push_back(random() % size);
    }
    std::uint64_t sequence = 1;
    for (const std::uint64_t limit : limits) {
        SCOPED_TRACE(limit);
        ChildProcess child([&](int) {
            ChildProcess::die_when_a_file_grows_beyond(limit);
            return write_hash_snapshot(file_, tag_of(sequence + 1), *filled.index().state(),
                                       small_options(), {})
                           .ok()
                       ? 0
                       : 1;
        });
        ASSERT_EQ(child.wait(), limit < size ? -1 : 0);
        EXPECT_EQ(std::filesystem::exists(file_.native() + ".new"), limit < size);
        sequence += limit < size ? 0U : 1U;
        std::string why;
        const auto snapshot = Snapshot::open(file_, kHashSnapshot, why);
        ASSERT_TRUE(snapshot.has_value()) << why;
        ASSERT_EQ(snapshot->tag().sequence, sequence);
        const auto index = read();
        ASSERT_NE(index, nullptr);
        ASSERT_EQ(index->size(), filled.index().size());
    }
    EXPECT_EQ(sequence, 2U);
}

/// What holds wherever the kill hits; on a slow machine it may hit none but the first bytes.
TEST_F(SnapshotFile, IsTheOldOrTheNewOneAfterAKill) {
    const Filled filled(20'000);
    write(filled.index(), 1);
    std::mt19937_64 random(3);
    std::uint64_t last = 1;
    for (int round = 0; round < 30; ++round) {
        ChildProcess child([&](int pipe) {
            for (std::uint64_t sequence = last + 1;; ++sequence) {
                ChildProcess::send(pipe, sequence);
                if (!write_hash_snapshot(file_, tag_of(sequence), *filled.index().state(),
                                         small_options(), {})
                         .ok()) {
                    return 1;
                }
            }
        });
        // A number of whole snapshots, none in some rounds, and then a part of the next one.
        const std::uint64_t whole = last + static_cast<std::uint64_t>(round % 3);
        std::uint64_t begun = 0;
        while (begun < whole + 1) {
            ASSERT_TRUE(child.receive(begun));
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
        child.kill_now();
        while (child.receive(begun)) {
        }
        ASSERT_EQ(child.wait(), -1);
        std::string why;
        const auto snapshot = Snapshot::open(file_, kHashSnapshot, why);
        ASSERT_TRUE(snapshot.has_value()) << why;
        ASSERT_GE(snapshot->tag().sequence, whole);
        ASSERT_LE(snapshot->tag().sequence, begun);
        last = snapshot->tag().sequence;
        const auto index = read();
        ASSERT_NE(index, nullptr);
        ASSERT_EQ(index->size(), filled.index().size());
    }
}

TEST(Checksum, ChangesWithEveryBitAndWithTheLength) {
    std::mt19937_64 random(4);
    for (const std::size_t bytes : {1U, 7U, 8U, 63U, 64U, 65U, 200U}) {
        std::vector<std::byte> data(bytes);
        for (std::byte& byte : data) {
            byte = static_cast<std::byte>(random());
        }
        const std::uint64_t sum = checksum(data);
        for (std::size_t bit = 0; bit < bytes * 8; ++bit) {
            data[bit / 8] ^= std::byte{1} << (bit % 8);
            EXPECT_NE(checksum(data), sum) << bytes << " bytes, bit " << bit;
            data[bit / 8] ^= std::byte{1} << (bit % 8);
        }
        data.push_back(std::byte{0});
        EXPECT_NE(checksum(data), sum);
    }
}

}  // namespace
}  // namespace refrain::index
