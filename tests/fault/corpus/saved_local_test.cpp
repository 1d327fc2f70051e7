// The snapshot of the local codes of a corpus: used when it is good, passed over when it is not,
// and never a reason for another answer.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "evidence/frames/frames_channel.h"
#include "evidence/local/local_channel.h"
#include "support/child_process.h"
#include "support/log_lines.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

namespace fs = std::filesystem;
using test::ChildProcess;
using test::LogLines;
using test::TempFolder;
using Seeds = std::vector<std::uint64_t>;

constexpr std::uint64_t kPictures = 60;
constexpr int kPoints = 150;

Fingerprint made_up(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Fingerprint picture;
    picture.media.kind = MediaKind::kImage;
    picture.media.width = 512;
    picture.media.height = 384;
    for (std::uint8_t& byte : picture.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    picture.frames.push_back({MediaTime{}, test::random_hash(random), 90, true});
    picture.decode.decoded_frames = 1;
    LocalFrame frame;
    frame.width = 512;
    frame.height = 384;
    for (int i = 0; i < kPoints; ++i) {
        LocalPoint point;
        point.x = static_cast<std::uint16_t>(random() % (512 * LocalPoint::kPositionUnits));
        point.y = static_cast<std::uint16_t>(random() % (384 * LocalPoint::kPositionUnits));
        point.scale = static_cast<std::uint8_t>(random() % 64);
        point.angle = static_cast<std::uint8_t>(random());
        point.code = test::random_hash(random);
        frame.points.push_back(point);
    }
    picture.local.push_back(std::move(frame));
    return picture;
}

/// Another picture as a whole, with the same points.
Fingerprint copy_of(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Fingerprint copy = made_up(seed + 1'000'000);
    copy.local = made_up(seed).local;
    for (LocalPoint& point : copy.local[0].points) {
        point.code = test::with_flipped_bits(point.code, 12, random);
    }
    return copy;
}

NewItem item_of(std::uint64_t seed) {
    NewItem item;
    item.fingerprint = made_up(seed);
    item.name = std::to_string(seed);
    item.id = "id" + std::to_string(seed);
    return item;
}

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void put_content(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

void add(Corpus& corpus, std::uint64_t first, std::uint64_t pictures) {
    std::vector<NewItem> items;
    for (std::uint64_t seed = first; seed < first + pictures; ++seed) {
        items.push_back(item_of(seed));
    }
    ASSERT_TRUE(corpus.add(items).ok());
}

void remove(const fs::path& folder, std::uint64_t seed) {
    auto corpus = Corpus::open(folder, CorpusMode::kReadWrite);
    const std::string id = "id" + std::to_string(seed);
    ASSERT_EQ(corpus->remove(std::span(&id, 1))->front(), true);
}

/// What copies of these pictures find, in words.
std::string answers(const Corpus& corpus, const Seeds& seeds) {
    std::string text;
    for (const std::uint64_t seed : seeds) {
        const auto answer = corpus.find(copy_of(seed));
        if (!answer) {
            return answer.error().message;
        }
        for (const Match& match : answer->matches) {
            text += match.name + ' ' + std::to_string(match.score) + ' ';
        }
        text += ';';
    }
    return text;
}

std::string answers(const fs::path& folder, const Seeds& seeds, LogSink* log = nullptr) {
    CorpusOptions options;
    options.log = log;
    const auto corpus = Corpus::open(folder, CorpusMode::kReadOnly, options);
    return answers(*corpus, seeds);
}

std::size_t count(const std::string& text, char letter) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), letter));
}

class SavedLocal : public testing::Test {
  protected:
    void fill(const fs::path& folder, std::uint64_t first = 1) {
        auto corpus = Corpus::open(folder, CorpusMode::kCreate);
        ASSERT_TRUE(corpus.ok());
        ASSERT_NO_FATAL_FAILURE(add(*corpus, first, kPictures));
        ASSERT_TRUE(corpus->finish_adding().ok());
    }
    void SetUp() override {
        ASSERT_NO_FATAL_FAILURE(fill(corpus_));
        ASSERT_TRUE(fs::exists(local_));
    }

