// What ten unrelated items share tells nothing: docs/decisions/0061-what-many-items-share.md.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using namespace test;

constexpr std::uint64_t kItems = 10;
constexpr int kHalf = 200;

/// Points in the upper half of a picture, or in the lower one.
std::vector<LocalPoint> half(std::uint64_t seed, bool is_lower) {
    Random random(seed);
    std::vector<LocalPoint> points = scattered(random, MediaTime{}, kHalf).points;
    for (LocalPoint& point : points) {
        point.y = static_cast<std::uint16_t>(
            point.y / 2 + (is_lower ? kHeight / 2 * LocalPoint::kPositionUnits : 0));
    }
    return points;
}

/// A picture with something of its own over what all have.
Fingerprint with_keyboard(std::uint64_t seed) {
    Fingerprint medium = made_up(seed, MediaKind::kImage, 1, 0);
    medium.local[0].points = half(seed, false);
    const std::vector<LocalPoint> shared = half(1, true);
    medium.local[0].points.insert(medium.local[0].points.end(), shared.begin(), shared.end());
    return medium;
}

/// A film of ten seconds that begins with two of one title card.
Fingerprint with_card(std::uint64_t seed) {
    const Fingerprint card = made_up(2, MediaKind::kImage, 1, 100);
    Fingerprint film = made_up(seed, MediaKind::kVideo, 5, 100);
    film.frames[0].hash = card.frames[0].hash;
    film.local[0] = card.local[0];
    return film;
}

Fingerprint copy_of(const Fingerprint& known, std::uint64_t seed) {
    Fingerprint copy = known;
    Random random(seed);
    for (std::size_t i = 0; i < copy.local.size(); ++i) {
        copy.frames[i].hash = with_flipped_bits(known.frames[i].hash, 8, random);
        for (LocalPoint& point : copy.local[i].points) {
            point.code = with_flipped_bits(point.code, 20, random);
        }
    }
    copy.media.digest.sha256[0] ^= 0xFFU;
    return copy;
}

class SharedByMany : public testing::Test {
  protected:
    void add(const Fingerprint& medium, const std::string& name) {
        NewItem item;
        item.fingerprint = medium;
        item.id = item.name = name;
        ASSERT_TRUE(corpus_.add(std::vector{item}).ok());
    }

    FindAnswer find_all(const Fingerprint& query) {
        FindOptions options;
        options.max_matches = 1000;
        options.lists_similar = true;
        Result<FindAnswer> answer = corpus_.find(query, options);
        EXPECT_TRUE(answer.ok()) << answer.error().message;
        return answer.ok() ? std::move(answer).value() : FindAnswer{};
    }

    std::set<std::string> copies(const Fingerprint& query) {
        std::set<std::string> names;
        for (const Match& match : find_all(query).matches) {
            if (match.relation == Relation::kCopy) {
                names.insert(match.name);
            }
        }
        return names;
    }

    test::TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
};

TEST_F(SharedByMany, AKeyboardTellsNothingAndCopiesAreFound) {
    std::vector<Fingerprint> known;
    for (std::uint64_t i = 0; i < kItems; ++i) {
        known.push_back(with_keyboard(100 + i));
        add(known.back(), "item" + std::to_string(i));
    }
    EXPECT_TRUE(copies(copy_of(with_keyboard(500), 1)).empty());
    // Nor does the keyboard alone, all of which agrees.
    Fingerprint alone = made_up(501, MediaKind::kImage, 1, 0);
    alone.local[0].points = half(1, true);
    EXPECT_TRUE(copies(alone).empty());
    // It is like them all the same.
    EXPECT_EQ(find_all(alone).matches.size(), kItems);
    for (std::uint64_t i = 0; i < kItems; ++i) {
        EXPECT_EQ(copies(copy_of(known[i], 600 + i)),
                  std::set<std::string>{"item" + std::to_string(i)});
    }
}

TEST_F(SharedByMany, ATitleCardTellsNothingAndCopiesAreFound) {
    std::vector<Fingerprint> known;
    for (std::uint64_t i = 0; i < kItems; ++i) {
        known.push_back(with_card(100 + i));
        add(known.back(), "film" + std::to_string(i));
    }
    EXPECT_TRUE(copies(copy_of(with_card(500), 1)).empty());
    EXPECT_TRUE(copies(copy_of(made_up(2, MediaKind::kImage, 1, 100), 2)).empty());
    for (std::uint64_t i = 0; i < kItems; ++i) {
        EXPECT_EQ(copies(copy_of(known[i], 600 + i)),
                  std::set<std::string>{"film" + std::to_string(i)});
    }
}

// A few that share it are told nothing about each other either way, and so match as ever.
TEST_F(SharedByMany, CountsWhatIsKnownNow) {
    Fingerprint alone = made_up(501, MediaKind::kImage, 1, 0);
    alone.local[0].points = half(1, true);
    for (std::uint64_t i = 0; i < kItems; ++i) {
        add(with_keyboard(100 + i), "item" + std::to_string(i));
        if (i < 4) {
            EXPECT_EQ(copies(alone).size(), i + 1);
        }
    }
    EXPECT_TRUE(copies(alone).empty());
    for (std::uint64_t i = kItems; i > 4; --i) {
        ASSERT_TRUE(corpus_.remove(std::vector{"item" + std::to_string(i - 1)}).ok());
    }
    EXPECT_EQ(copies(alone).size(), 4U);
}

// Encodings of one picture, and of one film, share all they have.
TEST_F(SharedByMany, ManyEncodingsOfOneMediumAreFound) {
    const Fingerprint picture = made_up(10, MediaKind::kImage, 1, 300);
    const Fingerprint film = made_up(11, MediaKind::kVideo, 6, 100);
    for (std::uint64_t i = 0; i < kItems; ++i) {
        Fingerprint encoded = copy_of(picture, 20 + i);
        encoded.media.digest.sha256[1] = static_cast<std::uint8_t>(i);
        add(encoded, "picture" + std::to_string(i));
        encoded = copy_of(film, 40 + i);
        encoded.media.digest.sha256[1] = static_cast<std::uint8_t>(i);
        add(encoded, "film" + std::to_string(i));
    }
    EXPECT_EQ(copies(copy_of(picture, 60)).size(), kItems);
    EXPECT_EQ(copies(copy_of(film, 61)).size(), kItems);
    // A part of it as well.
    Fingerprint part = copy_of(picture, 62);
    std::erase_if(part.local[0].points, [](const LocalPoint& point) {
        return point.y > kHeight / 2 * LocalPoint::kPositionUnits;
    });
    Random random(63);
    part.frames[0].hash = random_hash(random);
    EXPECT_EQ(copies(part).size(), kItems);
}

}  // namespace
}  // namespace refrain
