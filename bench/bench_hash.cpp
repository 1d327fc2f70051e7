#include <cstdint>
#include <random>

#include <benchmark/benchmark.h>

#include "frame/picture.h"
#include "hash/pdq.h"
#include "hash/pdq_stages.h"

namespace refrain::hash {
namespace {

frame::RgbImage fixed_noise(int width, int height) {
    frame::RgbImage image{width, height, {}};
    image.pixels.resize(std::size_t{3} * static_cast<std::size_t>(width) *
                        static_cast<std::size_t>(height));
    std::mt19937 random(1);
    for (std::uint8_t& sample : image.pixels) {
        sample = static_cast<std::uint8_t>(random() & 255U);
    }
    return image;
}

/// Runs `work` on a picture of the size in the arguments; `ns_per_pixel` is in nanoseconds.
template <typename Work>
void run_on_picture(benchmark::State& state, Work work) {
    const frame::RgbImage image =
        fixed_noise(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
    while (state.KeepRunning()) {
        benchmark::DoNotOptimize(work(image));
    }
    const double pixels = static_cast<double>(image.width) * image.height;
    state.counters["ns_per_pixel"] = benchmark::Counter(
        pixels * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void hash_picture(benchmark::State& state) {
    run_on_picture(state, [](const frame::RgbImage& image) { return pdq_hash(image.view()); });
}

void hash_picture_in_eight_views(benchmark::State& state) {
    run_on_picture(state, [](const frame::RgbImage& image) { return pdq_views(image.view()); });
}

void luma_alone(benchmark::State& state) {
    run_on_picture(state, [](const frame::RgbImage& image) { return luma_plane(image.view()); });
}

void sizes(benchmark::internal::Benchmark* bench) {
    bench->Args({512, 512})->Args({1024, 768})->Args({1920, 1080});
    bench->ArgNames({"width", "height"})->Unit(benchmark::kMillisecond);
}

BENCHMARK(hash_picture)->Apply(sizes);
BENCHMARK(hash_picture_in_eight_views)->Apply(sizes);
BENCHMARK(luma_alone)->Apply(sizes);

void box_filter(benchmark::State& state, FloatPlane (*filter)(const FloatPlane&)) {
    const FloatPlane plane = luma_plane(fixed_noise(1920, 1080).view());
    while (state.KeepRunning()) {
        benchmark::DoNotOptimize(filter(plane));
    }
}
BENCHMARK_CAPTURE(box_filter, rows_1920x1080, box_filter_rows)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(box_filter, columns_1920x1080, box_filter_columns)->Unit(benchmark::kMillisecond);

void transform_and_threshold(benchmark::State& state) {
    const DecimatedPicture picture = shrink(fixed_noise(64, 64).view());
    while (state.KeepRunning()) {
        benchmark::DoNotOptimize(threshold(low_frequencies(picture)));
    }
}
BENCHMARK(transform_and_threshold)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace refrain::hash

BENCHMARK_MAIN();
