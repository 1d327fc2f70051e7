#include "local/plane_kernels.h"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::local {
namespace {

class Random {
  public:
    explicit Random(std::uint32_t seed) : random_(seed) {}
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_()) % end; }
    /// Often the least and the largest.
    std::uint8_t sample() {
        const std::uint32_t kind = below(4);
        return static_cast<std::uint8_t>(kind == 0 ? 0 : kind == 1 ? 255 : below(256));
    }
    std::vector<std::uint8_t> samples(std::size_t count) {
        std::vector<std::uint8_t> out(count);
        for (std::uint8_t& one : out) {
            one = sample();
        }
        return out;
    }

  private:
    std::mt19937 random_;
};

constexpr int kRounds = 400;

TEST(PlaneKernels, MixRowsAsThePlainTwin) {
    Random random(1);
    for (int round = 0; round < kRounds; ++round) {
        const std::size_t count = 1 + random.below(300);
        const auto upper = random.samples(count);
        const auto lower = random.samples(count);
        const auto below = static_cast<std::uint16_t>(round % 9 == 0 ? 256 : random.below(257));
        std::vector<std::uint16_t> expected(count);
        for (std::size_t i = 0; i < count; ++i) {
            expected[i] = static_cast<std::uint16_t>(upper[i] * (256 - below) + lower[i] * below);
        }
        for (const PlaneKernels* kernels : usable_plane_kernels()) {
            std::vector<std::uint16_t> line(count);
            kernels->mix_rows(upper.data(), lower.data(), static_cast<std::uint16_t>(256 - below),
                              below, count, line.data());
            ASSERT_EQ(line, expected) << kernels->name << ", round " << round;
        }
    }
}

TEST(PlaneKernels, MixColumnsAsThePlainTwin) {
    Random random(2);
    for (int round = 0; round < kRounds; ++round) {
        const std::size_t count = 1 + random.below(300);
        // Up to steps that no vector holds.
        const std::uint32_t steepest = round % 10 == 0 ? 12 : 1 + random.below(3);
        std::vector<std::int32_t> at(count);
        std::vector<std::int32_t> weights(count);
        std::int32_t place = 0;
        for (std::size_t i = 0; i < count; ++i) {
            at[i] = place;
            place += static_cast<std::int32_t>(random.below(steepest + 1));
            const auto right = static_cast<std::int32_t>(i % 5 == 0 ? 256 : random.below(257));
            weights[i] = (256 - right) | right << 16;
        }
        std::vector<std::uint16_t> line(static_cast<std::size_t>(at.back()) + 2 +
                                        PlaneKernels::kReadBeyond);
        for (std::uint16_t& one : line) {
            one = static_cast<std::uint16_t>(random.sample() * 256U);
        }
        std::vector<std::uint8_t> expected(count);
        for (std::size_t i = 0; i < count; ++i) {
            const auto left = static_cast<std::uint32_t>(weights[i] & 0xffff);
            const auto from = static_cast<std::size_t>(at[i]);
            expected[i] = static_cast<std::uint8_t>(
                (line[from] * left + line[from + 1] * (256 - left) + 32768) >> 16);
        }
        for (const PlaneKernels* kernels : usable_plane_kernels()) {
            std::vector<std::uint8_t> samples(count);
            kernels->mix_columns(line.data(), at.data(), weights.data(), count, samples.data());
            ASSERT_EQ(samples, expected) << kernels->name << ", round " << round;
        }
    }
}

TEST(PlaneKernels, BlurAsThePlainTwin) {
    Random random(3);
    for (int round = 0; round < kRounds; ++round) {
        const std::size_t spacing = 1 + random.below(8);
        const std::size_t count = 1 + random.below(300);
        const std::size_t length = count + 4 * spacing;
        const std::uint32_t weights[] = {1, 4, 6, 4, 1};
        std::vector<std::vector<std::uint8_t>> rows;
        const std::uint8_t* starts[5];
        for (const std::uint8_t*& start : starts) {
            rows.push_back(random.samples(length));
            start = rows.back().data();
        }
        std::vector<std::uint16_t> weighed(length);
        std::vector<std::uint8_t> expected(count);
        for (std::size_t i = 0; i < length; ++i) {
            std::uint32_t sum = 0;
            for (std::size_t row = 0; row < 5; ++row) {
                sum += weights[row] * rows[row][i];
            }
            weighed[i] = static_cast<std::uint16_t>(sum);
        }
        for (std::size_t i = 0; i < count; ++i) {
            std::uint32_t sum = 128;
            for (std::size_t tap = 0; tap < 5; ++tap) {
                sum += weights[tap] * weighed[i + tap * spacing];
            }
            expected[i] = static_cast<std::uint8_t>(sum >> 8);
        }
        for (const PlaneKernels* kernels : usable_plane_kernels()) {
            std::vector<std::uint16_t> line(length);
            kernels->weigh_rows(starts, length, line.data());
            ASSERT_EQ(line, weighed) << kernels->name << ", round " << round;
            std::vector<std::uint8_t> samples(count);
            kernels->weigh_columns(line.data(), spacing, count, samples.data());
            ASSERT_EQ(samples, expected) << kernels->name << ", round " << round;
        }
    }
}

}  // namespace
}  // namespace refrain::local
