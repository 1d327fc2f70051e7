// The snapshot of the index in a corpus: used when it is good, passed over when it is not, and
// never a reason for another answer.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "evidence/frames/frames_channel.h"
#include "support/child_process.h"
#include "support/log_lines.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

namespace fs = std::filesystem;
using test::ChildProcess;
using Lines = test::LogLines;
using test::TempFolder;

Fingerprint made_up(std::uint64_t seed, int frames) {
    std::mt19937_64 random(seed);
    Fingerprint video;
    video.media.kind = MediaKind::kVideo;
    video.media.width = 640;
    video.media.height = 360;
    video.media.duration = MediaTime::from_seconds(frames);
    for (std::uint8_t& byte : video.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    for (int i = 0; i < frames; ++i) {
        video.frames.push_back({MediaTime::from_seconds(i), test::random_hash(random), 90, i == 0});
    }
    video.decode.decoded_frames = static_cast<std::uint64_t>(frames);
    video.decode.decoded_until = video.media.duration;
    return video;
}

/// An excerpt in another file.
Fingerprint upload_of(std::uint64_t seed, int frames) {
    std::mt19937_64 random(seed);
    const Fingerprint known = made_up(seed, frames);
    Fingerprint upload = made_up(seed + 1'000'000, 12);
    for (std::size_t i = 0; i < 10; ++i) {
        upload.frames[i + 1].hash = test::with_flipped_bits(known.frames[i + 3].hash, 9, random);
    }
    return upload;
}

constexpr int kFrames = 600;
constexpr std::uint64_t kVideos = 20;

class SavedIndexTest : public testing::Test {
  protected:
    /// Makes videos known and lets an opening write the snapshot.
    void fill(const fs::path& corpus, std::uint64_t first = 1, std::uint64_t videos = kVideos) {
        {
            auto opened = Corpus::open(corpus, CorpusMode::kCreate);
            ASSERT_TRUE(opened.ok()) << opened.error().message;
            std::vector<NewItem> items;
            for (std::uint64_t seed = first; seed < first + videos; ++seed) {
                NewItem item;
                item.fingerprint = made_up(seed, kFrames);
                item.name = std::to_string(seed);
                items.push_back(std::move(item));
            }
            ASSERT_TRUE(opened->add(items).ok());
        }
        ASSERT_EQ(answers(corpus, {}), 0U);
        ASSERT_TRUE(fs::exists(snapshot(corpus)));
    }
    [[nodiscard]] static fs::path snapshot(const fs::path& corpus) {
        return corpus / evidence::FramesChannel::kSnapshotName;
    }

    /// Looks uploads of these videos up. @return how many found the one of their name and no other
    std::size_t answers(const fs::path& corpus,
                        const std::vector<std::uint64_t>& seeds,
                        LogSink* log = nullptr) {
        CorpusOptions options;
        options.log = log;
        const auto opened = Corpus::open(corpus, CorpusMode::kReadOnly, options);
        if (!opened || !opened->prepare()) {
            ADD_FAILURE() << "the corpus cannot be opened";
            return 0;
        }
        std::size_t found = 0;
        for (const std::uint64_t seed : seeds) {
            const auto answer = opened->find(upload_of(seed, kFrames));
            EXPECT_TRUE(answer.ok()) << answer.error().message;
            if (answer.ok() && answer->matches.size() == 1 &&
                answer->matches[0].name == std::to_string(seed)) {
                ++found;
            }
        }
        return found;
    }

    static std::string content(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static void put_content(const fs::path& file, const std::string& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
    }

    TempFolder folder_;
    fs::path corpus_ = folder_ / "corpus";
};

TEST_F(SavedIndexTest, IsOpenedInsteadOfTheRecords) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    Lines log;
    EXPECT_EQ(answers(corpus_, {1, 7, 20, 21}, &log), 3U);
    EXPECT_TRUE(log.has("opened frames source=snapshot"));
}

TEST_F(SavedIndexTest, LeavesARecordUnreadUntilItIsHit) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    // One byte of the tenth record, in the middle of its codes.
    const std::string record = [] {
        const auto bytes = *encode_fingerprint(made_up(10, kFrames));
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }();
    std::string database = content(corpus_ / "refrain.db");
    const std::size_t at = database.find(record.substr(record.size() / 2, 40));
    ASSERT_NE(at, std::string::npos);
    database[at + 20] = static_cast<char>(database[at + 20] ^ 4);
    put_content(corpus_ / "refrain.db", database);

    EXPECT_EQ(answers(corpus_, {1, 20}), 2U);
    const auto opened = Corpus::open(corpus_, CorpusMode::kReadOnly);
    const auto hit = opened->find(upload_of(10, kFrames));
    ASSERT_TRUE(hit.ok());
    EXPECT_TRUE(hit->matches.empty());
    EXPECT_EQ(hit->damaged_items, 1U);
    EXPECT_EQ(opened->verify()->damaged, 1U);

    fs::remove(snapshot(corpus_));
    const auto anew = Corpus::open(corpus_, CorpusMode::kReadOnly);
    const auto prepared = anew->prepare();
    ASSERT_TRUE(prepared.ok()) << "the other records can be read";
    EXPECT_EQ(anew->stats()->damaged_items, 1U);
    EXPECT_FALSE(fs::exists(snapshot(corpus_))) << "who opens it would not hear of the damage";
}

