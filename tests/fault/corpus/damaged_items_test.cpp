// A corpus with pages and records that are not what they were: the rest answers, and what is left
// out is named.

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "fault/store/store_fault_samples.h"
#include "support/random_hash.h"

namespace refrain {
namespace {

using test::overwrite;
using test::TempFolder;

constexpr int kItems = 60;
constexpr std::uintmax_t kPage = 4096;

std::string id_of(int number) { return "item-" + std::to_string(1000 + number); }

NewItem item_of(int number) {
    std::mt19937_64 random(static_cast<std::uint64_t>(number));
    NewItem item;
    item.id = id_of(number);
    item.name = item.id + ".jpg";
    item.source = "/media/" + item.name;
    item.labels["number"] = std::to_string(number);
    MediaInfo& media = item.fingerprint.media;
    media.width = 64;
    media.height = 64;
    for (std::uint8_t& byte : media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    item.fingerprint.frames.push_back({MediaTime{}, test::random_hash(random), 90, true});
    item.fingerprint.decode.decoded_frames = 1;
    return item;
}

/// A corpus of kItems with small records, several to a page.
void make_whole(const std::filesystem::path& folder) {
    Result<Corpus> corpus = Corpus::open(folder, CorpusMode::kCreate);
    ASSERT_TRUE(corpus.ok());
    std::vector<NewItem> items;
    for (int i = 0; i < kItems; ++i) {
        items.push_back(item_of(i));
    }
    ASSERT_TRUE(corpus->add(items).ok());
}

/// A copy of the item's pictures in a file of other bytes.
Fingerprint query_for(int number) {
    Fingerprint query = item_of(number).fingerprint;
    query.media.digest.sha256[0] = static_cast<std::uint8_t>(query.media.digest.sha256[0] ^ 1);
    return query;
}

std::set<std::string> ids_of(const std::vector<Damage>& damage) {
    std::set<std::string> ids;
    for (const Damage& one : damage) {
        if (!one.id.empty()) {
            ids.insert(one.id);
        }
    }
    return ids;
}

/// Each item is found, or is among those that are said to be damaged.
void expect_found_or_named(const std::filesystem::path& folder, std::uintmax_t page) {
    const Result<Corpus> corpus = Corpus::open(folder, CorpusMode::kReadOnly);
    if (!corpus) {
        EXPECT_EQ(corpus.error().code, ErrorCode::kCorpusDamaged) << page;
        return;
    }
    const Result<CorpusStats> stats = corpus->stats();
    if (!stats) {
        // The log of changes, the list of banks: without it nothing is known of what is there.
        EXPECT_EQ(stats.error().code, ErrorCode::kCorpusDamaged) << page;
        const Result<VerifyReport> report = corpus->verify();
        EXPECT_TRUE(!report.ok() || report->damaged > 0) << page;
        return;
    }
    const std::set<std::string> damaged = ids_of(stats->damaged);
    EXPECT_EQ(damaged.size(), stats->damaged_items) << page;
    for (int i = 0; i < kItems; ++i) {
        const Result<FindAnswer> answer = corpus->find(query_for(i));
        if (!answer) {
            EXPECT_EQ(answer.error().code, ErrorCode::kCorpusDamaged) << page;
            continue;
        }
        const bool is_found = !answer->matches.empty() && answer->matches[0].id == id_of(i);
        EXPECT_NE(is_found, damaged.contains(id_of(i))) << page << ' ' << id_of(i);
        EXPECT_EQ(answer->damaged_items, damaged.size()) << page;
    }
    const Result<VerifyReport> report = corpus->verify();
    ASSERT_TRUE(report.ok()) << page;
    const std::set<std::string> verified = ids_of(report->damage);
    EXPECT_TRUE(std::includes(verified.begin(), verified.end(), damaged.begin(), damaged.end()))
        << page;
}

TEST(DamagedItems, AreNamedWhicheverPageIsOverwritten) {
    const TempFolder folder;
    make_whole(folder / "whole");
    const std::uintmax_t pages = std::filesystem::file_size(folder / "whole/refrain.db") / kPage;
    ASSERT_GT(pages, 10U);
    for (std::uintmax_t page = 0; page < pages; ++page) {
        std::filesystem::copy(folder / "whole", folder / "copy");
        overwrite(folder / "copy/refrain.db", static_cast<std::streamoff>(page * kPage),
                  std::string(kPage, '\xA5'));
        expect_found_or_named(folder / "copy", page);
        std::filesystem::remove_all(folder / "copy");
    }
}

TEST(DamagedItems, AreNamedWhicheverBitsOfARecordAreTurned) {
    const TempFolder folder;
    make_whole(folder / "whole");
    const std::string file = [&] {
        std::ifstream in(folder / "whole/refrain.db", std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    }();
    for (int number = 0; number < kItems; number += 7) {
        // The row's columns stand right before its record.
        const std::size_t at = file.find(id_of(number) + ".jpg");
        ASSERT_NE(at, std::string::npos);
        std::filesystem::copy(folder / "whole", folder / "copy");
        overwrite(folder / "copy/refrain.db", static_cast<std::streamoff>(at + 120), "#");
        const Result<Corpus> corpus = Corpus::open(folder / "copy", CorpusMode::kReadWrite);
        ASSERT_TRUE(corpus.ok());
        const Result<CorpusStats> stats = corpus->stats();
        ASSERT_TRUE(stats.ok()) << stats.error().message;
        EXPECT_EQ(stats->damaged_items, 1U);
        EXPECT_EQ(ids_of(stats->damaged), std::set<std::string>{id_of(number)});
        std::filesystem::remove_all(folder / "copy");
    }
}

TEST(DamagedItems, AreSeenByAReaderThatIsOpenAlready) {
    const TempFolder folder;
    make_whole(folder.path());
    Result<Corpus> writer = Corpus::open(folder.path(), CorpusMode::kReadWrite);
    const Result<Corpus> reader = Corpus::open(folder.path(), CorpusMode::kReadOnly);
    ASSERT_TRUE(writer.ok() && reader.ok());
    ASSERT_TRUE(reader->prepare().ok());
    const NewItem late = item_of(kItems);
    ASSERT_TRUE(writer->add(std::vector{late}).ok());
    test::run_foreign_sql(folder.path(),
                          "DROP TRIGGER medium_only_moves;"
                          "UPDATE medium SET record = zeroblob(record_bytes) WHERE id = '" +
                              late.id + "'");
    const Result<FindAnswer> other = reader->find(query_for(1));
    ASSERT_TRUE(other.ok()) << other.error().message;
    EXPECT_EQ(other->status, FindStatus::kMatch);
    EXPECT_EQ(other->damaged_items, 1U);
    ASSERT_TRUE(writer->remove(std::vector{late.id}).ok());
    EXPECT_EQ(reader->find(query_for(1))->damaged_items, 0U) << "removing heals";
}

}  // namespace
}  // namespace refrain
