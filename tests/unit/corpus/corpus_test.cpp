#include "refrain/corpus.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

/// A medium that was never decoded: `seed` decides its bytes and its pictures.
Fingerprint made_up(std::uint64_t seed, MediaKind kind, int frames, std::uint8_t quality = 90) {
    std::mt19937_64 random(seed);
    Fingerprint fingerprint;
    fingerprint.media.kind = kind;
    fingerprint.media.width = 640;
    fingerprint.media.height = 360;
    fingerprint.media.digest.bytes = 1000 + seed;
    for (std::uint8_t& byte : fingerprint.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    for (int i = 0; i < frames; ++i) {
        fingerprint.frames.push_back(
            {MediaTime::from_seconds(i), test::random_hash(random), quality, i == 0});
    }
    fingerprint.decode.decoded_frames = static_cast<std::uint64_t>(frames);
    if (kind == MediaKind::kVideo) {
        fingerprint.media.duration = MediaTime::from_seconds(frames);
        fingerprint.decode.decoded_until = fingerprint.media.duration;
    }
    return fingerprint;
}

/// The same pictures with a few bits turned, in a file of other bytes.
Fingerprint re_encoded(const Fingerprint& original, int bits, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Fingerprint copy = original;
    copy.media.digest.sha256[0] = static_cast<std::uint8_t>(copy.media.digest.sha256[0] + 1);
    for (FrameHash& frame : copy.frames) {
        frame.hash = test::with_flipped_bits(frame.hash, bits, random);
    }
    return copy;
}

NewItem item_of(const Fingerprint& fingerprint, std::string name, std::string bank = "default") {
    NewItem item;
    item.fingerprint = fingerprint;
    item.name = std::move(name);
    item.bank = std::move(bank);
    return item;
}

class CorpusTest : public testing::Test {
  protected:
    Corpus open(CorpusMode mode = CorpusMode::kCreate) {
        Result<Corpus> corpus = Corpus::open(folder_.path() / "corpus", mode);
        EXPECT_TRUE(corpus.ok()) << corpus.error().message;
        return std::move(corpus).value();
    }

    test::TempFolder folder_;
};

TEST_F(CorpusTest, FindsTheSameBytesAsExact) {
    Corpus corpus = open();
    const Fingerprint clip = made_up(1, MediaKind::kVideo, 8);
    ASSERT_TRUE(corpus.add(std::vector{item_of(clip, "clip.mp4")}).ok());
    const Result<FindAnswer> answer = corpus.find(clip);
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->status, FindStatus::kMatch);
    ASSERT_EQ(answer->matches.size(), 1U);
    EXPECT_EQ(answer->matches[0].evidence, std::vector{Evidence::kExact});
    EXPECT_EQ(answer->matches[0].name, "clip.mp4");
}

TEST_F(CorpusTest, FindsAReencodedExcerptWithItsTimes) {
    Corpus corpus = open();
    const Fingerprint clip = made_up(2, MediaKind::kVideo, 30);
    ASSERT_TRUE(corpus.add(std::vector{item_of(clip, "clip.mp4")}).ok());
    Fingerprint upload = made_up(3, MediaKind::kVideo, 20);
    const Fingerprint copy = re_encoded(clip, 12, 4);
    for (std::size_t i = 0; i < 8; ++i) {
        upload.frames[6 + i].hash = copy.frames[10 + i].hash;
    }
    const Result<FindAnswer> answer = corpus.find(upload);
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->matches.size(), 1U);
    const Match& match = answer->matches[0];
    EXPECT_EQ(match.evidence, std::vector{Evidence::kFrames});
    ASSERT_EQ(match.segments.size(), 1U);
    EXPECT_NEAR(static_cast<double>(match.segments[0].query->begin.ms()), 6000, 500);
    EXPECT_NEAR(static_cast<double>(match.segments[0].query->end.ms()), 14000, 500);
    EXPECT_NEAR(static_cast<double>(match.segments[0].reference->begin.ms()), 10000, 500);
    EXPECT_EQ(match.segments[0].hits, 8);
    EXPECT_NEAR(match.query_coverage, 8.0 / 20, 0.06);
    EXPECT_NEAR(match.reference_coverage, 8.0 / 30, 0.06);
}

