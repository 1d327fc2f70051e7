#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "refrain/fingerprint.h"

namespace refrain::test {

/// Draws numbers in a way that is the same with every standard library.
class Draw {
  public:
    explicit Draw(std::uint64_t seed) : engine_(seed) {}

    /// 0 .. limit - 1; limit > 0
    std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
    bool coin() { return below(2) == 1; }
    std::uint64_t word() { return engine_(); }
    /// Mostly small, at times up to the largest that fits in `bits` bits.
    std::uint64_t wide(int bits) {
        return (engine_() >> (64 - bits)) >> below(static_cast<std::uint64_t>(bits));
    }
    std::string text(std::size_t longest) {
        std::string value(below(longest + 1), '\0');
        for (char& letter : value) {
            letter = static_cast<char>(below(256));
        }
        return value;
    }
    Hash256 hash() { return Hash256{{engine_(), engine_(), engine_(), engine_()}}; }
    template <typename Digest>
    void fill(Digest& digest) {
        for (std::uint8_t& byte : digest) {
            byte = static_cast<std::uint8_t>(below(256));
        }
    }

  private:
    std::mt19937_64 engine_;
};

inline std::vector<LocalFrame> random_local_frames(Draw& draw, std::size_t count) {
    std::vector<LocalFrame> frames(count);
    MediaTime time;
    for (LocalFrame& frame : frames) {
        time.us += static_cast<std::int64_t>(draw.wide(40));
        frame.time = time;
        frame.width = static_cast<std::uint16_t>(1 + draw.below(LocalFrame::kMaxSide));
        frame.height = static_cast<std::uint16_t>(1 + draw.below(LocalFrame::kMaxSide));
        frame.points.resize(draw.below(5));
        for (LocalPoint& point : frame.points) {
            point.x = static_cast<std::uint16_t>(draw.below(frame.width) * 16);
            point.y = static_cast<std::uint16_t>(draw.below(frame.height) * 16);
            point.scale = static_cast<std::uint8_t>(draw.below(256));
            point.angle = static_cast<std::uint8_t>(draw.below(256));
            point.code = draw.hash();
        }
        if (draw.coin()) {
            frame.cell_columns = static_cast<std::uint16_t>(1 + draw.below(5));
            frame.cell_rows = static_cast<std::uint16_t>(1 + draw.below(5));
            frame.cells.resize(std::size_t{frame.cell_columns} * frame.cell_rows);
            for (std::uint8_t& cell : frame.cells) {
                cell = static_cast<std::uint8_t>(draw.below(0xC0));
            }
        }
        if (draw.coin()) {
            frame.luma_width = static_cast<std::uint16_t>(1 + draw.below(5));
            frame.luma_height = static_cast<std::uint16_t>(1 + draw.below(5));
            frame.luma.resize(std::size_t{frame.luma_width} * frame.luma_height);
            draw.fill(frame.luma);
        }
    }
    return frames;
}

inline void add_exact_codes(Draw& draw, Fingerprint& fingerprint) {
    fingerprint.exact.resize(fingerprint.frames.size());
    for (ExactCode& code : fingerprint.exact) {
        code.quality = static_cast<std::uint8_t>(draw.below(101));
        for (Hash256& view : code.views) {
            view = draw.hash();
        }
    }
}

/// Any fingerprint that `check_fingerprint` accepts, with at most `most_frames` frames.
inline Fingerprint random_fingerprint(Draw& draw, std::size_t most_frames) {
    Fingerprint result;
    result.media.kind = draw.coin() ? MediaKind::kVideo : MediaKind::kImage;
    result.media.width = static_cast<std::int32_t>(draw.wide(31));
    result.media.height = static_cast<std::int32_t>(draw.wide(31));
    result.media.duration.us = static_cast<std::int64_t>(draw.wide(63));
    result.media.digest.bytes = draw.wide(64);
    draw.fill(result.media.digest.sha256);
    draw.fill(result.media.digest.md5);
    result.media.container = draw.text(40);
    result.media.codec = draw.text(10);
    result.decode.is_partial = draw.coin();
    result.decode.decoded_frames = draw.wide(64);
    result.decode.skipped_packets = draw.wide(64);
    result.decode.decoded_until.us = static_cast<std::int64_t>(draw.wide(63));
    result.decode.damage = draw.text(80);
    const std::size_t frames = draw.below(most_frames + 1);
    const bool has_views = draw.coin();
    MediaTime time;
    for (std::size_t i = 0; i < frames; ++i) {
        time.us += static_cast<std::int64_t>(draw.wide(40));
        result.frames.push_back(
            {time, draw.hash(), static_cast<std::uint8_t>(draw.below(101)), draw.coin()});
        if (has_views) {
            DihedralHashes views{result.frames.back().hash};
            for (std::size_t view = 1; view < views.size(); ++view) {
                views[view] = draw.hash();
            }
            result.views.push_back(views);
        }
    }
    result.local = random_local_frames(draw, draw.below(4));
    if (draw.coin()) {
        draw.fill(result.media.digest.sha1);
    }
    if (frames == 0 && draw.coin()) {
        result.digests.push_back({DigestAlgorithm::kMd5, std::vector<std::uint8_t>(16)});
        result.digests.push_back({DigestAlgorithm::kSha256, std::vector<std::uint8_t>(32)});
        draw.fill(result.digests.front().bytes);
        draw.fill(result.digests.back().bytes);
    }
    if (draw.below(3) == 0) {
        result.codes = CodeKind::kExactPdq;
    } else if (draw.coin()) {
        add_exact_codes(draw, result);
    }
    return result;
}

/// The same, every other one with a note and up to three further parts.
inline Fingerprint random_medium(Draw& draw, std::size_t most_frames) {
    Fingerprint result = random_fingerprint(draw, most_frames);
    if (draw.coin()) {
        return result;
    }
    result.decode.note = draw.text(20);
    result.part.index = static_cast<std::uint32_t>(draw.below(3));
    result.part.role = static_cast<PartRole>(draw.below(5));
    const std::size_t parts = draw.below(4);
    for (std::size_t i = 0; i < parts; ++i) {
        Fingerprint part = random_fingerprint(draw, most_frames);
        part.media.digest = result.media.digest;
        part.codes = result.codes;
        part.exact.clear();
        if (part.codes == CodeKind::kAreaMeans && draw.coin()) {
            add_exact_codes(draw, part);
        }
        // Two and two are a picture and its twin.
        part.part.index = static_cast<std::uint32_t>(3 + i / 2);
        part.part.is_on_white = i % 2 == 1;
        part.part.role = static_cast<PartRole>(draw.below(5));
        part.decode.note = draw.text(20);
        result.more_parts.push_back(std::move(part));
    }
    return result;
}

}  // namespace refrain::test
