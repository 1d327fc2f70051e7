// Records with a right length and checksum, as only someone who means harm (or a later version)
// makes them.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/fingerprint.h"

#include "fingerprint/byte_io.h"
#include "fingerprint/crc64.h"

namespace refrain {
namespace {

using fingerprint::ByteWriter;

// The numbers of docs/fingerprint-format.md, repeated here on purpose: a change in the code alone
// must fail.
constexpr std::uint16_t kMedia = 1;
constexpr std::uint16_t kDecode = 2;
constexpr std::uint16_t kFrames = 3;
constexpr std::uint16_t kViews = 4;
constexpr std::uint16_t kMandatory = 1;

struct RawSection {
    std::uint16_t type = 0;
    std::uint16_t flags = kMandatory;
    std::vector<std::byte> body;
};

struct RawRecord {
    std::string_view magic{"\x89RFP\r\n\x1A\n", 8};
    std::uint16_t format = 1;
    std::uint16_t algorithm = kAlgorithmVersion;
    std::uint32_t flags = 0;
    std::vector<RawSection> sections;
    std::vector<std::byte> after_sections;
};

std::vector<std::byte> encode(const RawRecord& raw) {
    ByteWriter sections;
    for (const RawSection& section : raw.sections) {
        sections.put_fixed(section.type, 2);
        sections.put_fixed(section.flags, 2);
        sections.put_fixed(section.body.size(), 8);
        sections.put_bytes(section.body);
    }
    ByteWriter out;
    out.put_bytes(std::as_bytes(std::span(raw.magic)));
    out.put_fixed(raw.format, 2);
    out.put_fixed(raw.algorithm, 2);
    out.put_fixed(raw.flags, 4);
    out.put_fixed(24 + sections.bytes().size() + raw.after_sections.size() + 8, 8);
    out.put_bytes(sections.bytes());
    out.put_bytes(raw.after_sections);
    out.put_fixed(fingerprint::crc64_xz(out.bytes()), 8);
    return out.take();
}

std::vector<std::byte> zeros(std::size_t count) { return std::vector<std::byte>(count); }

std::vector<std::byte> varints(std::initializer_list<std::uint64_t> values) {
    ByteWriter out;
    for (const std::uint64_t value : values) {
        out.put_varint(value);
    }
    return out.take();
}

struct RawMedia {
    std::uint64_t kind = 0;
    std::uint64_t width = 4;
    std::uint64_t height = 3;
    std::uint64_t duration = 0;
    std::uint64_t container_bytes = 0;
};

std::vector<std::byte> media_body(const RawMedia& raw = {}) {
    ByteWriter out;
    out.put_fixed(raw.kind, 1);
    out.put_bytes(varints({raw.width, raw.height, raw.duration, 99}));
    out.put_bytes(zeros(48));
    out.put_varint(raw.container_bytes);
    out.put_varint(0);
    return out.take();
}

std::vector<std::byte> decode_body(std::uint64_t is_partial = 0, std::uint64_t until = 0) {
    ByteWriter out;
    out.put_fixed(is_partial, 1);
    out.put_bytes(varints({1, 0, until, 0}));
    return out.take();
}

std::vector<std::byte> frames_body(std::uint64_t claimed,
                                   std::initializer_list<std::uint64_t> deltas,
                                   std::uint8_t marks = 50) {
    ByteWriter out;
    out.put_varint(claimed);
    for (const std::uint64_t delta : deltas) {
        out.put_varint(delta);
        out.put_fixed(marks, 1);
        out.put_bytes(zeros(32));
    }
    return out.take();
}

RawRecord good() {
    RawRecord raw;
    raw.sections = {{kMedia, kMandatory, media_body()},
                    {kDecode, kMandatory, decode_body()},
                    {kFrames, kMandatory, frames_body(1, {0})}};
    return raw;
}

/// The code of the refusal; kInternal, which no record may cause, stands for "was accepted".
ErrorCode refusal(const RawRecord& raw) {
    const Result<Fingerprint> decoded = decode_fingerprint(encode(raw));
    return decoded.ok() ? ErrorCode::kInternal : decoded.error().code;
}

TEST(HostileRecord, IsAcceptedWhenNothingIsWrongWithIt) {
    const Result<Fingerprint> decoded = decode_fingerprint(encode(good()));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(decoded->media.width, 4);
    EXPECT_EQ(decoded->media.digest.bytes, 99U);
    EXPECT_EQ(decoded->frames.size(), 1U);
    EXPECT_EQ(*encode_fingerprint(*decoded), encode(good()));
}

TEST(HostileRecord, IsUnsupportedWhenOfAnotherVersion) {
    for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0, 2, 65'535}) {
        RawRecord raw = good();
        raw.format = version;
        EXPECT_EQ(refusal(raw), ErrorCode::kUnsupportedFormat) << version;
    }
    for (const int step : {-1, 1, 1000}) {
        RawRecord raw = good();
        raw.algorithm = static_cast<std::uint16_t>(kAlgorithmVersion + step);
        EXPECT_EQ(refusal(raw), ErrorCode::kUnsupportedFormat) << step;
    }
}

TEST(HostileRecord, IsCorruptWhereItSaysAnotherLength) {
    for (const int more : {-8, -1, 1, 8}) {
        std::vector<std::byte> record = encode(good());
        ByteWriter length;
        length.put_fixed(record.size() + static_cast<std::uint64_t>(std::int64_t{more}), 8);
        std::copy(length.bytes().begin(), length.bytes().end(), record.begin() + 16);
        record.resize(record.size() - 8);
        ByteWriter sum;
        sum.put_fixed(fingerprint::crc64_xz(record), 8);
        record.insert(record.end(), sum.bytes().begin(), sum.bytes().end());
        const Result<Fingerprint> decoded = decode_fingerprint(record);
        ASSERT_FALSE(decoded.ok()) << more;
        EXPECT_EQ(decoded.error().code, ErrorCode::kCorrupt);
    }
}

TEST(HostileRecord, IsCorruptWithAnotherMagic) {
    RawRecord raw = good();
    raw.magic = {"\x89RFP\n\x1A\n\n", 8};
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsUnsupportedWithUnknownFlags) {
    RawRecord raw = good();
    raw.flags = 2;
    EXPECT_EQ(refusal(raw), ErrorCode::kUnsupportedFormat);
    raw = good();
    raw.sections[2].flags = kMandatory | 2;
    EXPECT_EQ(refusal(raw), ErrorCode::kUnsupportedFormat);
}

TEST(HostileRecord, MayCarryOptionalSectionsOfLaterVersions) {
    RawRecord raw = good();
    raw.sections.push_back({8, 0, zeros(100)});
    raw.sections.push_back({65'535, 0, {}});
    EXPECT_TRUE(decode_fingerprint(encode(raw)).ok());
    raw.sections[3].flags = kMandatory;
    EXPECT_EQ(refusal(raw), ErrorCode::kUnsupportedFormat);
}

TEST(HostileRecord, IsCorruptWhenASectionIsMissingDoubledOrMoved) {
    for (std::size_t i = 0; i < 3; ++i) {
        RawRecord raw = good();
        raw.sections.erase(raw.sections.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << i;
        raw = good();
        raw.sections.insert(raw.sections.begin() + static_cast<std::ptrdiff_t>(i), raw.sections[i]);
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << i;
        raw = good();
        std::swap(raw.sections[i], raw.sections[(i + 1) % 3]);
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << i;
    }
    RawRecord raw = good();
    raw.sections.insert(raw.sections.begin(), RawSection{0, 0, {}});
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsCorruptWhenASectionReachesPastTheEnd) {
    for (const std::uint64_t length : {std::uint64_t{1}, std::uint64_t{9}, std::uint64_t{1} << 40,
                                       ~std::uint64_t{0}, ~std::uint64_t{0} - 11}) {
        RawRecord raw = good();
        ByteWriter section;
        section.put_fixed(9, 2);
        section.put_fixed(0, 2);
        section.put_fixed(length, 8);
        raw.after_sections = section.take();
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << length;
    }
}

TEST(HostileRecord, IsCorruptWithBytesBetweenTheSectionsAndTheChecksum) {
    for (std::size_t count = 1; count < 12; ++count) {
        RawRecord raw = good();
        raw.after_sections = zeros(count);
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << count;
    }
}

TEST(HostileRecord, IsCorruptWithBytesAtTheEndOfASection) {
    for (std::size_t i = 0; i < 3; ++i) {
        RawRecord raw = good();
        raw.sections[i].body.push_back(std::byte{0});
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << i;
    }
}

TEST(HostileRecord, IsCorruptWhenASectionIsTooShort) {
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t size = 0; size < good().sections[i].body.size(); ++size) {
            RawRecord raw = good();
            raw.sections[i].body.resize(size);
            EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << i << " " << size;
        }
    }
}

TEST(HostileRecord, IsCorruptWhenItClaimsMoreFramesThanItHolds) {
    // Memory for what is claimed would be 48 bytes times this.
    for (const std::uint64_t claimed : {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{1} << 32,
                                        std::uint64_t{1} << 60, ~std::uint64_t{0}}) {
        RawRecord raw = good();
        raw.sections[2].body = frames_body(claimed, {0});
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << claimed;
    }
}

TEST(HostileRecord, IsRefusedBeforeMemoryIsTakenForFramesThatItCannotHold) {
    // A frame takes 34 bytes at least; only the message tells that not even the first was read.
    const auto message = [](std::uint64_t claimed) {
        RawRecord raw = good();
        raw.sections[2].body = frames_body(claimed, {0, 0, 0});
        return decode_fingerprint(encode(raw)).error().message;
    };
    for (const std::uint64_t claimed : {std::uint64_t{4}, std::uint64_t{50}}) {
        EXPECT_NE(message(claimed).find("more frames are claimed than the record can hold"),
                  std::string::npos)
            << message(claimed);
    }
}

TEST(HostileRecord, IsCorruptWhenATimeLeavesItsRange) {
    constexpr std::uint64_t kLatest = INT64_MAX;
    RawRecord raw = good();
    raw.sections[2].body = frames_body(2, {kLatest, 0});
    EXPECT_TRUE(decode_fingerprint(encode(raw)).ok());
    for (const std::uint64_t delta : {std::uint64_t{1}, kLatest, ~std::uint64_t{0}}) {
        raw.sections[2].body = frames_body(2, {kLatest, delta});
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << delta;
    }
    raw.sections[2].body = frames_body(1, {kLatest + 1});
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsCorruptWhenAQualityIsAboveOneHundred) {
    for (const std::uint8_t marks : std::initializer_list<std::uint8_t>{101, 127, 229, 255}) {
        RawRecord raw = good();
        raw.sections[2].body = frames_body(1, {0}, marks);
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << int{marks};
    }
    RawRecord raw = good();
    raw.sections[2].body = frames_body(1, {0}, 128 + 100);
    EXPECT_TRUE(decode_fingerprint(encode(raw)).ok());
}

TEST(HostileRecord, IsCorruptWhenTheMediumIsOutOfRange) {
    constexpr std::uint64_t kSide = INT32_MAX;
    const RawMedia bad[] = {
        {.kind = 2},
        {.kind = 255},
        {.width = kSide + 1},
        {.height = kSide + 1},
        {.width = ~std::uint64_t{0}},
        {.duration = std::uint64_t{1} << 63},
        {.container_bytes = 1000},
        {.container_bytes = ~std::uint64_t{0}},
    };
    for (const RawMedia& media : bad) {
        RawRecord raw = good();
        raw.sections[0].body = media_body(media);
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << (&media - bad);
    }
}

TEST(HostileRecord, IsCorruptWhenTheReportIsOutOfRange) {
    RawRecord raw = good();
    raw.sections[1].body = decode_body(2);
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
    raw.sections[1].body = decode_body(0, std::uint64_t{1} << 63);
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsCorruptWhenANumberIsNotInItsShortestForm) {
    // 0x80 0x00 is a zero in two bytes: one fingerprint must not have two records.
    RawRecord raw = good();
    raw.sections[2].body.erase(raw.sections[2].body.begin() + 1);
    raw.sections[2].body.insert(raw.sections[2].body.begin() + 1, {std::byte{0x80}, std::byte{0}});
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsCorruptWhenANumberHasMoreThanSixtyFourBits) {
    RawRecord raw = good();
    std::vector<std::byte> body(9, std::byte{0xFF});
    body.push_back(std::byte{0x02});
    raw.sections[2].body = body;
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
    raw.sections[2].body = std::vector<std::byte>(64, std::byte{0xFF});
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsCorruptWhenTheViewsDoNotFitTheFlagOrTheFrames) {
    constexpr std::uint32_t kHasViews = 1;
    RawRecord raw = good();
    raw.flags = kHasViews;
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
    raw.sections.push_back({kViews, 0, zeros(7 * 32)});
    EXPECT_TRUE(decode_fingerprint(encode(raw)).ok());
    raw.flags = 0;
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
    raw.flags = kHasViews;
    for (const std::size_t size : std::initializer_list<std::size_t>{0, 223, 225, 448}) {
        raw.sections[3].body = zeros(size);
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << size;
    }
    raw.sections[2].body = frames_body(0, {});
    raw.sections[3].body = {};
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

/// One frame of local features with one point.
std::vector<std::byte> local_body(std::uint64_t frames,
                                  std::initializer_list<std::uint64_t> header,
                                  std::uint64_t x = 0,
                                  std::size_t points = 1) {
    ByteWriter out;
    out.put_varint(frames);
    out.put_bytes(varints(header));
    for (std::size_t i = 0; i < points; ++i) {
        out.put_fixed(x, 2);
        out.put_bytes(zeros(36));
    }
    return out.take();
}

TEST(HostileRecord, IsCorruptWhenLocalFeaturesDoNotFit) {
    RawRecord raw = good();
    raw.sections.push_back({7, 0, local_body(1, {5, 40, 30, 1}, 40 * 16)});
    const Result<Fingerprint> decoded = decode_fingerprint(encode(raw));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    ASSERT_EQ(decoded->local.size(), 1U);
    EXPECT_EQ(decoded->local[0].time.us, 5);
    EXPECT_EQ(decoded->local[0].points[0].x, 640);
    EXPECT_EQ(*encode_fingerprint(*decoded), encode(raw));
    const std::uint64_t huge = std::uint64_t{1} << 62;
    const std::vector<std::vector<std::byte>> bad = {
        {},
        varints({0}),
        local_body(2, {5, 40, 30, 1}),
        local_body(huge, {5, 40, 30, 1}),
        local_body(1, {huge * 2, 40, 30, 1}),
        local_body(1, {5, 0, 30, 1}),
        local_body(1, {5, 40, 4096, 1}),
        local_body(1, {5, 40, 30, 2}),
        local_body(1, {5, 40, 30, 0}),
        local_body(1, {5, 40, 30, huge}),
        local_body(1, {5, 40, 30, 1}, 40 * 16 + 1),
        local_body(1, {5, 40, 30, 4096}, 0, 4096),
    };
    for (std::size_t i = 0; i < bad.size(); ++i) {
        raw.sections[3].body = bad[i];
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << i;
    }
}

TEST(HostileRecord, IsCorruptWhenEdgeCodesDoNotFit) {
    const auto body = [](std::uint64_t is_there, std::size_t bytes) {
        ByteWriter out;
        out.put_fixed(is_there, 1);
        for (std::size_t i = 0; i < bytes; ++i) {
            out.put_fixed(0xA5, 1);
        }
        return out.take();
    };
    RawRecord raw = good();
    raw.sections.push_back({7, 0, local_body(1, {5, 40, 30, 1})});
    raw.sections.push_back({17, 0, body(1, 32)});
    const Result<Fingerprint> decoded = decode_fingerprint(encode(raw));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    ASSERT_TRUE(decoded->local[0].edges);
    EXPECT_EQ(decoded->local[0].edges->words[3], 0xA5A5A5A5A5A5A5A5U);
    EXPECT_EQ(*encode_fingerprint(*decoded), encode(raw));
    const std::vector<std::vector<std::byte>> bad = {{},          body(0, 0),  body(1, 31),
                                                     body(1, 33), body(2, 32), body(0, 32)};
    for (std::size_t i = 0; i < bad.size(); ++i) {
        raw.sections.back().body = bad[i];
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << i;
    }
    raw = good();  // without local frames there is nothing that it could be of
    raw.sections.push_back({17, 0, body(1, 32)});
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsCorruptWhenCellsOrSamplesDoNotFit) {
    const auto body = [](std::initializer_list<std::uint64_t> header, std::size_t bytes,
                         std::uint64_t last = 0) {
        ByteWriter out;
        out.put_bytes(varints(header));
        for (std::size_t i = 0; i + 1 < bytes; ++i) {
            out.put_fixed(0x80, 1);
        }
        if (bytes > 0) {
            out.put_fixed(last, 1);
        }
        return out.take();
    };
    for (const std::uint16_t type : {std::uint16_t{11}, std::uint16_t{12}}) {
        RawRecord raw = good();
        raw.sections.push_back({7, 0, local_body(1, {5, 40, 30, 1})});
        raw.sections.push_back({type, 0, body({3, 2}, 6, 0xBF)});
        const Result<Fingerprint> decoded = decode_fingerprint(encode(raw));
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        const LocalFrame& frame = decoded->local[0];
        EXPECT_EQ((type == 11 ? frame.cells : frame.luma).back(), 0xBF);
        EXPECT_EQ(*encode_fingerprint(*decoded), encode(raw));
        const std::uint64_t huge = std::uint64_t{1} << 32;
        const std::vector<std::vector<std::byte>> bad = {
            {},
            body({0, 0}, 0),
            body({3, 2}, 5),
            body({3, 2}, 7),
            body({0, 2}, 0),
            body({2, 0}, 0),
            body({huge, huge}, 6),
            body({type == 11 ? 33U : 513U, type == 11 ? 32U : 1U}, type == 11 ? 1056 : 513),
        };
        for (std::size_t i = 0; i < bad.size(); ++i) {
            raw.sections.back().body = bad[i];
            EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << type << " " << i;
        }
    }
    RawRecord raw = good();
    raw.sections.push_back({7, 0, local_body(1, {5, 40, 30, 1})});
    raw.sections.push_back({11, 0, body({3, 2}, 6, 0xC0)});
    EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt);
    // Without local features there is nothing that they could be of.
    RawRecord bare = good();
    bare.sections.push_back({11, 0, body({3, 2}, 6)});
    EXPECT_EQ(refusal(bare), ErrorCode::kCorrupt);
}

/// The sections of `raw` as a further part holds them.
std::vector<std::byte> bare_sections(const RawRecord& raw) {
    const std::vector<std::byte> record = encode(raw);
    return {record.begin() + 24, record.end() - 8};
}

struct RawParts {
    std::uint64_t index = 0;
    std::uint64_t role = 0;
    std::uint64_t marks = 0;
    std::uint64_t count = 1;
    std::uint64_t part_flags = 0;
    std::uint64_t extra_length = 0;
    std::vector<RawRecord> further = {};
};

std::vector<std::byte> parts_body(const RawParts& raw) {
    ByteWriter out;
    out.put_varint(raw.index);
    out.put_fixed(raw.role, 1);
    out.put_fixed(raw.marks, 1);
    out.put_varint(raw.count);
    for (const RawRecord& part : raw.further) {
        const std::vector<std::byte> sections = bare_sections(part);
        out.put_fixed(raw.part_flags, 1);
        out.put_fixed(sections.size() + raw.extra_length, 8);
        out.put_bytes(sections);
    }
    return out.take();
}

constexpr std::uint16_t kParts = 9;

/// A further part with a place of its own.
RawRecord part_at(std::uint64_t index, std::uint64_t marks = 0) {
    RawRecord raw = good();
    raw.sections.push_back(
        {kParts, kMandatory, parts_body({.index = index, .role = 1, .marks = marks, .count = 0})});
    return raw;
}

RawRecord with_parts(const RawParts& parts) {
    RawRecord raw = good();
    raw.sections.push_back({kParts, kMandatory, parts_body(parts)});
    return raw;
}

TEST(HostileRecord, IsAcceptedWithFurtherParts) {
    const RawRecord raw =
        with_parts({.count = 3, .further = {part_at(0, 1), part_at(1), part_at(7)}});
    const Result<Fingerprint> decoded = decode_fingerprint(encode(raw));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    ASSERT_EQ(decoded->more_parts.size(), 3U);
    EXPECT_TRUE(decoded->more_parts[0].part.is_on_white);
    EXPECT_EQ(decoded->more_parts[2].part.index, 7U);
    EXPECT_EQ(decoded->more_parts[2].part.role, PartRole::kPicture);
    EXPECT_TRUE(check_fingerprint(*decoded).ok());
    EXPECT_EQ(*encode_fingerprint(*decoded), encode(raw));
}

TEST(HostileRecord, IsCorruptWhenItsPartsDoNotFit) {
    RawRecord other_bytes = part_at(1);
    other_bytes.sections[0].body[10] = std::byte{1};
    RawRecord nested = good();
    nested.sections.push_back(
        {kParts, kMandatory, parts_body({.index = 1, .further = {part_at(2)}})});
    RawRecord torn = part_at(1);
    torn.sections[2].body.pop_back();
    const std::uint64_t huge = std::uint64_t{1} << 60;
    const std::vector<RawRecord> bad = {
        with_parts({.count = 0}),
        with_parts({.index = std::uint64_t{1} << 32, .count = 0}),
        with_parts({.role = 5, .count = 0}),
        with_parts({.marks = 2, .count = 0}),
        with_parts({.count = 2, .further = {part_at(1)}}),
        with_parts({.count = 0, .further = {part_at(1)}}),
        with_parts({.count = huge, .further = {part_at(1)}}),
        with_parts({.part_flags = 2, .further = {part_at(1)}}),
        with_parts({.part_flags = 1, .further = {part_at(1)}}),
        with_parts({.extra_length = 1, .further = {part_at(1)}}),
        with_parts({.extra_length = huge, .further = {part_at(1)}}),
        with_parts({.further = {good()}}),
        with_parts({.further = {other_bytes}}),
        with_parts({.further = {nested}}),
        with_parts({.further = {torn}}),
        with_parts({.count = 2, .further = {part_at(2), part_at(1)}}),
        with_parts({.count = 2, .further = {part_at(1), part_at(1)}}),
    };
    for (std::size_t i = 0; i < bad.size(); ++i) {
        EXPECT_EQ(refusal(bad[i]), ErrorCode::kCorrupt) << i;
    }
}

TEST(HostileRecord, IsCorruptWithMoreThanTheMostParts) {
    RawParts parts;
    parts.count = kMaxParts - 1;
    for (std::size_t i = 1; i < kMaxParts; ++i) {
        parts.further.push_back(part_at(i));
    }
    EXPECT_TRUE(decode_fingerprint(encode(with_parts(parts))).ok());
    ++parts.count;
    parts.further.push_back(part_at(kMaxParts));
    EXPECT_EQ(refusal(with_parts(parts)), ErrorCode::kCorrupt);
}

TEST(HostileRecord, IsCorruptWhenItsNoteDoesNotFit) {
    constexpr std::uint16_t kNote = 10;
    RawRecord raw = good();
    raw.sections.push_back({kNote, 0, {std::byte{1}, std::byte{'x'}}});
    const Result<Fingerprint> decoded = decode_fingerprint(encode(raw));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(decoded->decode.note, "x");
    EXPECT_EQ(*encode_fingerprint(*decoded), encode(raw));
    for (const std::vector<std::byte>& body :
         {std::vector<std::byte>{}, varints({0}), varints({2, 'x'}), varints({1, 'x', 'x'})}) {
        raw.sections[3].body = body;
        EXPECT_EQ(refusal(raw), ErrorCode::kCorrupt) << body.size();
    }
}

}  // namespace
}  // namespace refrain
