#include <limits>

#include <gtest/gtest.h>

#include "refrain/fingerprint.h"

#include "fingerprint/crc64.h"
#include "support/sample_fingerprint.h"

namespace refrain {
namespace {

constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

Fingerprint small_video() {
    test::Draw draw(7);
    Fingerprint video;
    video.media = {MediaKind::kVideo, 640, 360, MediaTime::from_ms(2500), {}, "matroska", "vp9"};
    draw.fill(video.media.digest.sha256);
    draw.fill(video.media.digest.md5);
    for (int i = 0; i < 3; ++i) {
        video.frames.push_back({MediaTime::from_ms(900 * i), draw.hash(), 88, i == 0});
    }
    return video;
}

void add_views(Fingerprint& video) {
    test::Draw draw(8);
    for (const FrameHash& frame : video.frames) {
        DihedralHashes views{frame.hash};
        for (std::size_t view = 1; view < views.size(); ++view) {
            views[view] = draw.hash();
        }
        video.views.push_back(views);
    }
}

void expect_round_trip(const Fingerprint& fingerprint) {
    const Result<Fingerprint> decoded = decode_fingerprint(*encode_fingerprint(fingerprint));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(*decoded, fingerprint);
}

TEST(Crc64, AgreesWithItsPublishedCheckValue) {
    const std::string_view digits = "123456789";
    EXPECT_EQ(fingerprint::crc64_xz(std::as_bytes(std::span(digits))), 0x995DC9BBDF1939FAULL);
    EXPECT_EQ(fingerprint::crc64_xz({}), 0U);
}

TEST(Crc64, DoesNotDependOnHowTheBytesAreCutIntoSteps) {
    // One bit at a time, as the standard states it.
    test::Draw draw(3);
    for (std::size_t size = 0; size < 40; ++size) {
        std::vector<std::byte> bytes(size);
        std::uint64_t state = ~std::uint64_t{0};
        for (std::byte& byte : bytes) {
            byte = static_cast<std::byte>(draw.below(256));
            state ^= std::to_integer<std::uint64_t>(byte);
            for (int bit = 0; bit < 8; ++bit) {
                state = (state >> 1) ^ ((state & 1) != 0 ? 0xC96C5795D7870F42ULL : 0);
            }
        }
        EXPECT_EQ(fingerprint::crc64_xz(bytes), ~state) << size;
    }
}

TEST(FingerprintCodec, RoundTripsAVideo) { expect_round_trip(small_video()); }

TEST(FingerprintCodec, RoundTripsViews) {
    Fingerprint video = small_video();
    add_views(video);
    expect_round_trip(video);
}

TEST(FingerprintCodec, RoundTripsAnEmptyFingerprint) { expect_round_trip({}); }

TEST(FingerprintCodec, RoundTripsTheDecodeReport) {
    Fingerprint video = small_video();
    video.decode = {~std::uint64_t{0}, 17, MediaTime::from_ms(2400), true, "packet 3\nis torn\xFF"};
    expect_round_trip(video);
}

TEST(FingerprintCodec, RoundTripsExtremes) {
    Fingerprint video = small_video();
    video.media.width = std::numeric_limits<std::int32_t>::max();
    video.media.height = std::numeric_limits<std::int32_t>::max();
    video.media.duration.us = kLatest;
    video.media.digest.bytes = ~std::uint64_t{0};
    video.decode.decoded_until.us = kLatest;
    video.media.codec = std::string(65'535, '\0');
    video.frames = {{MediaTime::from_us(0), {}, 0, true},
                    {MediaTime::from_us(0), {}, 100, false},
                    {MediaTime::from_us(kLatest), {}, 100, true},
                    {MediaTime::from_us(kLatest), {}, 0, false}};
    expect_round_trip(video);
}

TEST(FingerprintCodec, GivesTheSameBytesForTheSameFingerprint) {
    const Fingerprint video = small_video();
    const std::vector<std::byte> first = *encode_fingerprint(video);
    EXPECT_EQ(*encode_fingerprint(video), first);
    EXPECT_EQ(*encode_fingerprint(*decode_fingerprint(first)), first);
}

TEST(FingerprintCodec, CostsAtMostFortyTwoBytesAFrame) {
    Fingerprint video = small_video();
    const std::size_t before = encode_fingerprint(video)->size();
    video.frames.push_back({MediaTime::from_us(kLatest), {}, 100, true});
    EXPECT_LE(encode_fingerprint(video)->size() - before, 42U);
}

TEST(FingerprintCodec, CostsThirtySixBytesForAFrameASecond) {
    Fingerprint video;
    video.media.kind = MediaKind::kVideo;
    for (int second = 1; second <= 100; ++second) {
        video.frames.push_back({MediaTime::from_seconds(second), {}, 50, false});
    }
    const std::size_t hundred = encode_fingerprint(video)->size();
    video.frames.push_back({MediaTime::from_seconds(101), {}, 50, false});
    EXPECT_EQ(encode_fingerprint(video)->size() - hundred, 36U);
}

/// One way to break a fingerprint, and what the answer has to name.
struct Breakage {
    void (*apply)(Fingerprint&);
    const char* names;
};

TEST(FingerprintCheck, NamesWhatDoesNotFit) {
    const Breakage breakages[] = {
        {[](Fingerprint& f) { f.media.kind = static_cast<MediaKind>(2); }, "kind 2"},
        {[](Fingerprint& f) { f.media.width = -5; }, "-5x360"},
        {[](Fingerprint& f) { f.media.height = -1; }, "640x-1"},
        {[](Fingerprint& f) { f.media.duration.us = -1; }, "duration"},
        {[](Fingerprint& f) { f.media.codec.assign(65'536, 'x'); }, "too long"},
        {[](Fingerprint& f) { f.media.container.assign(65'536, 'x'); }, "too long"},
        {[](Fingerprint& f) { f.frames[0].time.us = -1; }, "frame 0"},
        {[](Fingerprint& f) { f.frames[2].time.us = 1; }, "frame 2"},
        {[](Fingerprint& f) { f.frames[1].quality = 101; }, "quality 101"},
        {[](Fingerprint& f) { f.views.pop_back(); }, "views of 2 frames"},
        {[](Fingerprint& f) { f.views[1][0].words[0] ^= 1; }, "upright"},
        {[](Fingerprint& f) { f.decode.decoded_until.us = -1; }, "decoded until"},
        {[](Fingerprint& f) { f.decode.damage.assign(65'536, 'x'); }, "too long"},
        {[](Fingerprint& f) {
             f.local.resize(1);
             f.local[0].width = f.local[0].height = 9;
             f.local[0].cells.resize(4);
         },
         "4 cells"},
        {[](Fingerprint& f) {
             f.local.resize(1);
             f.local[0].width = f.local[0].height = 9;
             f.local[0].luma_width = 2;
         },
         "for 2 by 0"},
        {[](Fingerprint& f) {
             f.local.resize(1);
             f.local[0].width = f.local[0].height = 9;
             f.local[0].cell_columns = f.local[0].cell_rows = 1;
             f.local[0].cells = {0xC0};
         },
         "more than all"},
        {[](Fingerprint& f) {
             f.local.resize(1);
             f.local[0].width = LocalFrame::kMaxSide + 1;
             f.local[0].height = 9;
         },
         "a picture of 4096x9"},
        {[](Fingerprint& f) {
             f.local.resize(1);
             f.local[0].width = 9;
             f.local[0].height = LocalFrame::kMaxSide + 1;
         },
         "a picture of 9x4096"},
        {[](Fingerprint& f) {
             f.local.resize(1);
             f.local[0].width = f.local[0].height = 9;
             f.local[0].points.resize(LocalFrame::kMaxPoints + 1);
         },
         "local points in a frame"},
    };
    for (const Breakage& breakage : breakages) {
        Fingerprint video = small_video();
        add_views(video);
        ASSERT_TRUE(check_fingerprint(video).ok());
        breakage.apply(video);
        const Result<void> checked = check_fingerprint(video);
        ASSERT_FALSE(checked.ok()) << breakage.names;
        EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
        EXPECT_NE(checked.error().message.find(breakage.names), std::string::npos)
            << checked.error().message;
    }
}

TEST(FingerprintCheck, RefusesToEncodeWhatDoesNotFit) {
    Fingerprint video = small_video();
    video.frames[0].quality = 200;
    const Result<std::vector<std::byte>> record = encode_fingerprint(video);
    ASSERT_FALSE(record.ok());
    EXPECT_EQ(record.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(record.error().message, check_fingerprint(video).error().message);
}

}  // namespace
}  // namespace refrain
