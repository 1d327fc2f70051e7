#include "index/local_snapshot.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "index/live_local_index.h"
#include "index/local_signatures.h"
#include "index/local_words.h"
#include "index/snapshot_format.h"
#include "support/child_process.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain::index {
namespace {

using refrain::test::ChildProcess;
using refrain::test::random_hash;
using refrain::test::TempFolder;
using refrain::test::with_flipped_bits;

SnapshotTag tag_of(std::uint64_t sequence) { return {sequence, 77, 1}; }

LocalIndexOptions small_options() {
    LocalIndexOptions options;
    options.segment_codes = kMaxLocalPoints;
    options.threads = 2;
    return options;
}

/// Several segments, removed pictures in them, and a picture without codes.
class Filled {
  public:
    explicit Filled(std::size_t pictures, std::uint64_t seed = 1) : index_(small_options()) {
        std::mt19937_64 random(seed);
        for (std::size_t i = 0; i < pictures; ++i) {
            LocalPicture picture{static_cast<PictureKey>(i), {}};
            for (std::size_t p = random() % 200; p-- > 0;) {
                picture.codes.push_back(
                    with_flipped_bits(local_word(random() % kLocalWords), 40, random));
            }
            EXPECT_TRUE(index_.add(picture.picture, picture.codes).ok());
            for (const Hash256& code : picture.codes) {
                queries_.push_back(with_flipped_bits(code, 20, random));
            }
        }
        for (std::size_t i = 0; i < pictures; i += 5) {
            const auto key = static_cast<PictureKey>(i);
            EXPECT_TRUE(index_.remove_between(key, key).ok());
        }
    }
    [[nodiscard]] const LiveLocalIndex& index() const { return index_; }
    [[nodiscard]] LiveLocalIndex& index() { return index_; }
    [[nodiscard]] const std::vector<Hash256>& queries() const { return queries_; }

