#include "evidence/local/place_agreement.h"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "evidence/local/local_votes.h"
#include "local/local_features.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain::evidence {
namespace {

using Random = std::mt19937_64;

constexpr int kSide = 480;
constexpr int kStep = 24;

LocalPoint point_at(double x, double y, const Hash256& code) {
    LocalPoint point;
    point.x = static_cast<std::uint16_t>(x * LocalPoint::kPositionUnits);
    point.y = static_cast<std::uint16_t>(y * LocalPoint::kPositionUnits);
    point.scale = LocalPoint::kScaleUnits / 2;
    point.code = code;
    return point;
}

/// A page of points in rows and columns, each with a code of its own.
LocalFrame page(Random& random) {
    LocalFrame frame;
    frame.width = kSide;
    frame.height = kSide;
    for (int y = kStep / 2; y < kSide; y += kStep) {
        for (int x = kStep / 2; x < kSide; x += kStep) {
            frame.points.push_back(point_at(x, y, test::random_hash(random)));
        }
    }
    return frame;
}

align::PicturePlacement same_place(std::size_t inliers) {
    align::PicturePlacement placement;
    placement.overlap_known = 1;
    placement.overlap_query = 1;
    placement.log10_chance = -80;
    for (std::uint32_t i = 0; i < inliers; ++i) {
        placement.inliers.push_back(i);
    }
    return placement;
}

std::vector<align::PointPair> pairs_of(std::size_t count) {
    std::vector<align::PointPair> pairs;
    for (std::uint32_t i = 0; i < count; ++i) {
        pairs.push_back({i, i, 1, 0});
    }
    return pairs;
}

verdict::PlaceMeasures measured(const LocalFrame& query,
                                const LocalFrame& known,
                                bool is_mirrored = false) {
    const std::vector<align::PointPlace> query_places = places_of(query, is_mirrored);
    const std::vector<align::PointPlace> known_places = places_of(known, false);
    return measure_place({query, known, is_mirrored, query_places, known_places},
                         same_place(known.points.size()), pairs_of(known.points.size()));
}

TEST(MeasurePlace, TellsLikeFromUnlikeAndFromNothing) {
    Random random(1);
    const LocalFrame known = page(random);
    LocalFrame query = known;
    const std::size_t count = known.points.size();
    for (std::size_t i = 0; i < count; ++i) {
        const int bits = i % 4 == 0 ? 64 : i % 4 == 1 ? 65 : i % 4 == 2 ? 86 : 85;
        query.points[i].code = test::with_flipped_bits(known.points[i].code, bits, random);
    }
    const verdict::PlaceMeasures m = measured(query, known);
    EXPECT_DOUBLE_EQ(m.found, 0.25);
    EXPECT_DOUBLE_EQ(m.unlike, 0.25);
    EXPECT_DOUBLE_EQ(m.rarity, 80);
    EXPECT_DOUBLE_EQ(m.rarity_of_point, 80.0 / static_cast<double>(count));
    EXPECT_DOUBLE_EQ(m.lone, 1);
    query.points.clear();
    const verdict::PlaceMeasures none = measured(query, known);
    EXPECT_EQ(none.found, 0);
    EXPECT_EQ(none.unlike, 0);
}

TEST(MeasurePlace, LooksAFewPixelsAroundThePlace) {
    Random random(2);
    const LocalFrame known = page(random);
    // A point of size 1.41 reaches 3 + 1.5 * 1.41 = 5.1 pixels.
    for (const auto& [shift, is_there] : {std::pair(5.0, true), std::pair(5.3, false)}) {
        LocalFrame query = known;
        for (LocalPoint& point : query.points) {
            point.x = static_cast<std::uint16_t>(point.x + shift * LocalPoint::kPositionUnits);
        }
        EXPECT_EQ(measured(query, known).found, is_there ? 1 : 0) << shift;
    }
    // Of another size it is another thing: up to a factor of 1.62.
    for (const auto& [units, is_there] : {std::pair(22, true), std::pair(23, false)}) {
        LocalFrame query = known;
        for (LocalPoint& point : query.points) {
            point.scale = static_cast<std::uint8_t>(point.scale + units);
        }
        EXPECT_EQ(measured(query, known).found, is_there ? 1 : 0) << units;
    }
}

TEST(MeasurePlace, ReadsAMirroredQueryMirrored) {
    Random random(3);
    const LocalFrame known = page(random);
    LocalFrame query = known;
    for (LocalPoint& point : query.points) {
        point.x = static_cast<std::uint16_t>(kSide * LocalPoint::kPositionUnits - point.x);
        point.code = local::mirrored(point.code);
    }
    EXPECT_EQ(measured(query, known, true).found, 1);
    EXPECT_EQ(measured(query, known, false).found, 0);
}

TEST(MeasurePlace, CountsShapesThatRepeatInThePicture) {
    Random random(4);
    LocalFrame known = page(random);
    for (std::size_t i = 0; i + 1 < known.points.size(); i += 4) {
        known.points[i + 1].code = test::with_flipped_bits(known.points[i].code, 64, random);
    }
    EXPECT_DOUBLE_EQ(measured(known, known).lone, 0.5);
    // The same corner found twice repeats nothing.
    for (std::size_t i = 0; i + 1 < known.points.size(); i += 4) {
        known.points[i + 1].x = known.points[i].x;
        known.points[i + 1].y =
            static_cast<std::uint16_t>(known.points[i].y + 9 * LocalPoint::kPositionUnits);
    }
    EXPECT_DOUBLE_EQ(measured(known, known).lone, 1);
    for (std::size_t i = 0; i + 1 < known.points.size(); i += 4) {
        known.points[i + 1].y =
            static_cast<std::uint16_t>(known.points[i].y + 11 * LocalPoint::kPositionUnits);
    }
    EXPECT_DOUBLE_EQ(measured(known, known).lone, 0.5);
}

TEST(Agreement, IsTheShareThatIsTheSame) {
    verdict::PlaceMeasures m;
    EXPECT_EQ(agreement_of(m), 0);
    m.found = 0.6;
    EXPECT_DOUBLE_EQ(agreement_of(m), 1);
    m.unlike = 0.2;
    EXPECT_DOUBLE_EQ(agreement_of(m), 0.75);
    m.torn = 0.5;
    EXPECT_DOUBLE_EQ(agreement_of(m), 0.375);
}

/// Pictures of one template: some glyphs are the template's, the others are drawn from an alphabet
/// for each.
class Templates : public testing::Test {
  protected:
    Templates() {
        for (int i = 0; i < 100; ++i) {
            alphabet_.push_back(test::random_hash(random_));
        }
        form_ = page(random_);
        for (LocalPoint& point : form_.points) {
            point.code = letter();
        }
    }

