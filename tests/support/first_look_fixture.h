#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/local/first_look.h"
#include "evidence/local/local_votes.h"
#include "support/items_in_memory.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"

namespace refrain::test {

using evidence::first_points;
using evidence::FirstLookRules;
using evidence::LocalChannel;

/// Thirty known pictures, of which a query shows one.
class FirstLookTest : public testing::Test {
  protected:
    static constexpr int kKnown = 30;
    static constexpr int kPoints = 920;
    static constexpr std::uint64_t kShown = 3;  ///< the known picture that a query shows

    void SetUp() override {
        for (std::uint64_t i = 0; i < kKnown; ++i) {
            items_.add(static_cast<std::int64_t>(i), made_up(i, MediaKind::kImage, 1, kPoints));
            ASSERT_TRUE(channel_.add(*items_.items.at(static_cast<std::int64_t>(i))).ok());
        }
        rules_.lists = 4096;  // what is found depends on distances alone
        rules_.few_codes = 0;
    }

    bool is_asked(const Fingerprint& query, const FirstLookRules& rules) {
        std::vector<std::uint32_t> frames(query.local.size());
        std::iota(frames.begin(), frames.end(), 0U);
        const Result<bool> asked =
            evidence::is_worth_asking({channel_, items_, query, frames, options_}, {}, rules);
        EXPECT_TRUE(asked.ok());
        return asked.ok() && *asked;
    }

    /// Adds a known picture to a frame, made smaller. All its codes are too far to vote, but near
    /// enough to place it, except some of those that ask first.
    static void add_copy(LocalFrame& frame, std::size_t near, int distance, Random& random) {
        const LocalFrame known = made_up(kShown, MediaKind::kImage, 1, kPoints).local[0];
        const std::size_t first = frame.points.size();
        for (const LocalPoint& point : known.points) {
            LocalPoint copy = point;
            copy.x = static_cast<std::uint16_t>(point.x * 3 / 4);
            copy.y = static_cast<std::uint16_t>(point.y * 3 / 4);
            copy.scale = static_cast<std::uint8_t>(
                std::max(0L, point.scale + std::lround(32 * std::log2(0.75))));
            copy.code = with_flipped_bits(point.code, 58, random);
            frame.points.push_back(copy);
        }
        std::size_t made = 0;
        for (const std::uint32_t i : first_points(frame)) {
            if (i >= first && (i - first) % 40 < 20 && made < near) {
                frame.points[i].code =
                    with_flipped_bits(known.points[i - first].code, distance, random);
                ++made;
            }
        }
        EXPECT_EQ(made, near);
    }

    ItemsInMemory items_;
    LocalChannel channel_{{}, items_};
    FindOptions options_;
    FirstLookRules rules_;
};

}  // namespace refrain::test
