#include "evidence/local/vote_ranking.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::evidence {
namespace {

VotedPicture voted(std::uint32_t frame, std::int64_t key, double votes) {
    VotedPicture picture;
    picture.query_frame = frame;
    picture.key = key;
    picture.votes = votes;
    return picture;
}

/// `pairs` points of the query that meet `corners` points of a known picture, in turn.
VotedPicture texture(std::uint32_t pairs, std::uint32_t corners) {
    VotedPicture picture = voted(0, 1, 10);
    for (std::uint32_t i = 0; i < pairs; ++i) {
        // The first to meet a corner is the nearest.
        picture.pairs.push_back({i, i % corners, 1, static_cast<std::uint16_t>(20 + i / corners)});
    }
    return picture;
}

std::vector<std::int64_t> order_of(const std::vector<RankedGroup>& ranked) {
    std::vector<std::int64_t> keys;
    keys.reserve(ranked.size());
    for (const RankedGroup& one : ranked) {
        keys.push_back(one.group.key);
    }
    return keys;
}

TEST(VoteRanking, OnlyMutualHitsKeepTheirVotes) {
    for (const std::uint32_t corners : {1U, 3U, 10U, 30U}) {
        std::vector<VotedPicture> pictures{texture(30, corners)};
        keep_mutual(pictures);
        EXPECT_EQ(pictures[0].pairs.size(), corners);
        EXPECT_DOUBLE_EQ(pictures[0].votes, 10.0 * corners / 30);
    }
}

TEST(VoteRanking, APictureWithoutHitsHasNoVotes) {
    std::vector<VotedPicture> pictures{voted(0, 1, 10)};
    keep_mutual(pictures);
    EXPECT_EQ(pictures[0].votes, 0);
}

// Forty frames in which all items have much the same by chance, and one that shows item 1.
TEST(VoteRanking, WhatManyItemsHaveInAFrameCountsForNone) {
    std::vector<VotedPicture> pictures;
    for (std::uint32_t frame = 0; frame < 40; ++frame) {
        for (std::int64_t key = 2; key < 12; ++key) {
            pictures.push_back(voted(frame, key, 5 + 0.01 * static_cast<double>(key)));
        }
    }
    pictures.push_back(voted(40, 1, 4));
    const std::vector<RankedGroup> ranked = rank_items(pictures, false);
    ASSERT_EQ(ranked.size(), 11U);
    EXPECT_EQ(ranked[0].group.key, 1);
    EXPECT_DOUBLE_EQ(ranked[0].votes, 4);
}

// shown_items: half as many would leave four copies in a mosaic nothing, twice as many would leave
// chance to ten.
TEST(VoteRanking, AFrameMayShowSixItems) {
    std::vector<VotedPicture> pictures;
    for (std::int64_t key = 1; key <= 12; ++key) {
        pictures.push_back(voted(0, key, key <= 6 ? 9 : 3));
    }
    const std::vector<RankedGroup> ranked = rank_items(pictures, false);
    for (const RankedGroup& one : ranked) {
        EXPECT_EQ(one.votes, one.group.key <= 6 ? 6 : 0) << one.group.key;
    }
    EXPECT_EQ(order_of(ranked), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(VoteRanking, OneSureFrameTellsMoreThanManyUnsureOnes) {
    std::vector<VotedPicture> pictures{voted(0, 1, 10)};
    for (std::uint32_t frame = 0; frame < 20; ++frame) {
        pictures.push_back(voted(frame, 2, 2));
    }
    EXPECT_EQ(order_of(rank_items(pictures, false)), (std::vector<std::int64_t>{1, 2}));
}

TEST(VoteRanking, OfAFrameTheBestPictureOfAnItemCounts) {
    std::vector<VotedPicture> pictures{voted(0, 1, 5), voted(0, 1, 4), voted(0, 1, 4),
                                       voted(0, 2, 6)};
    const std::vector<RankedGroup> ranked = rank_items(pictures, false);
    EXPECT_EQ(order_of(ranked), (std::vector<std::int64_t>{2, 1}));
    EXPECT_EQ(ranked[1].votes, 5);
    EXPECT_EQ(ranked[1].pictures.size(), 3U);
}

TEST(VoteRanking, MirroredAndNegativeAreItemsOfTheirOwn) {
    std::vector<VotedPicture> pictures{voted(0, 1, 5), voted(0, 1, 6)};
    pictures[1].is_mirrored = true;
    const std::vector<RankedGroup> ranked = rank_items(pictures, true);
    ASSERT_EQ(ranked.size(), 2U);
    EXPECT_TRUE(ranked[0].group.is_mirrored);
    EXPECT_TRUE(ranked[0].group.is_negative);
    EXPECT_FALSE(ranked[1].group.is_mirrored);
}

// Items without anything beyond chance keep the order of their votes, so that none is passed over.
TEST(VoteRanking, ByChanceAloneTheSumDecides) {
    std::vector<VotedPicture> pictures;
    for (std::int64_t key = 1; key <= 30; ++key) {
        pictures.push_back(voted(0, key, static_cast<double>(key)));
    }
    const std::vector<RankedGroup> ranked = rank_items(pictures, false);
    for (std::size_t i = 0; i < ranked.size(); ++i) {
        EXPECT_EQ(ranked[i].group.key, 30 - static_cast<std::int64_t>(i));
    }
}

TEST(VoteRanking, NothingIsRankedOfNothing) { EXPECT_TRUE(rank_items({}, false).empty()); }

}  // namespace
}  // namespace refrain::evidence
