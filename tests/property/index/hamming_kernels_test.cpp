#include "index/hamming_kernels.h"

#include <bit>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::index {
namespace {

class Kernels : public testing::TestWithParam<const HammingKernels*> {};

TEST_P(Kernels, FindWhatAPlainLoopFinds) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 200; ++round) {
        const Hash256 query = test::random_hash(random);
        std::vector<Hash256> codes;
        std::vector<std::uint32_t> positions;
        for (std::size_t i = 0; i < random() % 90; ++i) {
            codes.push_back(
                test::with_flipped_bits(query, static_cast<int>(random() % 257), random));
            if (random() % 2 == 0) {
                positions.push_back(static_cast<std::uint32_t>(i));
            }
        }
        const int radius = static_cast<int>(random() % 257);
        std::vector<Near> all{{7, 7}};
        std::vector<Near> some{{7, 7}};
        for (std::uint32_t i = 0; i < codes.size(); ++i) {
            const int distance = hamming_distance(query, codes[i]);
            if (distance <= radius) {
                all.push_back({100 + i, static_cast<std::uint16_t>(distance)});
            }
        }
        for (const std::uint32_t i : positions) {
            const int distance = hamming_distance(query, codes[i]);
            if (distance <= radius) {
                some.push_back({i, static_cast<std::uint16_t>(distance)});
            }
        }
        std::vector<Near> scanned{{7, 7}};
        GetParam()->scan(codes, 100, query, radius, scanned);
        EXPECT_EQ(scanned, all) << "round " << round << " radius " << radius;
        std::vector<Near> verified{{7, 7}};
        GetParam()->verify(codes, positions, query, radius, verified);
        EXPECT_EQ(verified, some) << "round " << round << " radius " << radius;
    }
}

TEST_P(Kernels, LeaveOutPositionsBeyondTheCodes) {
    std::vector<Near> found;
    GetParam()->verify(std::vector<Hash256>(3), std::vector<std::uint32_t>{0, 3, 2, 0xffffff}, {},
                       256, found);
    EXPECT_EQ(found, (std::vector<Near>{{0, 0}, {2, 0}}));
}

TEST_P(Kernels, MatchFiltersAndNothingBeyondTheRun) {
    std::mt19937_64 random(2);
    for (int round = 0; round < 400; ++round) {
        // What lies beyond each run matches, and must not be reported.
        const auto wanted = static_cast<std::uint16_t>(random());
        std::vector<std::vector<std::uint16_t>> filters;
        std::vector<FilterRun> runs;
        std::vector<std::uint32_t> expected{3};
        for (std::uint32_t r = 0; r < random() % 30; ++r) {
            const auto count = static_cast<std::uint32_t>(random() % 100);
            filters.emplace_back(count + kFilterPadding, wanted);
            const auto mask = static_cast<std::uint16_t>((1U << random() % 17) - 1);
            const auto most = static_cast<std::int8_t>(random() % 17);
            const auto most_in_lane = static_cast<std::int8_t>(random() % 9);
            for (std::uint32_t i = 0; i < count; ++i) {
                const auto one_in_four = static_cast<std::uint16_t>(random() & random() >> 16);
                filters[r][i] = static_cast<std::uint16_t>(wanted ^ one_in_four);
                if (std::popcount(one_in_four) <= most &&
                    std::popcount(static_cast<unsigned>(one_in_four & mask)) <= most_in_lane) {
                    expected.push_back(50 + 1000 * r + i);
                }
            }
            runs.push_back({nullptr, count, 50 + 1000 * r, wanted, mask, most_in_lane, most});
        }
        for (std::size_t r = 0; r < runs.size(); ++r) {
            runs[r].begin = filters[r].data();
        }
        std::vector<std::uint32_t> got{3};
        GetParam()->match(runs, got);
        ASSERT_EQ(got, expected) << "round " << round;
    }
}

TEST_P(Kernels, MatchEveryFilterByItsBits) {
    std::vector<std::uint16_t> filters(std::size_t{1} << 16);
    std::iota(filters.begin(), filters.end(), std::uint16_t{0});
    filters.resize(filters.size() + kFilterPadding);
    for (std::int8_t most = 0; most <= 16; ++most) {
        std::vector<std::uint32_t> expected;
        for (std::uint32_t i = 0; i < 1U << 16; ++i) {
            if (std::popcount(i) <= most) {
                expected.push_back(i);
            }
        }
        const FilterRun run{filters.data(), 1U << 16, 0, 0, 0xffff, 16, most};
        std::vector<std::uint32_t> got;
        GetParam()->match(std::span(&run, 1), got);
        ASSERT_EQ(got, expected) << "at most " << int{most} << " bits";
    }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets,
                         Kernels,
                         testing::ValuesIn(usable_hamming_kernels()),
                         [](const auto& test) { return std::string(test.param->name); });

}  // namespace
}  // namespace refrain::index
