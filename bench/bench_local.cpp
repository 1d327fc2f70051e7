#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>
#include <opencv2/features2d.hpp>

#include "frame/picture.h"
#include "local/binary_code.h"
#include "local/corners.h"
#include "local/fast_corners.h"
#include "local/local_features.h"
#include "local/plane.h"
#include "local/working_picture.h"

namespace refrain::local {
namespace {

/// Boxes of all sizes over each other and a little noise, 4:3.
struct Picture {
    int width;
    int height;
    std::vector<std::uint8_t> samples;

    explicit Picture(int long_side)
        : width(long_side),
          height(long_side * 3 / 4),
          samples(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 128) {
        std::mt19937 random(1);
        const auto below = [&random](int end) {
            return static_cast<int>(random() % static_cast<std::uint32_t>(end));
        };
        for (int box = 0; box < 600; ++box) {
            const int side = width / (2 + below(60));
            const int left = below(width);
            const int top = below(height);
            const int level = 20 + below(200);
            for (int y = top; y < std::min(top + side, height); ++y) {
                const std::size_t row =
                    static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
                for (int x = left; x < std::min(left + side, width); ++x) {
                    samples[row + static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(level);
                }
            }
        }
        for (std::uint8_t& sample : samples) {
            sample = static_cast<std::uint8_t>(sample + below(9));
        }
    }

    [[nodiscard]] frame::LumaView view() const {
        frame::LumaView luma;
        luma.data = samples.data();
        luma.width = width;
        luma.height = height;
        luma.stride_bytes = width;
        luma.is_full_range = true;
        return luma;
    }
};

void extract(benchmark::State& state) {
    const Picture picture(static_cast<int>(state.range(0)));
    Extractor extractor({.max_side = static_cast<int>(state.range(1)),
                         .max_points = static_cast<int>(state.range(2))});
    Features features;
    while (state.KeepRunning()) {
        extractor.extract(picture.view(), features);
    }
    state.counters["points"] = static_cast<double>(features.points.size());
}
BENCHMARK(extract)
    ->ArgNames({"picture", "side", "points"})
    ->Args({512, 512, 400})
    ->Args({768, 768, 1000})
    ->Args({768, 768, 1500})
    ->Args({4000, 512, 400})
    ->Unit(benchmark::kMillisecond);

void working_picture(benchmark::State& state) {
    const Picture picture(static_cast<int>(state.range(0)));
    WorkingPicture working;
    Plane plane;
    while (state.KeepRunning()) {
        working.make(picture.view(), 512, plane);
    }
}
BENCHMARK(working_picture)->Arg(512)->Arg(1024)->Arg(4000)->Unit(benchmark::kMillisecond);

Plane plane_of(int side) {
    Plane plane;
    WorkingPicture().make(Picture(side).view(), side, plane);
    plane.mirror_margin();
    return plane;
}

void shrink_by_a_level(benchmark::State& state) {
    const Plane plane = plane_of(512);
    Plane small;
    while (state.KeepRunning()) {
        resample(plane, 427, 320, small);
    }
}
BENCHMARK(shrink_by_a_level)->Unit(benchmark::kMicrosecond);

void blur_once(benchmark::State& state) {
    const Plane plane = plane_of(512);
    Plane blurred;
    while (state.KeepRunning()) {
        blur(plane, static_cast<int>(state.range(0)), blurred);
    }
}
BENCHMARK(blur_once)->Arg(1)->Arg(4)->Unit(benchmark::kMicrosecond);

constexpr int kFastThreshold = 20;

void fast(benchmark::State& state) {
    const Plane plane = plane_of(static_cast<int>(state.range(0)));
    const Area area{kFastReach, kFastReach, plane.width() - 2 * kFastReach,
                    plane.height() - 2 * kFastReach};
    FastDetector detector;
    std::vector<FastCorner> corners;
    while (state.KeepRunning()) {
        corners.clear();
        detector.find(plane, area, kFastThreshold, corners);
    }
    state.counters["corners"] = static_cast<double>(corners.size());
}
BENCHMARK(fast)->Arg(512)->Unit(benchmark::kMicrosecond);

/// The rival: the same corners by OpenCV.
void opencv_fast(benchmark::State& state) {
    Plane plane = plane_of(static_cast<int>(state.range(0)));
    const cv::Mat view(plane.height(), plane.width(), CV_8UC1, plane.row(0),
                       static_cast<std::size_t>(plane.stride()));
    std::vector<cv::KeyPoint> corners;
    while (state.KeepRunning()) {
        corners.clear();
        cv::FAST(view, corners, kFastThreshold, true, cv::FastFeatureDetector::TYPE_9_16);
    }
    state.counters["corners"] = static_cast<double>(corners.size());
}
BENCHMARK(opencv_fast)->Arg(512)->Unit(benchmark::kMicrosecond);

void corners_of_a_level(benchmark::State& state) {
    const Plane plane = plane_of(512);
    CornerFinder finder;
    std::vector<Corner> corners;
    while (state.KeepRunning()) {
        finder.find(plane, static_cast<int>(state.range(0)), corners);
    }
}
BENCHMARK(corners_of_a_level)->Arg(75)->Arg(280)->Unit(benchmark::kMicrosecond);

void direction(benchmark::State& state) {
    const Plane plane = plane_of(512);
    while (state.KeepRunning()) {
        benchmark::DoNotOptimize(orientation(plane, 200, 100));
    }
}
BENCHMARK(direction)->Unit(benchmark::kNanosecond);

void code(benchmark::State& state) {
    BlurredLevel level;
    blur(plane_of(512), 1, level[0]);
    blur(level[0], 2, level[1]);
    blur(level[1], 4, level[2]);
    float angle = 0;
    while (state.KeepRunning()) {
        benchmark::DoNotOptimize(binary_code(level, 200, 100, angle));
        angle += 0.3F;
    }
}
BENCHMARK(code)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace refrain::local

BENCHMARK_MAIN();