    /// The same letter between other ones has another code.
    Hash256 letter() {
        return test::with_flipped_bits(alphabet_[random_() % alphabet_.size()], 26, random_);
    }

    /// One in `kept` glyphs is the form's.
    LocalFrame filled_in(unsigned kept) {
        LocalFrame frame = form_;
        for (std::size_t i = 0; i < frame.points.size(); ++i) {
            if (i % kept != 0) {
                frame.points[i].code = letter();
            }
        }
        return frame;
    }

    /// Each code a little changed, as by another encoding.
    LocalFrame saved_again(LocalFrame frame) {
        for (LocalPoint& point : frame.points) {
            point.code = test::with_flipped_bits(point.code, 14, random_);
        }
        return frame;
    }

    Fingerprint medium(const LocalFrame& frame) {
        Fingerprint fingerprint;
        fingerprint.media.kind = MediaKind::kImage;
        fingerprint.media.width = kSide;
        fingerprint.media.height = kSide;
        for (std::uint8_t& byte : fingerprint.media.digest.sha256) {
            byte = static_cast<std::uint8_t>(random_());
        }
        fingerprint.frames.push_back({MediaTime{}, test::random_hash(random_), 90, true});
        fingerprint.local.push_back(frame);
        fingerprint.decode.decoded_frames = 1;
        return fingerprint;
    }

    void add(const LocalFrame& frame, const std::string& id) {
        NewItem item;
        item.fingerprint = medium(frame);
        item.name = id;
        item.id = id;
        items_.push_back(item);
    }

    void commit() {
        ASSERT_TRUE(corpus_.add(items_).ok());
        items_.clear();
    }

    FindAnswer find(const LocalFrame& frame, bool lists_similar = false) {
        FindOptions options;
        options.lists_similar = lists_similar;
        Result<FindAnswer> answer = corpus_.find(medium(frame), options);
        EXPECT_TRUE(answer.ok());
        return answer.ok() ? *answer : FindAnswer{};
    }

    Random random_{7};
    std::vector<Hash256> alphabet_;
    LocalFrame form_;
    std::vector<NewItem> items_;
    test::TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
};

TEST_F(Templates, SiblingsAreSimilarAndCopiesMatch) {
    const LocalFrame known = filled_in(4);
    add(known, "known");
    commit();
    const FindAnswer copy = find(saved_again(known));
    ASSERT_EQ(copy.status, FindStatus::kMatch);
    EXPECT_EQ(copy.matches[0].relation, Relation::kCopy);
    EXPECT_GT(copy.matches[0].agreement.value(), 0.9);
    const LocalFrame sibling = saved_again(filled_in(4));
    EXPECT_EQ(find(sibling).status, FindStatus::kNoMatch);
    EXPECT_TRUE(find(sibling).matches.empty());
    const FindAnswer listed = find(sibling, true);
    EXPECT_EQ(listed.status, FindStatus::kNoMatch);
    ASSERT_EQ(listed.matches.size(), 1U);
    EXPECT_EQ(listed.matches[0].relation, Relation::kSimilar);
    EXPECT_LT(listed.matches[0].agreement.value(), 0.7);
}

TEST_F(Templates, AKnownItemThatIsNothingButTheFormMatchesItselfAlone) {
    add(form_, "form");
    commit();
    EXPECT_EQ(find(saved_again(form_)).status, FindStatus::kMatch);
    EXPECT_EQ(find(saved_again(filled_in(4))).status, FindStatus::kNoMatch);
}

TEST_F(Templates, EachOfManyFindsItsOwnCopy) {
    std::vector<LocalFrame> known;
    for (int i = 0; i < 40; ++i) {
        known.push_back(filled_in(4));
        add(known.back(), "known" + std::to_string(i));
    }
    commit();
    int found = 0;
    for (std::size_t i = 0; i < known.size(); i += 8) {
        const FindAnswer answer = find(saved_again(known[i]));
        found += answer.matches.size() == 1 && answer.matches[0].id == "known" + std::to_string(i);
    }
    EXPECT_EQ(found, 5);
}

}  // namespace
}  // namespace refrain::evidence
