#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

constexpr MediaTime kFrameTime = MediaTime::from_ms(500);

/// Pictures that no decoder made: `seed` decides bytes and frames, two a second.
Fingerprint made_up(std::uint64_t seed, MediaKind kind, int frames) {
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
            {MediaTime::from_us(kFrameTime.us * i), test::random_hash(random), 90, i == 0});
    }
    fingerprint.decode.decoded_frames = static_cast<std::uint64_t>(frames);
    if (kind == MediaKind::kVideo) {
        fingerprint.media.duration = MediaTime::from_us(kFrameTime.us * frames);
        fingerprint.decode.decoded_until = fingerprint.media.duration;
    }
    return fingerprint;
}

/// Gives a query views of its own, all unlike anything known but the upright one.
void add_views(Fingerprint& query, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (const FrameHash& frame : query.frames) {
        DihedralHashes views;
        for (Hash256& view : views) {
            view = test::random_hash(random);
        }
        views[0] = frame.hash;
        query.views.push_back(views);
    }
}

/// Lets frames [at, at + count) of the query look like those of `known` from `from` on, in a view.
void show(Fingerprint& query,
          const Fingerprint& known,
          std::array<std::size_t, 3> at_from_count,
          DihedralView view) {
    const auto [at, from, count] = at_from_count;
    std::mt19937_64 random(at * 977 + from);
    for (std::size_t i = 0; i < count; ++i) {
        const Hash256 code = test::with_flipped_bits(known.frames[from + i].hash, 10, random);
        query.views[at + i][static_cast<std::size_t>(view)] = code;
        if (view == DihedralView::kOriginal) {
            query.frames[at + i].hash = code;
        }
    }
}

NewItem item_of(const Fingerprint& fingerprint, std::string name, std::string bank = "default") {
    NewItem item;
    item.fingerprint = fingerprint;
    item.name = std::move(name);
    item.bank = std::move(bank);
    return item;
}

std::set<std::string> banks_of(const FindAnswer& answer) {
    std::set<std::string> banks;
    for (const Match& match : answer.matches) {
        banks.insert(match.bank);
    }
    return banks;
}

class SeveralViews : public testing::Test {
  protected:
    void SetUp() override {
        Result<Corpus> corpus = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate);
        ASSERT_TRUE(corpus.ok()) << corpus.error().message;
        corpus_.emplace(std::move(corpus).value());
    }

    void add(const std::vector<NewItem>& items) { ASSERT_TRUE(corpus_->add(items).ok()); }

    Match only_match(const Fingerprint& query) {
        const Result<FindAnswer> answer = corpus_->find(query);
        EXPECT_TRUE(answer.ok());
        EXPECT_EQ(answer->matches.size(), 1U);
        return answer->matches.empty() ? Match{} : answer->matches[0];
    }

    test::TempFolder folder_;
    std::optional<Corpus> corpus_;
};

using SameBytes = SeveralViews;

TEST_F(SeveralViews, ASecondExcerptThatIsMirroredIsASegmentOfItsOwn) {
    const Fingerprint clip = made_up(1, MediaKind::kVideo, 60);
    add({item_of(clip, "clip")});
    Fingerprint query = made_up(2, MediaKind::kVideo, 40);
    add_views(query, 3);
    show(query, clip, {4, 20, 10}, DihedralView::kOriginal);
    const double alone = only_match(query).score;
    show(query, clip, {16, 40, 6}, DihedralView::kFlipY);
    const Match match = only_match(query);
    ASSERT_EQ(match.segments.size(), 2U);
    EXPECT_FALSE(match.transform->is_mirrored);
    EXPECT_FALSE(match.segments[0].transform.has_value());
    ASSERT_TRUE(match.segments[1].transform.has_value());
    EXPECT_TRUE(match.segments[1].transform->is_mirrored);
    EXPECT_NEAR(match.segments[1].query->begin.seconds(), 8, 0.5);
    EXPECT_NEAR(match.segments[1].query->end.seconds(), 11, 0.5);
    EXPECT_NEAR(match.segments[1].reference->begin.seconds(), 20, 0.5);
    EXPECT_NEAR(match.query_coverage, 16.0 / 40, 0.05);
    EXPECT_GE(match.score, alone);
}