TEST_F(CorpusTest, SaysNoMatchForUnrelatedPictures) {
    Corpus corpus = open();
    std::vector<NewItem> items;
    for (std::uint64_t i = 0; i < 50; ++i) {
        items.push_back(item_of(made_up(i, MediaKind::kImage, 1), "known"));
    }
    ASSERT_TRUE(corpus.add(items).ok());
    const Result<FindAnswer> answer = corpus.find(made_up(1000, MediaKind::kImage, 1));
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->status, FindStatus::kNoMatch);
    EXPECT_TRUE(answer->matches.empty());
}

TEST_F(CorpusTest, SaysLowQualityWhereNothingCanBeRecognised) {
    Corpus corpus = open();
    const Fingerprint flat = made_up(5, MediaKind::kVideo, 10, 0);
    ASSERT_TRUE(corpus.add(std::vector{item_of(flat, "flat.mp4")}).ok());
    const Result<FindAnswer> answer = corpus.find(re_encoded(flat, 0, 6));
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->status, FindStatus::kLowQuality);
    EXPECT_TRUE(answer->matches.empty());
}

TEST_F(CorpusTest, SaysPartialRatherThanNoMatchForADamagedQuery) {
    Corpus corpus = open();
    Fingerprint query = made_up(7, MediaKind::kVideo, 10);
    query.decode.is_partial = true;
    query.decode.damage = "cut short";
    EXPECT_EQ(corpus.find(query)->status, FindStatus::kPartial);
}

TEST_F(CorpusTest, FindsMirroredCopiesThroughTheViewsOfTheQuery) {
    Corpus corpus = open();
    const Fingerprint photo = made_up(8, MediaKind::kImage, 1);
    ASSERT_TRUE(corpus.add(std::vector{item_of(photo, "photo.jpg")}).ok());
    Fingerprint mirrored = made_up(9, MediaKind::kImage, 1);
    DihedralHashes views;
    std::mt19937_64 random(10);
    for (Hash256& view : views) {
        view = test::random_hash(random);
    }
    views[0] = mirrored.frames[0].hash;
    views[static_cast<std::size_t>(DihedralView::kFlipY)] = photo.frames[0].hash;
    mirrored.views = {views};
    const Result<FindAnswer> answer = corpus.find(mirrored);
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->matches.size(), 1U);
    ASSERT_TRUE(answer->matches[0].transform.has_value());
    EXPECT_TRUE(answer->matches[0].transform->is_mirrored);
    EXPECT_TRUE(answer->matches[0].segments.empty());
}

TEST_F(CorpusTest, FindsNegativesUprightAndMirrored) {
    Corpus corpus = open();
    const Fingerprint photo = made_up(8, MediaKind::kImage, 1);
    ASSERT_TRUE(corpus.add(std::vector{item_of(photo, "photo.jpg")}).ok());
    const Hash256 negative = complement(photo.frames[0].hash);
    std::mt19937_64 random(10);
    for (const DihedralView shown : {DihedralView::kOriginal, DihedralView::kFlipY}) {
        Fingerprint query = made_up(9, MediaKind::kImage, 1);
        DihedralHashes views;
        for (Hash256& view : views) {
            view = test::random_hash(random);
        }
        views[static_cast<std::size_t>(shown)] = negative;
        query.frames[0].hash = views[0];
        query.views = {views};
        const Result<FindAnswer> answer = corpus.find(query);
        ASSERT_TRUE(answer.ok());
        ASSERT_EQ(answer->matches.size(), 1U);
        ASSERT_TRUE(answer->matches[0].transform.has_value());
        EXPECT_TRUE(answer->matches[0].transform->is_negative);
        EXPECT_EQ(answer->matches[0].transform->is_mirrored, shown == DihedralView::kFlipY);
    }
}