  private:
    LiveLocalIndex index_;
    std::vector<Hash256> queries_;
};

class LocalSnapshotFile : public testing::Test {
  protected:
    void write(const LiveLocalIndex& index, std::uint64_t sequence) {
        const auto written =
            write_local_snapshot(file_, tag_of(sequence), index.state()->parts, {});
        ASSERT_TRUE(written.ok()) << written.error().message;
        ASSERT_EQ(*written, SnapshotWritten::kYes);
    }
    /// Null: not accepted.
    [[nodiscard]] std::unique_ptr<LiveLocalIndex> read() const {
        std::string why;
        const auto snapshot = Snapshot::open(file_, kLocalSnapshot, why);
        if (!snapshot) {
            EXPECT_NE(why, "");
            return nullptr;
        }
        if (const auto whole = snapshot->load(2, {}); !whole) {
            EXPECT_EQ(whole.error().code, ErrorCode::kCorpusDamaged);
            return nullptr;
        }
        auto parts = load_local_parts(*snapshot, 0);
        if (!parts) {
            EXPECT_EQ(parts.error().code, ErrorCode::kCorpusDamaged);
            return nullptr;
        }
        auto index = std::make_unique<LiveLocalIndex>(small_options());
        index->adopt(std::move(parts).value());
        return index;
    }
    [[nodiscard]] std::string content() const {
        std::ifstream in(file_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void put_content(const std::string& bytes) const {
        std::ofstream(file_, std::ios::binary) << bytes;
    }
    static void expect_twins(const LiveLocalIndex& one,
                             const LiveLocalIndex& other,
                             const std::vector<Hash256>& queries) {
        EXPECT_EQ(one.codes(), other.codes());
        EXPECT_EQ(one.pictures(), other.pictures());
        for (const int lists : {8, static_cast<int>(kLocalWords)}) {
            LocalSearchOptions options;
            options.lists = lists;
            const LocalAnswer first = one.search(queries, options).value();
            const LocalAnswer second = other.search(queries, options).value();
            EXPECT_FALSE(first.hits.empty());
            EXPECT_TRUE(first.hits == second.hits && first.found == second.found);
        }
    }

    TempFolder folder_;
    std::filesystem::path file_ = folder_.path() / "local.snapshot";
};

TEST_F(LocalSnapshotFile, HoldsWhatTheIndexHeld) {
    const Filled filled(150);
    ASSERT_GT(filled.index().shape().segments, 2U);
    ASSERT_GT(filled.index().shape().tombstones, 0U);
    write(filled.index(), 42);
    std::string why;
    EXPECT_EQ(Snapshot::open(file_, kLocalSnapshot, why)->tag(), tag_of(42));
    const auto index = read();
    ASSERT_NE(index, nullptr);
    expect_twins(*index, filled.index(), filled.queries());
}

TEST_F(LocalSnapshotFile, IsChangedFurtherLikeAnyIndex) {
    Filled filled(100);
    write(filled.index(), 1);
    const auto index = read();
    ASSERT_NE(index, nullptr);
    for (PictureKey key = 200; key < 260; ++key) {
        // Merges with mapped segments, too.
        const auto codes = std::span(filled.queries()).subspan(static_cast<std::size_t>(key), 150);
        ASSERT_TRUE(index->add(key, codes).ok());
        ASSERT_TRUE(filled.index().add(key, codes).ok());
    }
    EXPECT_EQ(*index->remove_between(10, 60), *filled.index().remove_between(10, 60));
    expect_twins(*index, filled.index(), filled.queries());
    write(*index, 2);
    expect_twins(*read(), filled.index(), filled.queries());
}

TEST_F(LocalSnapshotFile, MayBeEmpty) {
    write(LiveLocalIndex(small_options()), 1);
    const auto index = read();
    ASSERT_NE(index, nullptr);
    EXPECT_EQ(index->codes(), 0U);
}

TEST_F(LocalSnapshotFile, IsNotBelievedWhenCutTornOrOfAnotherKind) {
    write(Filled(60).index(), 1);
    const std::string whole = content();
    std::mt19937_64 random(1);
    for (int i = 0; i < 60; ++i) {
        const std::size_t bytes =
            i < 5 ? whole.size() - 1 - static_cast<std::size_t>(i) : random() % whole.size();
        put_content(whole.substr(0, bytes));
        ASSERT_EQ(read(), nullptr) << bytes;
    }
    for (std::size_t at = 0; at < whole.size(); at += 4096) {
        std::string torn = whole;
        const std::size_t bytes = std::min<std::size_t>(4096, whole.size() - at);
        torn.replace(at, bytes, bytes, '\0');
        put_content(torn);
        ASSERT_EQ(read(), nullptr) << at;
    }
    for (int i = 0; i < 300; ++i) {
        std::string turned = whole;
        const std::size_t at =
            i % 3 == 0 ? random() % sizeof(SnapshotTag) : 4096 + random() % (whole.size() - 4096);
        turned[at] = static_cast<char>(turned[at] ^ 1 << random() % 8);
        put_content(turned);
        ASSERT_EQ(read(), nullptr) << at;
    }
    put_content(whole);
    EXPECT_NE(read(), nullptr);
    std::string why;
    SnapshotFormat other = kLocalSnapshot;
    ++other.magic;
    EXPECT_FALSE(Snapshot::open(file_, other, why).has_value());
}

TEST_F(LocalSnapshotFile, StaysWhenANewOneCannotBeWritten) {
    write(Filled(30).index(), 1);
    ChildProcess child([&](int) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{20'000, 20'000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const auto written =
            write_local_snapshot(file_, tag_of(2), Filled(300).index().state()->parts, {});
        return !written.ok() && written.error().code == ErrorCode::kDiskFull ? 0 : 1;
    });
    EXPECT_EQ(child.wait(), 0);
    std::string why;
    EXPECT_EQ(Snapshot::open(file_, kLocalSnapshot, why)->tag().sequence, 1U);
    EXPECT_NE(read(), nullptr);
    EXPECT_FALSE(std::filesystem::exists(file_.native() + ".new"));
}

/// What no writer of ours makes, and what no search or merge could bear.
TEST(LocalSegmentArrays, AreRefusedUnlessTheyFitEachOther) {
    std::mt19937_64 random(5);
    const std::vector<Hash256> codes{random_hash(random), random_hash(random), random_hash(random)};
    const LocalSegment segment({{3, std::span(codes).first(2)}, {9, std::span(codes).last(1)}},
                               local_kernels());
    const LocalSegment::Arrays good = segment.arrays();
    ASSERT_NE(LocalSegment::adopt(good, nullptr), nullptr);
    const auto is_refused = [&](const auto& spoil) {
        std::vector<std::uint32_t> sources(good.sources.begin(), good.sources.end());
        std::vector<LocalSegment::List> lists(good.lists.begin(), good.lists.end());
        std::vector<PictureKey> keys(good.keys.begin(), good.keys.end());
        std::vector<std::uint32_t> codes_of(good.codes_of.begin(), good.codes_of.end());
        spoil(sources, lists, keys, codes_of);
        return LocalSegment::adopt(
                   {good.blocks, good.signatures, sources, lists, keys, codes_of, {}}, nullptr) ==
               nullptr;
    };
    LocalSegment::Arrays too_few = good;
    too_few.signatures = good.signatures.first(2);
    EXPECT_EQ(LocalSegment::adopt(too_few, nullptr), nullptr);
    EXPECT_FALSE(is_refused([](auto&...) {}));
    EXPECT_TRUE(is_refused([](auto& sources, auto&...) { sources.pop_back(); }));
    EXPECT_TRUE(is_refused([](auto&, auto& lists, auto&...) { lists.back().begin = 4; }));
    EXPECT_TRUE(is_refused([](auto&, auto& lists, auto&...) { lists.back().word = 7000; }));
    EXPECT_TRUE(is_refused([](auto&, auto& lists, auto&...) { lists.front().begin = 1; }));
    EXPECT_TRUE(is_refused([](auto&, auto& lists, auto&...) { lists.clear(); }));
    EXPECT_TRUE(is_refused([](auto&, auto&, auto& keys, auto&) { std::swap(keys[0], keys[1]); }));
    EXPECT_TRUE(is_refused([](auto&, auto&, auto& keys, auto&) { keys[0] = -1; }));
    EXPECT_TRUE(is_refused([](auto&, auto&, auto& keys, auto&) { keys.push_back(10); }));
    EXPECT_TRUE(is_refused([](auto&, auto&, auto&, auto& codes_of) { --codes_of[0]; }));
    EXPECT_TRUE(is_refused([](auto&, auto&, auto&, auto& codes_of) { codes_of[0] = 5000; }));
}

TEST(LocalSegmentArrays, AreRefusedUnlessCellsLieInTheirLists) {
    std::mt19937_64 random(5);
    const std::vector<Hash256> codes(3, random_hash(random));
    const LocalSegment segment({{3, codes}}, local_kernels());
    LocalSegment::Arrays arrays = segment.arrays();
    const auto is_taken = [&](const std::vector<std::uint32_t>& cells) {
        arrays.cells = cells;
        return LocalSegment::adopt(arrays, nullptr) != nullptr;
    };
    std::vector<std::uint32_t> cells(kCells, 3);
    cells[0] = 0;
    EXPECT_TRUE(is_taken(cells));
    EXPECT_FALSE(is_taken(std::vector<std::uint32_t>(kCells - 1)));
    EXPECT_FALSE(is_taken(std::vector<std::uint32_t>(kCells, 1)));
    cells.back() = 4;
    EXPECT_FALSE(is_taken(cells));
    cells.back() = 2;
    EXPECT_FALSE(is_taken(cells));
}

// What an array says that nobody has read yet shows when it is read.
TEST(LocalSegmentArrays, AreAnErrorWhereTheyNamePicturesThatAreNotThere) {
    std::mt19937_64 random(5);
    const std::vector<Hash256> codes{random_hash(random), random_hash(random), random_hash(random)};
    const LocalSegment segment({{3, std::span(codes).first(2)}, {9, std::span(codes).last(1)}},
                               local_kernels());
    LocalSegment::Arrays arrays = segment.arrays();
    std::vector<std::uint32_t> sources(arrays.sources.begin(), arrays.sources.end());
    sources[1] = 2U << 12U;
    arrays.sources = sources;
    LiveLocalIndex index(small_options());
    index.adopt({{LocalSegment::adopt(arrays, nullptr), nullptr, 0}});
    for (const bool is_by_signature : {false, true}) {
        LocalSearchOptions options;
        options.lists = static_cast<int>(kLocalWords);
        options.max_distance = 256;
        if (is_by_signature) {
            options.first_by_signature = SignatureStage{};
        }
        const Result<LocalAnswer> answer = index.search(codes, options);
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(answer.error().code, ErrorCode::kCorpusDamaged);
    }
    const Result<std::size_t> removed = index.remove_between(3, 3);  // most of it: it is made anew
    ASSERT_FALSE(removed.ok());
    EXPECT_EQ(removed.error().code, ErrorCode::kCorpusDamaged);
    EXPECT_EQ(index.codes(), 3U);
}

TEST(LocalSegmentArrays, AreAnErrorWhereCountsOfPicturesAreOthers) {
    std::mt19937_64 random(5);
    const std::vector<Hash256> codes{random_hash(random), random_hash(random), random_hash(random)};
    const LocalSegment segment({{3, std::span(codes).first(2)}, {9, std::span(codes).last(1)}},
                               local_kernels());
    LocalSegment::Arrays arrays = segment.arrays();
    const std::vector<std::uint32_t> codes_of{1, 2};
    arrays.codes_of = codes_of;
    const LocalPart part{LocalSegment::adopt(arrays, nullptr), nullptr, 0};
    for (const PictureKey gone : {3, 9}) {
        LocalPart rest = part;
        const KeyRange range{gone, gone};
        remove_from_part(rest, std::span(&range, 1));
        EXPECT_THROW(static_cast<void>(merged_segments(std::span(&rest, 1))), DamagedSnapshot);
        const TempFolder folder;
        const auto written =
            write_local_snapshot(folder / "local.snapshot", tag_of(1), std::span(&rest, 1), {});
        ASSERT_FALSE(written.ok());
        EXPECT_EQ(written.error().code, ErrorCode::kCorpusDamaged);
        EXPECT_FALSE(std::filesystem::exists(folder / "local.snapshot"));
    }
}

// Whatever page is damaged: an index that opened says so, or answers as if it were not; it never
// finds less.
TEST_F(LocalSnapshotFile, IsNeverAnsweredFromADamagedPage) {
    const Filled filled(60);
    write(filled.index(), 1);
    const std::string whole = content();
    const std::span<const Hash256> queries = std::span(filled.queries()).first(60);
    std::vector<LocalSearchOptions> asked(2);
    asked[0].lists = asked[1].lists = static_cast<int>(kLocalWords);
    asked[1].first_by_signature = SignatureStage{};
    std::vector<LocalAnswer> expected;
    for (const LocalSearchOptions& options : asked) {
        expected.push_back(filled.index().search(queries, options).value());
    }
    std::size_t late = 0;
    for (std::size_t at = 4096 + 1000; at < whole.size(); at += 4096) {
        std::string turned = whole;
        turned[at] = static_cast<char>(turned[at] ^ 16);
        put_content(turned);
        std::string why;
        const auto snapshot = Snapshot::open(file_, kLocalSnapshot, why);
        // Every second page with codes that are read, the others with mapped ones.
        auto parts = snapshot ? load_local_parts(*snapshot, at / 4096 % 2 == 0 ? 0 : kCodesReadFrom)
                              : Result<std::vector<LocalPart>>(damaged_snapshot("tables"));
        if (!parts) {
            continue;
        }
        LiveLocalIndex index(small_options());
        index.adopt(std::move(parts).value());
        for (std::size_t i = 0; i < asked.size(); ++i) {
            const Result<LocalAnswer> answer = index.search(queries, asked[i]);
            if (answer) {
                EXPECT_TRUE(answer->hits == expected[i].hits) << at;
            } else {
                EXPECT_EQ(answer.error().code, ErrorCode::kCorpusDamaged);
                ++late;
            }
        }
        const auto again = folder_.path() / "again.snapshot";
        const auto written = write_local_snapshot(again, tag_of(2), index.state()->parts, {});
        ASSERT_FALSE(written.ok()) << at;
        EXPECT_EQ(written.error().code, ErrorCode::kCorpusDamaged);
    }
    EXPECT_GT(late, 40U);
}

TEST_F(LocalSnapshotFile, OfAVersionBeforeIsNothingToRead) {
    write(Filled(10).index(), 1);
    std::string why;
    SnapshotFormat before = kLocalSnapshot;
    --before.version;
    EXPECT_FALSE(Snapshot::open(file_, before, why).has_value());
    EXPECT_EQ(why, "of another version, or no snapshot");
}

// Segments of a few pictures each, and one with all of them: the same answers, and the same file.
TEST_F(LocalSnapshotFile, HoldsFewLargeSegments) {
    const Filled filled(150);
    std::vector<LocalPart> made;
    ASSERT_TRUE(write_local_snapshot(file_, tag_of(1), filled.index().state()->parts, {},
                                     {LocalSegment::kMaxCodes, 1}, &made)
                    .ok());
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].segment->code_count(), filled.index().codes());
    const LocalSegment& segment = *made[0].segment;
    for (std::size_t list = 0; list + 1 < segment.lists().size(); ++list) {
        const auto cells = segment.cells(list);
        const std::uint32_t end = segment.lists()[list + 1].begin;
        const std::uint64_t bits = cell_bits(segment.lists()[list].word);
        for (std::uint32_t at = segment.lists()[list].begin; at < end; ++at) {
            const Hash256 own{{segment.signatures(at, at + 1)[0], 0, 0, 0}};
            const std::uint64_t cell = plain_signature(own, {{bits, 0, 0, 0}});
            EXPECT_LE(cells[cell], at);
            EXPECT_LT(at, cell + 1 < kCells ? cells[cell + 1] : end);
        }
    }
}

// A snapshot is written while pictures come and go: what was merged meanwhile stays as it is.
TEST_F(LocalSnapshotFile, TakesThePlaceOfWhatItWasMadeOf) {
    Filled filled(150);
    const Filled twin(150);
    const auto state = filled.index().state();
    const SealedOptions options{2 * kMaxLocalPoints, 1};
    std::vector<LocalPart> made;
    ASSERT_TRUE(write_local_snapshot(file_, tag_of(1), state->parts, {}, options, &made).ok());
    ASSERT_GT(made.size(), 1U);
    LiveLocalIndex& index = filled.index();
    ASSERT_TRUE(index.remove_between(1, 3).ok());
    ASSERT_TRUE(index.add(500, std::span(filled.queries()).first(300)).ok());
    const auto groups = sealed_groups(state->parts, options.segment_codes);
    std::size_t replaced = 0;
    for (std::size_t i = 0; i < made.size(); ++i) {
        replaced += *index.replace(groups[i], made[i].segment) ? 1U : 0U;
        EXPECT_FALSE(*index.replace(groups[i], made[i].segment));
    }
    EXPECT_GT(replaced, 0U);
    LiveLocalIndex expected(small_options());
    expected.adopt(twin.index().state()->parts);
    ASSERT_TRUE(expected.remove_between(1, 3).ok());
    ASSERT_TRUE(expected.add(500, std::span(filled.queries()).first(300)).ok());
    expect_twins(index, expected, filled.queries());
}

TEST_F(LocalSnapshotFile, BearsAMillionEqualCodesSpreadOverItems) {
    constexpr std::size_t kOfEach = 2000;
    const std::vector<Hash256> equal(kOfEach, local_word(7));
    LiveLocalIndex index(local_options(2));
    std::vector<LocalPicture> pictures;
    for (PictureKey key = 0; key < 500; ++key) {
        pictures.push_back({key, equal});
    }
    ASSERT_TRUE(index.add_bulk(pictures).ok());
    ASSERT_TRUE(write_local_snapshot(file_, tag_of(1), index.state()->parts, {},
                                     {LocalSegment::kMaxCodes, 1})
                    .ok());
    const auto reopened = read();
    ASSERT_NE(reopened, nullptr);
    EXPECT_EQ(reopened->codes(), 1'000'000U);
    LocalSearchOptions options;
    options.first_by_signature = {19, 32, 2, 0, 2};
    options.lists = 1;
    const LocalAnswer by_signature = reopened->search(std::span(equal).first(3), options).value();
    ASSERT_EQ(by_signature.hits.size(), 96U);
    options.first_by_signature.reset();
    const LocalAnswer all = reopened->search(std::span(equal).first(3), options).value();
    EXPECT_EQ(all.found, std::vector<std::uint32_t>(3, 1'000'000));
    for (std::size_t i = 0; i < by_signature.hits.size(); ++i) {
        EXPECT_EQ(by_signature.hits[i].picture, 0);
        EXPECT_EQ(by_signature.hits[i].point, i % 32);
    }
}

}  // namespace
}  // namespace refrain::index