TEST_F(SeveralViews, ViewsThatMeetShareNoQueryTime) {
    const Fingerprint clip = made_up(1, MediaKind::kVideo, 60);
    add({item_of(clip, "clip")});
    Fingerprint query = made_up(2, MediaKind::kVideo, 30);
    add_views(query, 3);
    show(query, clip, {0, 0, 10}, DihedralView::kFlipY);
    show(query, clip, {10, 10, 8}, DihedralView::kOriginal);
    show(query, clip, {18, 18, 10}, DihedralView::kFlipY);
    const Match match = only_match(query);
    ASSERT_EQ(match.segments.size(), 3U);
    std::vector<TimeSpan> spans;
    for (const Segment& segment : match.segments) {
        spans.push_back(*segment.query);
        EXPECT_NEAR(segment.query->begin.seconds(), segment.reference->begin.seconds(), 0.3);
        EXPECT_NEAR(segment.query->end.seconds(), segment.reference->end.seconds(), 0.3);
    }
    std::sort(spans.begin(), spans.end(),
              [](const TimeSpan& a, const TimeSpan& b) { return a.begin < b.begin; });
    EXPECT_LE(spans[0].end, spans[1].begin);
    EXPECT_LE(spans[1].end, spans[2].begin);
    EXPECT_NEAR(match.query_coverage, 28.0 / 30, 0.05);
}

TEST_F(SeveralViews, AFrameThatLooksAlikeInTwoViewsCountsOnce) {
    const Fingerprint clip = made_up(1, MediaKind::kVideo, 30);
    add({item_of(clip, "clip")});
    Fingerprint query = made_up(2, MediaKind::kVideo, 20);
    add_views(query, 3);
    show(query, clip, {4, 10, 10}, DihedralView::kOriginal);
    const Match plain = only_match(query);
    // Pictures that are their own mirror images.
    show(query, clip, {4, 10, 10}, DihedralView::kFlipY);
    const Match both = only_match(query);
    EXPECT_EQ(both.segments.size(), 1U);
    EXPECT_EQ(both.score, plain.score);
}

TEST_F(SeveralViews, ASceneAndItsMirrorImageAreOneWitness) {
    const Fingerprint clip = made_up(1, MediaKind::kVideo, 40);
    add({item_of(clip, "clip")});
    Fingerprint query = made_up(2, MediaKind::kVideo, 40);
    add_views(query, 3);
    show(query, clip, {2, 4, 1}, DihedralView::kOriginal);
    const double once = only_match(query).score;
    Fingerprint again = query;
    show(again, clip, {30, 4, 1}, DihedralView::kFlipY);
    Fingerprint another = query;
    show(another, clip, {30, 20, 1}, DihedralView::kFlipY);
    EXPECT_NEAR(only_match(again).score, once, 2.0);
    EXPECT_GT(only_match(another).score, once + 4);
}

/// The medium, and behind its main part others.
Fingerprint with_parts(Fingerprint main, std::vector<Fingerprint> others) {
    for (std::size_t i = 0; i < others.size(); ++i) {
        others[i].media.digest = main.media.digest;
        others[i].part.index = static_cast<std::uint32_t>(i + 1);
        others[i].part.role =
            others[i].media.kind == MediaKind::kVideo ? PartRole::kAttached : PartRole::kPicture;
    }
    main.more_parts = std::move(others);
    return main;
}

/// The pictures of another medium, slightly changed.
Fingerprint like(const Fingerprint& original, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Fingerprint copy = original;
    copy.media.digest.sha256[0] ^= static_cast<std::uint8_t>(seed % 255 + 1);
    for (FrameHash& frame : copy.frames) {
        frame.hash = test::with_flipped_bits(frame.hash, 10, random);
    }
    return copy;
}