TEST_F(CorpusTest, GivesTheTimeOfTheFrameThatAnImageShows) {
    Corpus corpus = open();
    const Fingerprint clip = made_up(11, MediaKind::kVideo, 30);
    ASSERT_TRUE(corpus.add(std::vector{item_of(clip, "clip.mp4")}).ok());
    Fingerprint shot = made_up(12, MediaKind::kImage, 1);
    shot.frames[0].hash = clip.frames[17].hash;
    const Result<FindAnswer> answer = corpus.find(shot);
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->matches.size(), 1U);
    ASSERT_EQ(answer->matches[0].segments.size(), 1U);
    EXPECT_FALSE(answer->matches[0].segments[0].query.has_value());
    EXPECT_EQ(answer->matches[0].segments[0].reference->begin.ms(), 17000);
}

TEST_F(CorpusTest, KeepsTheSameBytesInABankOnce) {
    Corpus corpus = open();
    const NewItem item = item_of(made_up(13, MediaKind::kImage, 1), "a.jpg");
    const auto first = corpus.add(std::vector{item, item});
    ASSERT_TRUE(first.ok());
    EXPECT_EQ((*first)[0].status, AddStatus::kAdded);
    EXPECT_EQ((*first)[1].status, AddStatus::kExists);
    EXPECT_EQ((*first)[0].id, (*first)[1].id);
    EXPECT_EQ(corpus.stats()->items, 1U);
}

TEST_F(CorpusTest, KeepsTheSameBytesInTwoBanksApart) {
    Corpus corpus = open();
    const Fingerprint photo = made_up(14, MediaKind::kImage, 1);
    const auto added =
        corpus.add(std::vector{item_of(photo, "a.jpg", "one"), item_of(photo, "a.jpg", "two")});
    ASSERT_TRUE(added.ok());
    EXPECT_NE((*added)[0].id, (*added)[1].id);
    FindOptions options;
    options.banks = {"two"};
    const Result<FindAnswer> answer = corpus.find(photo, options);
    ASSERT_EQ(answer->matches.size(), 1U);
    EXPECT_EQ(answer->matches[0].bank, "two");
}

TEST_F(CorpusTest, SeesWhatAnotherHandleAddsAndRemoves) {
    Corpus writer = open();
    const Corpus reader = open(CorpusMode::kReadOnly);
    const Fingerprint photo = made_up(15, MediaKind::kImage, 1);
    EXPECT_TRUE(reader.find(photo)->matches.empty());
    const auto added = writer.add(std::vector{item_of(photo, "a.jpg")});
    ASSERT_TRUE(added.ok());
    EXPECT_EQ(reader.find(photo)->matches.size(), 1U);
    EXPECT_EQ(reader.find(re_encoded(photo, 10, 1))->matches.size(), 1U);
    ASSERT_TRUE(writer.remove(std::vector{(*added)[0].id}).ok());
    EXPECT_TRUE(reader.find(photo)->matches.empty());
    EXPECT_TRUE(reader.find(re_encoded(photo, 10, 1))->matches.empty());
}