TEST_F(SavedIndexTest, IsMadeAnewWhenMissingTornOrForeign) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    ASSERT_NO_FATAL_FAILURE(fill(folder_ / "other", 101));
    const std::string good = content(snapshot(corpus_));
    std::string flipped = good;
    flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
    std::string of_another_version = good;
    of_another_version[8] = static_cast<char>(of_another_version[8] + 1);
    const std::vector<std::string> bad = {"",
                                          "no snapshot",
                                          good.substr(0, good.size() / 2),
                                          flipped,
                                          of_another_version,
                                          std::string(good.size(), '\0'),
                                          content(snapshot(folder_ / "other"))};
    for (const std::string& bytes : bad) {
        put_content(snapshot(corpus_), bytes);
        Lines log;
        EXPECT_EQ(answers(corpus_, {1, 20, 101}, &log), 2U);
        EXPECT_TRUE(log.has("opened frames source=records"));
        EXPECT_EQ(content(snapshot(corpus_)), good) << "it was not written anew";
    }
    fs::remove(snapshot(corpus_));
    EXPECT_EQ(answers(corpus_, {1, 20, 101}), 2U);
    EXPECT_EQ(content(snapshot(corpus_)), good);
}

TEST_F(SavedIndexTest, TakesOverWhatChangedSince) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    {
        auto opened = Corpus::open(corpus_, CorpusMode::kReadWrite);
        NewItem item;
        item.fingerprint = made_up(50, kFrames);
        item.name = "50";
        ASSERT_TRUE(opened->add(std::span(&item, 1)).ok());
        std::string doomed;
        ASSERT_TRUE(opened
                        ->list([&](const ItemSummary& found) {
                            doomed = found.name == "7" ? found.id : doomed;
                            return true;
                        })
                        .ok());
        ASSERT_EQ(opened->remove(std::span(&doomed, 1))->front(), true);
    }
    Lines log;
    EXPECT_EQ(answers(corpus_, {1, 7, 50}, &log), 2U);
    EXPECT_TRUE(log.has("opened frames source=snapshot"));
}

TEST_F(SavedIndexTest, IsNotBelievedOnceTheStoreIsAnother) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    fs::copy(corpus_ / "refrain.db", folder_ / "backup.db");
    ASSERT_NO_FATAL_FAILURE(fill(corpus_, 21));
    const std::string newer = content(snapshot(corpus_));
    // An older copy is put back: its log ends before the snapshot.
    fs::copy(folder_ / "backup.db", corpus_ / "refrain.db", fs::copy_options::overwrite_existing);
    Lines before;
    EXPECT_EQ(answers(corpus_, {1, 20, 21}, &before), 2U);
    EXPECT_TRUE(before.has("opened frames source=records"));
    // Then it grows again, with other items under the same numbers.
    ASSERT_NO_FATAL_FAILURE(fill(corpus_, 41));
    put_content(snapshot(corpus_), newer);
    Lines after;
    EXPECT_EQ(answers(corpus_, {1, 21, 41}, &after), 2U);
    EXPECT_TRUE(after.has("opened frames source=records"));
}