/// Looks up in a corpus that holds this alone.
Match match_in(const Fingerprint& known, const Fingerprint& query) {
    const Result<FindAnswer> answer = compare(query, known, "known");
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer->matches.size(), 1U);
    return answer->matches.empty() ? Match{} : answer->matches[0];
}

TEST(Parts, EachPartOfAKnownItemIsFoundAndNamed) {
    const Fingerprint first = made_up(1, MediaKind::kImage, 1);
    const Fingerprint second = made_up(2, MediaKind::kImage, 1);
    const Fingerprint film = made_up(3, MediaKind::kVideo, 30);
    const Fingerprint known = with_parts(first, {second, film});
    const Match of_first = match_in(known, like(first, 5));
    EXPECT_EQ(of_first.reference_part, (MatchedPart{0, MediaKind::kImage, PartRole::kMain}));
    EXPECT_FALSE(of_first.part.has_value());
    const Match of_second = match_in(known, like(second, 6));
    EXPECT_EQ(of_second.reference_part, (MatchedPart{1, MediaKind::kImage, PartRole::kPicture}));
    const Match of_film = match_in(known, like(film, 7));
    EXPECT_EQ(of_film.reference_part, (MatchedPart{2, MediaKind::kVideo, PartRole::kAttached}));
    ASSERT_EQ(of_film.segments.size(), 1U);
    EXPECT_NEAR(of_film.segments[0].reference->end.seconds(), 15, 0.3);
    EXPECT_NEAR(of_film.reference_coverage, 1.0, 0.03);
}

TEST(Parts, EachPartOfAQueryIsLookedUp) {
    const Fingerprint picture = made_up(1, MediaKind::kImage, 1);
    const Fingerprint film = made_up(3, MediaKind::kVideo, 30);
    const Fingerprint query =
        with_parts(made_up(9, MediaKind::kImage, 1), {like(picture, 5), like(film, 6)});
    const Match picture_found = match_in(picture, query);
    EXPECT_EQ(picture_found.part, (MatchedPart{1, MediaKind::kImage, PartRole::kPicture}));
    EXPECT_FALSE(picture_found.reference_part.has_value());
    const Match film_found = match_in(film, query);
    EXPECT_EQ(film_found.part, (MatchedPart{2, MediaKind::kVideo, PartRole::kAttached}));
    EXPECT_NEAR(film_found.segments[0].query->end.seconds(), 15, 0.3);
}

TEST(Parts, PairsOfPartsMakeOneMatchWithTheirParts) {
    const Fingerprint still = made_up(1, MediaKind::kImage, 1);
    const Fingerprint film = made_up(3, MediaKind::kVideo, 30);
    const Fingerprint known = with_parts(still, {film});
    const Match alone = match_in(known, like(film, 5));
    const Match both = match_in(known, with_parts(like(still, 4), {like(film, 5)}));
    EXPECT_EQ(both.part, (MatchedPart{1, MediaKind::kVideo, PartRole::kAttached}));
    EXPECT_EQ(both.reference_part, both.part);
    ASSERT_EQ(both.segments.size(), 1U);
    EXPECT_FALSE(both.segments[0].part.has_value());
    EXPECT_GE(both.score, alone.score - 0.1) << "more evidence, one code more to compare";
}

TEST(Parts, SegmentsOfOtherPartsNameThem) {
    const Fingerprint one = made_up(1, MediaKind::kVideo, 40);
    const Fingerprint two = made_up(2, MediaKind::kVideo, 20);
    const Fingerprint known = with_parts(one, {two});
    const Match match = match_in(known, with_parts(like(two, 4), {like(one, 5)}));
    ASSERT_EQ(match.segments.size(), 2U);
    EXPECT_FALSE(match.segments[0].part.has_value());
    ASSERT_TRUE(match.segments[1].part.has_value());
    EXPECT_NE(match.segments[1].part->index, match.part->index);
    EXPECT_NE(match.segments[1].reference_part->index, match.reference_part->index);
    EXPECT_NEAR(match.query_coverage, 1, 0.03) << "of the match's part";
}

