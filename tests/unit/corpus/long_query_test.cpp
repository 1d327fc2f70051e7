#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "evidence/local/place_search.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using namespace test;

constexpr int kFrames = 2 * static_cast<int>(evidence::PlaceSearch::kSampledFrames) + 44;
constexpr int kPoints = 60;
// A frame between two of the sample.
constexpr std::size_t kNotSampled = 2;

/// A known film, its copy, and a known picture that is shown inside one frame of the copy. One
/// picture of the film comes again and again, and is what its copy has best: whole frames are by
/// themselves not sure of it.
class LongQuery : public testing::Test {
  protected:
    void SetUp() override {
        Fingerprint film = made_up(1, MediaKind::kVideo, kFrames, kPoints);
        for (std::size_t i = 0; i < film.frames.size(); i += 5) {
            film.frames[i].hash = film.frames[0].hash;
        }
        const Fingerprint inset = made_up(2, MediaKind::kImage, 1);
        add(film, "film");
        add(inset, "inset");
        Random random(3);
        copy_ = made_up(4, MediaKind::kVideo, kFrames, kPoints);
        for (std::size_t i = 0; i < copy_.frames.size(); ++i) {
            copy_.frames[i].hash =
                with_flipped_bits(film.frames[i].hash, i % 5 == 0 ? 0 : 20, random);
            copy_.local[i] = edited(film.local[i], {1, 0, 0, 0}, random);
        }
        const LocalFrame shown = edited(inset.local[0], {0.5, 0, 100, 90}, random);
        std::vector<LocalPoint>& points = copy_.local[kNotSampled].points;
        points.insert(points.end(), shown.points.begin(), shown.points.end());
    }

    void add(const Fingerprint& fingerprint, const std::string& name) {
        NewItem item;
        item.fingerprint = fingerprint;
        item.name = name;
        item.id = name;
        ASSERT_TRUE(corpus_.add(std::vector{item}).ok());
    }

    std::vector<std::string> found(Effort effort) {
        FindOptions options;
        options.effort = effort;
        const Result<FindAnswer> answer = corpus_.find(copy_, options);
        EXPECT_TRUE(answer.ok());
        std::vector<std::string> names;
        for (const Match& match : answer->matches) {
            names.push_back(match.name);
            if (match.name == "film") {
                film_ = match;
            }
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
    Fingerprint copy_;
    Match film_;
};

TEST_F(LongQuery, AsksASampleOfItsLocalFeaturesWhereThatExplainsAll) {
    EXPECT_EQ(found(Effort::kNormal), std::vector<std::string>{"film"});
    EXPECT_GE(film_.score, 20);
    ASSERT_EQ(film_.segments.size(), 1U);
    EXPECT_GE(film_.query_coverage, 0.99);
}

TEST_F(LongQuery, AsksAllOfThemWhenThorough) {
    EXPECT_EQ(found(Effort::kThorough), (std::vector<std::string>{"film", "inset"}));
}

TEST_F(LongQuery, AsksAllOfThemWhereFramesLeaveMuchOpen) {
    Random random(5);
    for (std::size_t i = copy_.frames.size() / 2; i < copy_.frames.size(); ++i) {
        copy_.frames[i].hash = random_hash(random);
        copy_.local[i] = scattered(random, copy_.local[i].time, kPoints);
    }
    EXPECT_EQ(found(Effort::kNormal), (std::vector<std::string>{"film", "inset"}));
}

TEST_F(LongQuery, AsksAllOfThemWhereTheSampleShowsNoCopy) {
    Random random(6);
    for (LocalFrame& frame : copy_.local) {
        if (&frame != &copy_.local[kNotSampled]) {
            frame = scattered(random, frame.time, kPoints);
        }
    }
    const std::vector<std::string> names = found(Effort::kNormal);
    EXPECT_NE(std::find(names.begin(), names.end(), "inset"), names.end());
}

}  // namespace
}  // namespace refrain
