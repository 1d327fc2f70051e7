#include "match/item_evidence.h"

#include <cstddef>
#include <set>

#include <gtest/gtest.h>

#include "unit/match/match_scene.h"

namespace refrain::match {
namespace {

/// A frame of the query that is like two frames of an item, and has a place in it.
class Company : public ::testing::Test {
  protected:
    /// The hits that count together with the hit `used`: 0 and 1 are of whole frames, 2 of the
    /// place.
    [[nodiscard]] std::set<std::size_t> of(std::size_t used) const {
        return scene_.with(MatchRules{}, [&](const Aspect& aspect) {
            return ItemEvidence(aspect).with_company(std::vector{used});
        });
    }

    Scene scene_{1};
};

TEST_F(Company, IsOfTheOtherKindAlone) {
    scene_.like(0, 20);
    scene_.like(0, 20.5);
    scene_.place(0, 10, 20);
    EXPECT_EQ(of(0), (std::set<std::size_t>{0, 2}));
    EXPECT_EQ(of(1), (std::set<std::size_t>{1, 2}));
    EXPECT_EQ(of(2), (std::set<std::size_t>{0, 1, 2}));
}

TEST_F(Company, IsOfTheSameTimeAlone) {
    scene_.like(0, 20);
    scene_.like(0, 40);
    scene_.place(0, 10, 20);
    EXPECT_EQ(of(2), (std::set<std::size_t>{0, 2}));
    EXPECT_EQ(of(1), (std::set<std::size_t>{1}));
}

}  // namespace
}  // namespace refrain::match