TEST(Parts, ATwinOnAnotherGroundIsNoPartOfItsOwn) {
    const Fingerprint drawing = made_up(1, MediaKind::kImage, 1);
    Fingerprint on_white = made_up(2, MediaKind::kImage, 1);
    Fingerprint known = with_parts(drawing, {on_white});
    known.more_parts[0].part = {0, PartRole::kMain, true};
    const Match match = match_in(known, like(on_white, 5));
    EXPECT_FALSE(match.reference_part.has_value());
    Fingerprint query = with_parts(like(drawing, 3), {like(on_white, 4)});
    query.more_parts[0].part = {0, PartRole::kMain, true};
    const Match both = match_in(known, query);
    EXPECT_FALSE(both.part.has_value());
    EXPECT_FALSE(both.reference_part.has_value());
    EXPECT_NEAR(both.score, match.score, 2) << "one picture, seen once";
}

TEST(Parts, ThatCouldNotBeDecodedMakeTheAnswerPartial) {
    Fingerprint query =
        with_parts(made_up(1, MediaKind::kImage, 1), {made_up(2, MediaKind::kVideo, 10)});
    const Fingerprint stranger = made_up(7, MediaKind::kImage, 1);
    EXPECT_EQ(compare(query, stranger, "x")->status, FindStatus::kNoMatch);
    query.more_parts[0].decode.is_partial = true;
    EXPECT_EQ(compare(query, stranger, "x")->status, FindStatus::kPartial);
}

TEST(Parts, OneWithDetailIsEnoughToSearch) {
    Fingerprint query =
        with_parts(made_up(1, MediaKind::kImage, 1), {made_up(2, MediaKind::kImage, 1)});
    const Fingerprint stranger = made_up(7, MediaKind::kImage, 1);
    query.frames[0].quality = 0;
    EXPECT_EQ(compare(query, stranger, "x")->status, FindStatus::kNoMatch);
    query.more_parts[0].frames[0].quality = 0;
    EXPECT_EQ(compare(query, stranger, "x")->status, FindStatus::kLowQuality);
}

TEST(Times, LieInsideWhatWasDecoded) {
    const auto later = [](Fingerprint film, MediaTime by) {
        for (FrameHash& frame : film.frames) {
            frame.time = frame.time + by;
        }
        film.media.duration = film.media.duration + by;
        return film;
    };
    const Fingerprint clip = made_up(1, MediaKind::kVideo, 30);
    const Fingerprint query = later(like(clip, 2), MediaTime::from_seconds(30));
    const Match match = match_in(later(clip, MediaTime::from_seconds(4)), query);
    ASSERT_EQ(match.segments.size(), 1U);
    const TimeSpan shown = *match.segments[0].query;
    const TimeSpan known = *match.segments[0].reference;
    EXPECT_GE(shown.begin.ms(), 30000);
    EXPECT_LE(shown.end.ms(), 45000);
    EXPECT_GE(known.begin.ms(), 4000);
    EXPECT_LE(known.end.ms(), 19000);
    EXPECT_NEAR((shown.end - shown.begin).seconds(), 15, 0.3);
    EXPECT_NEAR((known.end - known.begin).seconds(), 15, 0.3);
    EXPECT_NEAR(match.query_coverage, 1, 0.03);
    EXPECT_NEAR(match.reference_coverage, 1, 0.03);
}

TEST(Times, OfTheSameBytesBeginAtTheFirstFrame) {
    Fingerprint clip = made_up(1, MediaKind::kVideo, 4);
    for (FrameHash& frame : clip.frames) {
        frame.time = frame.time + MediaTime::from_seconds(4);
    }
    clip.media.duration = MediaTime::from_seconds(6);
    const Match match = match_in(clip, clip);
    EXPECT_EQ(match.segments[0].query->begin.ms(), 4000);
    EXPECT_EQ(match.segments[0].reference->end.ms(), 6000);
}