TEST_F(CorpusTest, AnswersAlikeWhateverTheOrderOfAdding) {
    std::vector<NewItem> items;
    for (std::uint64_t i = 0; i < 30; ++i) {
        items.push_back(
            item_of(made_up(i % 10 + 100, MediaKind::kVideo, 6), "v" + std::to_string(i)));
        items.back().fingerprint = re_encoded(items.back().fingerprint, 4, i);
        items.back().fingerprint.media.digest.sha256[1] = static_cast<std::uint8_t>(i);
    }
    const Fingerprint query = made_up(105, MediaKind::kVideo, 6);
    std::vector<std::string> answers[2];
    for (int turn = 0; turn < 2; ++turn) {
        Result<Corpus> corpus =
            Corpus::open(folder_.path() / std::to_string(turn), CorpusMode::kCreate);
        ASSERT_TRUE(corpus.ok());
        ASSERT_TRUE(corpus->add(items).ok());
        const Result<FindAnswer> answer = corpus->find(query);
        ASSERT_TRUE(answer.ok());
        for (const Match& match : answer->matches) {
            answers[turn].push_back(match.id + " " + std::to_string(match.score));
        }
        std::reverse(items.begin(), items.end());
    }
    EXPECT_EQ(answers[0].size(), 3U);
    EXPECT_EQ(answers[0], answers[1]);
}

TEST_F(CorpusTest, AnswersAlikeWhicheverIndexSearches) {
    Corpus corpus = open();
    std::vector<NewItem> items;
    for (std::uint64_t i = 0; i < 20; ++i) {
        items.push_back(item_of(made_up(i, MediaKind::kVideo, 12), "v" + std::to_string(i)));
    }
    ASSERT_TRUE(corpus.add(items).ok());
    CorpusOptions options;
    options.index = "flat";
    const Result<Corpus> flat =
        Corpus::open(folder_.path() / "corpus", CorpusMode::kReadOnly, options);
    ASSERT_TRUE(flat.ok());
    for (std::uint64_t i = 0; i < 20; ++i) {
        const Fingerprint query = re_encoded(items[i].fingerprint, 15, i);
        const Result<FindAnswer> live = corpus.find(query);
        const Result<FindAnswer> scanned = flat->find(query);
        ASSERT_TRUE(live.ok() && scanned.ok());
        ASSERT_EQ(live->matches.size(), 1U);
        ASSERT_EQ(scanned->matches.size(), 1U);
        EXPECT_EQ(live->matches[0].id, scanned->matches[0].id);
        EXPECT_EQ(live->matches[0].score, scanned->matches[0].score);
    }
}

TEST_F(CorpusTest, IsReadableByItsOwnerAloneWhateverTheUmask) {
    const test::TempFolder folder;
    const auto before = ::umask(0);
    {
        Corpus corpus = Corpus::open(folder / "corpus", CorpusMode::kCreate).value();
        std::vector<NewItem> items{item_of(made_up(1, MediaKind::kImage, 1), "one")};
        ASSERT_TRUE(corpus.add(items));
        ASSERT_TRUE(corpus.finish_adding());
        ASSERT_TRUE(corpus.find(made_up(2, MediaKind::kImage, 1)));
    }
    ::umask(before);
    std::vector<std::filesystem::path> paths{folder / "corpus"};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "corpus")) {
        paths.push_back(entry.path());
    }
    EXPECT_GE(paths.size(), 2U);
    constexpr auto kOthers = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    for (const std::filesystem::path& path : paths) {
        EXPECT_EQ(std::filesystem::status(path).permissions() & kOthers,
                  std::filesystem::perms::none)
            << path;
    }
}

TEST_F(CorpusTest, VerifiesWhatItKeeps) {
    Corpus corpus = open();
    ASSERT_TRUE(corpus
                    .add(std::vector{item_of(made_up(16, MediaKind::kVideo, 5), "a"),
                                     item_of(made_up(17, MediaKind::kImage, 1), "b")})
                    .ok());
    const Result<VerifyReport> report = corpus.verify();
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->items, 2U);
    EXPECT_EQ(report->damaged, 0U);
}

TEST_F(CorpusTest, RefusesANonsenseNumberOfMatches) {
    Corpus corpus = open();
    FindOptions options;
    options.max_matches = 0;
    EXPECT_EQ(corpus.find(made_up(1, MediaKind::kImage, 1), options).error().code,
              ErrorCode::kInvalidArgument);
}

