// What decoding photos and fingerprinting them cost apart from each other: ingest.py sets the CPU
// of `add` against their sum.
//
//     photo_parts FILE-OF-NAMES
//
// One thread. Photos are taken by the hundred: all are decoded, then all are fingerprinted from the
// pictures in memory as `add` would. Prints one line: photos, CPU seconds of decoding (reading
// included), of fingerprinting (codes and local features), and of the digests of the bytes, which
// belong to neither.

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <time.h>

#include "refrain/fingerprinter.h"

#include "fingerprint/frame_walk.h"
#include "hash/luma_hash.h"
#include "media/byte_source.h"
#include "media/digest.h"
#include "media/frame_reader.h"

namespace refrain {
namespace {

constexpr std::size_t kAtOnce = 100;

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

[[noreturn]] void give_up(const std::string& name, const std::string& why) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), why.c_str());
    std::exit(1);
}

struct Parts {
    std::size_t photos = 0;
    double decoding = 0;
    double fingerprinting = 0;
    double digesting = 0;
};

struct Decoded {
    std::unique_ptr<media::FrameReader> reader;  ///< owns the picture
    frame::FrameHeader header;
    frame::RgbView picture;
    bool has_luma = false;
};

Decoded decode(const media::ByteSource& source, const std::string& name) {
    auto reader = media::open_frames(source, media::ReaderOptions());
    if (!reader) {
        give_up(name, reader.error().message);
    }
    Decoded decoded;
    decoded.reader = std::move(reader).value();
    const auto header = decoded.reader->next();
    if (!header || !header->has_value()) {
        give_up(name, "no picture");
    }
    decoded.header = **header;
    decoded.has_luma = decoded.reader->luma().has_value();
    if (!decoded.has_luma) {
        const auto picture = decoded.reader->picture();
        if (!picture) {
            give_up(name, picture.error().message);
        }
        decoded.picture = *picture;
    }
    return decoded;
}

void fingerprint(Decoded& decoded) {
    const FingerprintOptions options;
    FingerprintRun run;
    fingerprint::FrameWalk walk(decoded.reader->info(), options, run);
    if (decoded.has_luma) {
        static_cast<void>(walk.take(decoded.header, *decoded.reader->luma()));
        return;
    }
    hash::LumaConverter converter;
    static_cast<void>(walk.take(decoded.header, converter.convert(decoded.picture)));
}

void measure(const std::vector<std::string>& names, Parts& parts) {
    std::vector<media::ByteSource> sources;
    sources.reserve(names.size());
    for (const std::string& name : names) {
        auto source = media::ByteSource::open_file(name, Limits());
        if (!source) {
            give_up(name, source.error().message);
        }
        sources.push_back(std::move(source).value());
    }
    const double began = cpu_seconds();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!media::digest(sources[i], {})) {
            give_up(names[i], "cannot be read");
        }
    }
    const double digested = cpu_seconds();
    std::vector<Decoded> pictures;
    pictures.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        pictures.push_back(decode(sources[i], names[i]));
    }
    const double decoded = cpu_seconds();
    for (Decoded& picture : pictures) {
        fingerprint(picture);
    }
    parts.fingerprinting += cpu_seconds() - decoded;
    parts.decoding += decoded - digested;
    parts.digesting += digested - began;
    parts.photos += names.size();
}

Parts measure_all(const char* list) {
    std::ifstream lines(list);
    if (!lines) {
        give_up(list, "cannot be opened");
    }
    Parts parts;
    std::vector<std::string> names;
    for (std::string name; std::getline(lines, name);) {
        names.push_back(name);
        if (names.size() == kAtOnce) {
            measure(names, parts);
            names.clear();
        }
    }
    measure(names, parts);
    return parts;
}

}  // namespace
}  // namespace refrain

int main(int count, char** words) {
    if (count != 2) {
        std::fprintf(stderr, "usage: photo_parts FILE-OF-NAMES\n");
        return 2;
    }
    const refrain::Parts parts = refrain::measure_all(words[1]);
    std::printf("%zu %.3f %.3f %.3f\n", parts.photos, parts.decoding, parts.fingerprinting,
                parts.digesting);
    return 0;
}