TEST(Bounds, OfTheWorkMakeTheAnswerPartialAndAreNamed) {
    test::TempFolder folder;
    Result<Corpus> corpus = Corpus::open(folder.path() / "corpus", CorpusMode::kCreate);
    ASSERT_TRUE(corpus.ok());
    const Fingerprint picture = made_up(1, MediaKind::kImage, 1);
    std::vector<NewItem> items;
    for (std::uint64_t i = 0; i < 300; ++i) {
        items.push_back(item_of(like(picture, 1000 + i), "copy"));
        items.back().fingerprint.media.digest.sha256[1] = static_cast<std::uint8_t>(i);
        items.back().fingerprint.media.digest.sha256[2] = static_cast<std::uint8_t>(i >> 8U);
    }
    ASSERT_TRUE(corpus->add(items).ok());
    FindOptions options;
    options.min_score = 1000;
    const Result<FindAnswer> answer = corpus->find(picture, options);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->status, FindStatus::kPartial);
    EXPECT_NE(answer->bounded, "");
}

TEST(Times, OfTheSameBytesOnTwoGroundsAreOneSegment) {
    Fingerprint film =
        with_parts(made_up(1, MediaKind::kVideo, 4), {made_up(2, MediaKind::kVideo, 4)});
    film.more_parts[0].part = {0, PartRole::kMain, true};
    const Match match = match_in(film, film);
    EXPECT_EQ(match.segments.size(), 1U);
    EXPECT_FALSE(match.part.has_value());
}

TEST(Times, OfTheSameBytesNameOtherParts) {
    const Fingerprint film =
        with_parts(made_up(1, MediaKind::kVideo, 4), {made_up(2, MediaKind::kVideo, 4)});
    const Match match = match_in(film, film);
    ASSERT_EQ(match.segments.size(), 2U);
    EXPECT_FALSE(match.segments[0].part.has_value()) << "that of the match";
    ASSERT_TRUE(match.segments[1].part.has_value());
    EXPECT_EQ(match.segments[1].part->index, 1U);
    EXPECT_EQ(match.segments[1].reference_part->index, 1U);
}

TEST_F(SameBytes, HideNoOtherItem) {
    const Fingerprint original = made_up(1, MediaKind::kVideo, 20);
    Fingerprint copy = original;
    copy.media.digest.sha256[0] ^= 1U;
    add({item_of(copy, "copy", "allowlist"), item_of(original, "original", "propaganda")});
    for (const Effort effort : {Effort::kFast, Effort::kNormal, Effort::kThorough}) {
        FindOptions options;
        options.effort = effort;
        const Result<FindAnswer> answer = corpus_->find(copy, options);
        ASSERT_TRUE(answer.ok());
        EXPECT_EQ(banks_of(*answer), (std::set<std::string>{"allowlist", "propaganda"}));
        ASSERT_EQ(answer->matches.size(), 2U);
        EXPECT_EQ(answer->matches[0].evidence, std::vector{Evidence::kExact});
        EXPECT_EQ(answer->matches[1].evidence, std::vector{Evidence::kFrames});
    }
}

TEST_F(SameBytes, HideNoNearCopyInTheirOwnBank) {
    const Fingerprint original = made_up(1, MediaKind::kVideo, 20);
    Fingerprint copy = original;
    copy.media.digest.sha256[0] ^= 1U;
    add({item_of(copy, "copy"), item_of(original, "original")});
    const Result<FindAnswer> answer = corpus_->find(copy);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->matches.size(), 2U);
}

TEST_F(SameBytes, EndAFastSearchOnlyWhereEachBankHasThem) {
    const Fingerprint original = made_up(1, MediaKind::kVideo, 20);
    Fingerprint near = original;
    near.media.digest.sha256[0] ^= 1U;
    add({item_of(original, "a", "one"), item_of(near, "near", "one"), item_of(original, "b", "two"),
         item_of(made_up(9, MediaKind::kImage, 1), "c", "three")});
    FindOptions options;
    options.effort = Effort::kFast;
    options.banks = {"one", "two"};
    EXPECT_EQ(corpus_->find(original, options)->matches.size(), 2U);
    options.banks = {};
    EXPECT_EQ(corpus_->find(original, options)->matches.size(), 3U) << "bank three has no copy";
}

}  // namespace
}  // namespace refrain