    /// Answers without any snapshot, into a copy.
    [[nodiscard]] std::string from_records(const Seeds& seeds) const {
        const fs::path plain = folder_ / "plain";
        fs::remove_all(plain);
        fs::create_directory(plain);
        fs::copy(corpus_ / "refrain.db", plain / "refrain.db");
        LogLines log;
        std::string found = answers(plain, seeds, &log);
        EXPECT_TRUE(log.has("opened local source=records"));
        return found;
    }

    TempFolder folder_;
    fs::path corpus_ = folder_ / "corpus";
    fs::path local_ = corpus_ / evidence::LocalChannel::kSnapshotName;
    fs::path frames_ = corpus_ / evidence::FramesChannel::kSnapshotName;
};

TEST_F(SavedLocal, GivesTheAnswersOfTheRecords) {
    const Seeds seeds{1, 7, 60, 61};
    LogLines log;
    const std::string found = answers(corpus_, seeds, &log);
    EXPECT_TRUE(log.has("opened local source=snapshot"));
    EXPECT_EQ(found, from_records(seeds));
    EXPECT_EQ(count(found, ' '), 6U) << found;
}

TEST_F(SavedLocal, LeavesARecordUnreadUntilItIsHit) {
    const auto bytes = *encode_fingerprint(made_up(10));
    const std::string record(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::string database = content(corpus_ / "refrain.db");
    const std::size_t at = database.find(record.substr(record.size() / 2, 40));
    ASSERT_NE(at, std::string::npos);
    database[at + 20] = static_cast<char>(database[at + 20] ^ 4);
    put_content(corpus_ / "refrain.db", database);

    EXPECT_EQ(count(answers(corpus_, {1, 60}), ' '), 4U);
    const auto corpus = Corpus::open(corpus_, CorpusMode::kReadOnly);
    const auto hit = corpus->find(copy_of(10));
    ASSERT_TRUE(hit.ok());
    EXPECT_EQ(hit->damaged_items, 1U);
}

TEST_F(SavedLocal, IsMadeAnewWhenMissingTornOrForeign) {
    ASSERT_NO_FATAL_FAILURE(fill(folder_ / "other", 101));
    const std::string good = content(local_);
    std::string flipped = good;
    flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
    std::string of_another_version = good;
    of_another_version[8] = static_cast<char>(of_another_version[8] + 1);
    const std::vector<std::string> bad = {
        "",
        "no snapshot",
        good.substr(0, good.size() / 2),
        good + "x",
        flipped,
        of_another_version,
        std::string(good.size(), '\0'),
        content(frames_),
        content(folder_ / "other" / evidence::LocalChannel::kSnapshotName)};
    const Seeds seeds{1, 60, 101};
    const std::string expected = from_records(seeds);
    for (const std::string& bytes : bad) {
        put_content(local_, bytes);
        LogLines log;
        EXPECT_EQ(answers(corpus_, seeds, &log), expected);
        EXPECT_TRUE(log.has("opened local source=records"));
        EXPECT_EQ(content(local_), good) << "it was not written anew";
    }
    fs::remove(local_);
    EXPECT_EQ(answers(corpus_, seeds), expected);
    EXPECT_EQ(content(local_), good);
}

// A page that nobody reads at the opening: the first look-up that needs it fills the index from the
// records, and answers.
TEST_F(SavedLocal, IsMadeAnewWhereAPageProvesDamagedLater) {
    const Seeds seeds{1, 7, 60, 61};
    const std::string expected = from_records(seeds);
    std::string flipped = content(local_);
    const std::size_t sources = 4096 + 8 * kPictures * kPoints + 100;
    flipped[sources] = static_cast<char>(flipped[sources] ^ 1);
    put_content(local_, flipped);
    LogLines log;
    EXPECT_EQ(answers(corpus_, seeds, &log), expected);
    EXPECT_TRUE(log.has("opened local source=snapshot"));
    EXPECT_TRUE(log.has("the snapshot of local is damaged: made anew"));
    EXPECT_TRUE(log.has("opened local source=records"));
}

// Several at once meet the damage: none of them answers from an index that is being filled.
TEST_F(SavedLocal, IsMadeAnewWhileOthersLookUp) {
    const std::string expected = from_records({1, 7});
    std::string flipped = content(local_);
    const std::size_t sources = 4096 + 8 * kPictures * kPoints + 100;
    flipped[sources] = static_cast<char>(flipped[sources] ^ 1);
    put_content(local_, flipped);
    const auto corpus = Corpus::open(corpus_, CorpusMode::kReadOnly);
    ASSERT_TRUE(corpus.ok());
    std::vector<std::string> found(4);
    {
        std::vector<std::jthread> threads;
        for (std::string& own : found) {
            threads.emplace_back([&] { own = answers(*corpus, {1, 7}); });
        }
    }
    for (const std::string& own : found) {
        EXPECT_EQ(own, expected);
    }
}

TEST_F(SavedLocal, TakesOverWhatChangedSince) {
    {
        auto corpus = Corpus::open(corpus_, CorpusMode::kReadWrite);
        ASSERT_NO_FATAL_FAILURE(add(*corpus, 50, 3));
    }
    ASSERT_NO_FATAL_FAILURE(remove(corpus_, 7));
    ASSERT_NO_FATAL_FAILURE(remove(corpus_, 51));
    const Seeds seeds{1, 7, 50, 51, 52};
    LogLines log;
    const std::string found = answers(corpus_, seeds, &log);
    EXPECT_TRUE(log.has("opened local source=snapshot"));
    EXPECT_EQ(found, from_records(seeds));
    EXPECT_EQ(count(found, ' '), 6U) << found;
}

/// The two are written by themselves, so that either may lag behind the other.
TEST_F(SavedLocal, MayBeOlderOrNewerThanTheSnapshotOfTheFrames) {
    const std::string old_local = content(local_);
    const std::string old_frames = content(frames_);
    ASSERT_NO_FATAL_FAILURE(fill(corpus_, 101));
    ASSERT_NO_FATAL_FAILURE(remove(corpus_, 3));
    ASSERT_NO_FATAL_FAILURE(remove(corpus_, 103));
    const std::string new_local = content(local_);
    const std::string new_frames = content(frames_);
    ASSERT_NE(new_local, old_local);
    ASSERT_NE(new_frames, old_frames);
    const Seeds seeds{1, 3, 101, 103, 140};
    const std::string expected = from_records(seeds);
    for (const auto& [frames, local] :
         {std::pair{old_frames, new_local}, {new_frames, old_local}, {old_frames, old_local}}) {
        put_content(frames_, frames);
        put_content(local_, local);
        LogLines log;
        EXPECT_EQ(answers(corpus_, seeds, &log), expected);
        EXPECT_TRUE(log.has("opened frames source=snapshot"));
        EXPECT_TRUE(log.has("opened local source=snapshot"));
    }
}

TEST_F(SavedLocal, IsFollowedBesideLookUpsThatNeedTheFramesAlone) {
    CorpusOptions options;
    LogLines log;
    options.log = &log;
    const auto reader = Corpus::open(corpus_, CorpusMode::kReadOnly, options);
    Fingerprint whole = made_up(3);
    whole.local.clear();
    EXPECT_EQ(reader->find(whole)->matches.size(), 1U);
    EXPECT_FALSE(log.has("opened local source="));
    {
        auto corpus = Corpus::open(corpus_, CorpusMode::kReadWrite);
        ASSERT_NO_FATAL_FAILURE(add(*corpus, 60, 1));
    }
    ASSERT_NO_FATAL_FAILURE(remove(corpus_, 3));
    EXPECT_EQ(reader->find(whole)->matches.size(), 0U);
    EXPECT_EQ(count(answers(*reader, {1, 3, 60}), ' '), 4U);
    EXPECT_TRUE(log.has("opened local source=snapshot"));
    ASSERT_NO_FATAL_FAILURE(remove(corpus_, 60));
    EXPECT_EQ(count(answers(*reader, {1, 3, 60}), ' '), 2U);
}

TEST_F(SavedLocal, IsNotWrittenForLittleAdding) {
    const std::string before = content(local_);
    auto corpus = Corpus::open(corpus_, CorpusMode::kReadWrite);
    ASSERT_NO_FATAL_FAILURE(add(*corpus, 50, 1));
    ASSERT_TRUE(corpus->finish_adding().ok());
    corpus = Corpus::open(corpus_, CorpusMode::kReadOnly);
    EXPECT_EQ(content(local_), before);
}

TEST_F(SavedLocal, IsDoneWithoutWhereItCannotBeWritten) {
    const fs::path folder = folder_ / "without";
    fs::create_directories(folder / (std::string(evidence::LocalChannel::kSnapshotName) + ".new"));
    LogLines log;
    {
        CorpusOptions options;
        options.log = &log;
        auto corpus = Corpus::open(folder, CorpusMode::kCreate, options);
        ASSERT_NO_FATAL_FAILURE(add(*corpus, 1, kPictures));
        EXPECT_TRUE(corpus->finish_adding().ok());
    }
    EXPECT_TRUE(log.has("local index snapshot: cannot write"));
    EXPECT_FALSE(fs::exists(folder / evidence::LocalChannel::kSnapshotName));
    EXPECT_EQ(answers(folder, {1, 60, 61}), answers(corpus_, {1, 60, 61}));
}

TEST_F(SavedLocal, CanBeStoppedWhileItIsMadeAndMadeThen) {
    fs::remove(local_);
    fs::remove(frames_);
    const auto corpus = Corpus::open(corpus_, CorpusMode::kReadOnly);
    std::stop_source stop;
    const auto stopped = corpus->prepare(stop.get_token(), [&](std::uint64_t done, std::uint64_t) {
        if (done == kPictures / 2) {
            stop.request_stop();
        }
    });
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
    EXPECT_FALSE(fs::exists(local_));
    EXPECT_EQ(answers(*corpus, {1, 60, 61}), from_records({1, 60, 61}));
}

TEST_F(SavedLocal, IsWholeOrMadeAnewAfterAKill) {
    const Seeds seeds{1, 60, 61};
    const std::string expected = from_records(seeds);
    const std::uint64_t size = fs::file_size(local_);
    std::mt19937 random(1);
    for (int round = 0; round < 12; ++round) {
        fs::remove(local_);
        // In every other round at a byte of the file, in the others at a moment.
        const std::uint64_t limit = round % 2 == 0 ? random() % size : RLIM_INFINITY;
        ChildProcess child([&](int pipe) {
            ChildProcess::die_when_a_file_grows_beyond(limit);
            ChildProcess::send(pipe, 1);
            const auto corpus = Corpus::open(corpus_, CorpusMode::kReadOnly);
            return corpus.ok() && corpus->prepare().ok() ? 0 : 1;
        });
        std::uint64_t begun = 0;
        ASSERT_TRUE(child.receive(begun));
        if (round % 2 != 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
            child.kill_now();
        }
        const int status = child.wait();
        EXPECT_TRUE(round % 2 != 0 || status == -1) << "it wrote the file to its end";
        EXPECT_EQ(answers(corpus_, seeds), expected);
        EXPECT_TRUE(fs::exists(local_));
    }
}

}  // namespace
}  // namespace refrain