TEST_F(CorpusTest, RefusesAFingerprintThatContradictsItself) {
    Corpus corpus = open();
    Fingerprint twisted = made_up(23, MediaKind::kVideo, 3);
    twisted.frames[1].time = MediaTime::from_us(-1);
    EXPECT_EQ(corpus.add(std::vector{item_of(twisted, "x")}).error().code,
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(corpus.stats()->items, 0U);
}

TEST_F(CorpusTest, FindsAPictureThatWasMadeKnownInsideABar) {
    Corpus corpus = open();
    const Fingerprint photo = made_up(24, MediaKind::kImage, 1);
    ASSERT_TRUE(corpus.add(std::vector{item_of(photo, "photo.jpg")}).ok());
    Fingerprint boxed = made_up(25, MediaKind::kImage, 1);
    FrameHash inside = photo.frames[0];
    inside.is_inside_borders = true;
    boxed.frames.push_back(inside);
    EXPECT_EQ(corpus.find(boxed)->matches.size(), 1U);
}

TEST_F(CorpusTest, AnswersReadersWhileAWriterAdds) {
    Corpus corpus = open();
    const Fingerprint first = made_up(18, MediaKind::kVideo, 4);
    ASSERT_TRUE(corpus.add(std::vector{item_of(first, "first")}).ok());
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> readers;
        for (int r = 0; r < 3; ++r) {
            readers.emplace_back([&] {
                for (int i = 0; i < 50; ++i) {
                    const Result<FindAnswer> answer = corpus.find(re_encoded(first, 8, 1));
                    failures += !answer.ok() || answer->matches.empty() ? 1 : 0;
                }
            });
        }
        for (std::uint64_t i = 0; i < 20; ++i) {
            ASSERT_TRUE(
                corpus.add(std::vector{item_of(made_up(i + 50, MediaKind::kVideo, 4), "more")})
                    .ok());
        }
    }
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(corpus.stats()->items, 21U);
}

TEST_F(CorpusTest, LetsAVisitorOfItsListUseIt) {
    Corpus corpus = open();
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const NewItem item = item_of(made_up(seed, MediaKind::kImage, 1), std::to_string(seed));
        ASSERT_TRUE(corpus.add(std::span(&item, 1)).ok());
    }
    int visited = 0;
    const Result<void> listed = corpus.list([&](const ItemSummary& summary) {
        ++visited;
        EXPECT_TRUE(corpus.find(made_up(2, MediaKind::kImage, 1)).ok());
        EXPECT_TRUE(corpus.stats().ok());
        EXPECT_TRUE(corpus.remove(std::vector{summary.id}).ok());
        return true;
    });
    ASSERT_TRUE(listed.ok()) << listed.error().message;
    EXPECT_EQ(visited, 3);
    EXPECT_EQ(corpus.stats()->items, 0U);
}

TEST_F(CorpusTest, IsOpenedByALocation) {
    const std::string place = (folder_ / "by-location").native();
    ASSERT_TRUE(Corpus::open("sqlite:" + place, CorpusMode::kCreate).ok());
    EXPECT_TRUE(Corpus::open(place, CorpusMode::kReadOnly).ok());
    const Result<Corpus> unknown = Corpus::open("postgres://host/db", CorpusMode::kCreate);
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(unknown.error().message.find("postgres"), std::string::npos);
}

TEST(Compare, TellsACopyFromAnUnrelatedVideo) {
    const Fingerprint clip = made_up(20, MediaKind::kVideo, 10);
    const Result<FindAnswer> same = compare(re_encoded(clip, 10, 2), clip, "clip.mp4");
    ASSERT_TRUE(same.ok());
    ASSERT_EQ(same->matches.size(), 1U);
    EXPECT_EQ(same->matches[0].name, "clip.mp4");
    EXPECT_TRUE(compare(made_up(21, MediaKind::kVideo, 10), clip, "clip.mp4")->matches.empty());
}

}  // namespace
}  // namespace refrain
