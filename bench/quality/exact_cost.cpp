// What exact PDQ codes cost a query beside its own: each file is fingerprinted with and without
// them, by turns, in this process and by one thread.
//
//     exact_cost ROUNDS FILE...

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "refrain/fingerprinter.h"

namespace refrain {
namespace {

double processor_ms() {
    std::timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Cost {
    double ms = 1e300;  ///< the least of all rounds
    Fingerprint made;
};

void take(const std::string& file, bool is_exact, Cost& cost) {
    FingerprintOptions options = FingerprintOptions().for_query();
    options.exact_codes = is_exact;
    const double began = processor_ms();
    auto run = Fingerprinter(options).fingerprint_file(file);
    const double took = processor_ms() - began;
    if (run) {
        cost.ms = std::min(cost.ms, took);
        cost.made = std::move(run->fingerprint);
    }
}

int run(int count, char** arguments) {
    if (count < 3) {
        std::fprintf(stderr, "usage: exact_cost ROUNDS FILE...\n");
        return 2;
    }
    const int rounds = std::atoi(arguments[1]);
    double plain_ms = 0;
    double exact_ms = 0;
    double pixels = 0;
    double bytes_plain = 0;
    double bytes_exact = 0;
    double frames = 0;
    for (int i = 2; i < count; ++i) {
        Cost plain;
        Cost exact;
        for (int round = 0; round < rounds; ++round) {
            take(arguments[i], false, plain);
            take(arguments[i], true, exact);
        }
        if (exact.made.exact.empty()) {
            std::fprintf(stderr, "%s: left out\n", arguments[i]);
            continue;
        }
        plain_ms += plain.ms;
        exact_ms += exact.ms;
        frames += static_cast<double>(exact.made.frames.size());
        pixels += static_cast<double>(exact.made.media.width) * exact.made.media.height *
                  static_cast<double>(exact.made.frames.size());
        bytes_plain += static_cast<double>(encode_fingerprint(plain.made).value().size());
        bytes_exact += static_cast<double>(encode_fingerprint(exact.made).value().size());
    }
    std::printf("processor ms: %.1f without, %.1f with: %+.1f %%\n", plain_ms, exact_ms,
                100 * (exact_ms / plain_ms - 1));
    std::printf("ns a pixel of a kept frame: %.2f\n", (exact_ms - plain_ms) * 1e6 / pixels);
    std::printf("kept frames: %.0f, bytes of a query's record: %.0f without, %.0f with\n", frames,
                bytes_plain, bytes_exact);
    return 0;
}

}  // namespace
}  // namespace refrain

int main(int count, char** arguments) { return refrain::run(count, arguments); }
