#include <cstdint>
#include <random>
#include <string>

#include <benchmark/benchmark.h>

#include "frame/picture.h"
#include "hash/luma_hash.h"
#include "hash/pdq_hash.h"
#include "hash/pdq_kernels.h"
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
    PdqHasher hasher;
    run_on_picture(state, [&](const frame::RgbImage& image) { return hasher.hash(image.view()); });
}

void hash_picture_in_eight_views(benchmark::State& state) {
    PdqHasher hasher;
    run_on_picture(state, [&](const frame::RgbImage& image) { return hasher.views(image.view()); });
}

/// The published form as its reference program does it: a float plane, two row and two column
/// passes by running sums, columns walked downwards one after the other. Its two planes are kept
/// from picture to picture, as ours are: this measures the algorithm and not the allocator.
void hash_picture_plain(benchmark::State& state) {
    PlainPlanes planes;
    run_on_picture(
        state, [&](const frame::RgbImage& image) { return pdq_hash_plain(image.view(), planes); });
}

/// The whole of PDQ by the kernels of one instruction set.
void hash_picture_by(benchmark::State& state, const PdqKernels* kernels) {
    PdqScratch scratch;
    DecimatedPicture small;
    run_on_picture(state, [&](const frame::RgbImage& image) {
        kernels->shrink(image.view(), scratch, small);
        return PdqHash{threshold(kernels->low_frequencies(small)), kernels->picture_quality(small)};
    });
}

/// Area means of a luma plane of the same size, as frames of videos are hashed.
void luma_plane_means(benchmark::State& state) {
    LumaConverter converter;
    LumaShrinker shrinker;
    frame::LumaView luma;
    run_on_picture(state, [&](const frame::RgbImage& image) {
        if (luma.data == nullptr) {
            luma = converter.convert(image.view());
        }
        return shrinker.means(luma);
    });
}

void sizes(benchmark::internal::Benchmark* bench) {
    bench->Args({512, 512})->Args({1024, 768})->Args({1920, 1080});
    bench->ArgNames({"width", "height"})->Unit(benchmark::kMillisecond);
}

BENCHMARK(hash_picture_plain)->Apply(sizes);
BENCHMARK(hash_picture)->Apply(sizes);
BENCHMARK(hash_picture_in_eight_views)->Apply(sizes);
BENCHMARK(luma_plane_means)->Apply(sizes);

void register_kernels() {
    for (const PdqKernels* kernels : usable_pdq_kernels()) {
        const std::string name = std::string("hash_picture_by/") + kernels->name;
        benchmark::RegisterBenchmark(name.c_str(), hash_picture_by, kernels)->Apply(sizes);
    }
}

void box_filter(benchmark::State& state, void (*filter)(const FloatPlane&, FloatPlane&)) {
    const FloatPlane plane = luma_plane(fixed_noise(1920, 1080).view());
    FloatPlane filtered(0, 0);
    while (state.KeepRunning()) {
        filter(plane, filtered);
        benchmark::ClobberMemory();
    }
}
BENCHMARK_CAPTURE(box_filter, rows_1920x1080, box_filter_rows)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(box_filter, columns_1920x1080, box_filter_columns)->Unit(benchmark::kMillisecond);

void transform_and_threshold(benchmark::State& state) {
    const DecimatedPicture picture = shrink(fixed_noise(64, 64).view());
    while (state.KeepRunning()) {
        benchmark::DoNotOptimize(hash_of(picture));
    }
}
BENCHMARK(transform_and_threshold)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace refrain::hash

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    refrain::hash::register_kernels();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