TEST_F(SavedIndexTest, IsDoneWithoutWhereItCannotBeWritten) {
    fs::create_directories(corpus_ /
                           (std::string(evidence::FramesChannel::kSnapshotName) + ".new"));
    auto opened = Corpus::open(corpus_, CorpusMode::kCreate);
    std::vector<NewItem> items(kVideos);
    for (std::uint64_t seed = 1; seed <= kVideos; ++seed) {
        items[seed - 1].fingerprint = made_up(seed, kFrames);
        items[seed - 1].name = std::to_string(seed);
    }
    ASSERT_TRUE(opened->add(items).ok());
    Lines log;
    EXPECT_EQ(answers(corpus_, {1, 20, 21}, &log), 2U);
    EXPECT_TRUE(log.has("cannot write"));
    EXPECT_FALSE(fs::exists(snapshot(corpus_)));
}

TEST_F(SavedIndexTest, IsWholeOrMadeAnewAfterAKill) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    ASSERT_EQ(answers(corpus_, {1, 20, 21}), 2U);
    const std::uint64_t size = fs::file_size(snapshot(corpus_));
    std::mt19937 random(1);
    for (int round = 0; round < 12; ++round) {
        fs::remove(snapshot(corpus_));
        // In every other round at a byte of the file, in the others at a moment.
        const std::uint64_t limit = round % 2 == 0 ? random() % size : RLIM_INFINITY;
        ChildProcess child([&](int pipe) {
            ChildProcess::die_when_a_file_grows_beyond(limit);
            ChildProcess::send(pipe, 1);
            const auto opened = Corpus::open(corpus_, CorpusMode::kReadOnly);
            return opened.ok() && opened->prepare().ok() ? 0 : 1;
        });
        std::uint64_t begun = 0;
        ASSERT_TRUE(child.receive(begun));
        if (round % 2 != 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
            child.kill_now();
        }
        const int status = child.wait();
        EXPECT_TRUE(round % 2 != 0 || status == -1) << "it wrote the file to its end";
        EXPECT_EQ(answers(corpus_, {1, 20, 21}), 2U);
        EXPECT_TRUE(fs::exists(snapshot(corpus_)));
    }
}

TEST_F(SavedIndexTest, LetsReadersFollowAWriterInAnotherProcess) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    ChildProcess writer([&](int pipe) {
        auto opened = Corpus::open(corpus_, CorpusMode::kReadWrite);
        std::string last;
        for (std::uint64_t seed = 200; seed < 230; ++seed) {
            NewItem item;
            item.fingerprint = made_up(seed, 30);
            item.name = std::to_string(seed);
            const auto added = opened->add(std::span(&item, 1));
            if (!added) {
                return 1;
            }
            // The one before goes.
            if (!last.empty() && !opened->remove(std::span(&last, 1))) {
                return 1;
            }
            last = added->front().id;
            ChildProcess::send(pipe, seed);
        }
        return 0;
    });
    const auto reader = Corpus::open(corpus_, CorpusMode::kReadOnly);
    ASSERT_TRUE(reader->prepare().ok());
    // What was reported is found by the very next look-up; it may have gone again meanwhile.
    std::size_t seen = 0;
    for (std::uint64_t seed = 0; writer.receive(seed); ++seen) {
        const auto gone = reader->find(upload_of(seed - 1, 30));
        ASSERT_TRUE(gone.ok());
        EXPECT_TRUE(seed == 200 || gone->matches.empty()) << seed;
    }
    EXPECT_EQ(writer.wait(), 0);
    EXPECT_EQ(seen, 30U);
    const auto last = reader->find(upload_of(229, 30));
    ASSERT_TRUE(last.ok());
    ASSERT_EQ(last->matches.size(), 1U);
    EXPECT_EQ(last->matches[0].name, "229");
    EXPECT_EQ(reader->stats()->searchable_codes, kVideos * kFrames + 30);
}

TEST_F(SavedIndexTest, IsSharedByTwoProcessesThatOpenAndWriteAtOnce) {
    ASSERT_NO_FATAL_FAILURE(fill(corpus_));
    for (int round = 0; round < 3; ++round) {
        fs::remove(snapshot(corpus_));
        ChildProcess other([&](int) {
            const auto opened = Corpus::open(corpus_, CorpusMode::kReadOnly);
            return opened.ok() && opened->prepare().ok() &&
                           opened->find(upload_of(3, kFrames))->matches.size() == 1
                       ? 0
                       : 1;
        });
        EXPECT_EQ(answers(corpus_, {1, 20, 21}), 2U);
        EXPECT_EQ(other.wait(), 0);
        Lines log;
        EXPECT_EQ(answers(corpus_, {1, 20, 21}, &log), 2U);
        EXPECT_TRUE(log.has("opened frames source=snapshot"));
    }
}

}  // namespace
}  // namespace refrain
