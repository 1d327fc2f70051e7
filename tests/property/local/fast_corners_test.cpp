#include "local/fast_corners.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/features2d.hpp>

namespace refrain::local {

bool operator==(const FastCorner& a, const FastCorner& b) {
    return a.x == b.x && a.y == b.y && a.score == b.score;
}

namespace {

enum class Kind { kNoise, kBlocks, kSmooth, kTwoValues, kFlat, kExtremes };
constexpr Kind kKinds[] = {Kind::kNoise,     Kind::kBlocks, Kind::kSmooth,
                           Kind::kTwoValues, Kind::kFlat,   Kind::kExtremes};

Plane plane_of(Kind kind, int width, int height, std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&random](std::uint32_t end) {
        return static_cast<int>(random() % end);
    };
    Plane plane;
    plane.resize(width, height);
    const int side = 3 + below(9);
    std::vector<int> blocks(10000);
    for (int& block : blocks) {
        block = below(256);
    }
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
            int sample = 128;
            if (kind == Kind::kNoise) {
                sample = below(256);
            } else if (kind == Kind::kBlocks) {
                sample = blocks[static_cast<std::size_t>((r / side * 97 + c / side) % 10000)];
            } else if (kind == Kind::kSmooth) {
                sample = (r * 3 + c * 2) % 200 + below(12);
            } else if (kind == Kind::kTwoValues) {
                sample = 100 + 20 * below(2);
            } else if (kind == Kind::kExtremes) {
                sample = below(8) == 0 ? 255 : 0;
            }
            plane.row(r)[c] = static_cast<std::uint8_t>(std::min(sample, 255));
        }
    }
    plane.mirror_margin();
    return plane;
}

std::vector<FastCorner> found_by(const FastKernels& kernels,
                                 const Plane& plane,
                                 const Area& area,
                                 int threshold) {
    std::vector<FastCorner> found;
    FastDetector(kernels).find(plane, area, threshold, found);
    return found;
}

std::vector<FastCorner> found_by_opencv(Plane& plane, const Area& area, int threshold) {
    const cv::Mat view(area.height + 2 * kFastReach, area.width + 2 * kFastReach, CV_8UC1,
                       plane.row(area.y - kFastReach) + area.x - kFastReach,
                       static_cast<std::size_t>(plane.stride()));
    std::vector<cv::KeyPoint> points;
    cv::FAST(view, points, threshold, true, cv::FastFeatureDetector::TYPE_9_16);
    std::vector<FastCorner> found;
    for (const cv::KeyPoint& point : points) {
        found.push_back({static_cast<int>(point.pt.x) + area.x - kFastReach,
                         static_cast<int>(point.pt.y) + area.y - kFastReach,
                         static_cast<std::uint8_t>(point.response)});
    }
    return found;
}

TEST(FastCorners, AreThoseOfOpenCvWithEveryKernel) {
    std::mt19937 random(7);
    std::size_t corners = 0;
    for (int round = 0; round < 600; ++round) {
        const int width = 16 + static_cast<int>(random() % 180);
        const int height = 16 + static_cast<int>(random() % 50);
        Plane plane =
            plane_of(kKinds[round % 6], width, height, static_cast<std::uint32_t>(random()));
        const int left = kFastReach + static_cast<int>(random() % 5);
        const int top = kFastReach + static_cast<int>(random() % 5);
        const Area area{left, top,
                        1 + static_cast<int>(random() % static_cast<unsigned>(width - left - 3)),
                        1 + static_cast<int>(random() % static_cast<unsigned>(height - top - 3))};
        const int threshold = round % 3 == 0 ? 7 : round % 3 == 1 ? 20 : 1 + round * 253 / 600;
        const std::vector<FastCorner> expected = found_by_opencv(plane, area, threshold);
        corners += expected.size();
        for (const FastKernels* kernels : usable_fast_kernels()) {
            EXPECT_EQ(found_by(*kernels, plane, area, threshold), expected)
                << kernels->name << ", round " << round;
        }
    }
    EXPECT_GT(corners, 10000U);
}

TEST(FastCorners, NothingLiesInAnEmptyArea) {
    const Plane plane = plane_of(Kind::kNoise, 40, 40, 1);
    for (const FastKernels* kernels : usable_fast_kernels()) {
        EXPECT_TRUE(found_by(*kernels, plane, {10, 10, 0, 5}, 7).empty());
        EXPECT_TRUE(found_by(*kernels, plane, {10, 10, 5, 0}, 7).empty());
        EXPECT_TRUE(found_by(*kernels, plane, {10, 10, 5, -3}, 7).empty());
    }
}

TEST(FastCorners, ADetectorForgetsTheAreaBefore) {
    const Plane wide = plane_of(Kind::kNoise, 150, 60, 2);
    const Plane narrow = plane_of(Kind::kBlocks, 40, 30, 3);
    for (const FastKernels* kernels : usable_fast_kernels()) {
        FastDetector detector(*kernels);
        std::vector<FastCorner> found;
        detector.find(wide, {10, 10, 130, 40}, 7, found);
        EXPECT_FALSE(found.empty());
        found.clear();
        detector.find(narrow, {5, 5, 30, 20}, 20, found);
        EXPECT_EQ(found, found_by(*kernels, narrow, {5, 5, 30, 20}, 20)) << kernels->name;
    }
}

}  // namespace
}  // namespace refrain::local
