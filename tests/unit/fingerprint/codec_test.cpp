#include <gtest/gtest.h>

#include "refrain/fingerprint.h"

#include "fingerprint/byte_io.h"
#include "fingerprint/crc64.h"
#include "fingerprint/record_format.h"
#include "support/sample_fingerprint.h"

namespace refrain {
namespace {

using fingerprint::crc64_xz;
using test::Draw;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

Fingerprint small_video() {
    Draw draw(7);
    Fingerprint video;
    video.media = {MediaKind::kVideo, 640, 360, MediaTime::from_ms(2500), {}, "matroska", "vp9"};
    for (int i = 0; i < 3; ++i) {
        video.frames.push_back({MediaTime::from_ms(900 * i), draw.hash(), 88, i == 0});
    }
    return video;
}

TEST(Crc64, AgreesWithItsPublishedCheckValue) {
    EXPECT_EQ(crc64_xz(bytes_of("123456789")), 0x995DC9BBDF1939FAULL);
    EXPECT_EQ(crc64_xz({}), 0U);
}

TEST(Codec, RoundTrips) {
    const Fingerprint video = small_video();
    const Result<Fingerprint> decoded = decode_fingerprint(encode_fingerprint(video));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(*decoded, video);
}

TEST(Codec, CostsAtMostFortyTwoBytesAFrame) {
    Fingerprint video = small_video();
    const std::size_t before = encode_fingerprint(video).size();
    video.frames.push_back({MediaTime::from_us(INT64_MAX), {}, 100, true});
    EXPECT_LE(encode_fingerprint(video).size() - before, 42U);
}

}  // namespace
}  // namespace refrain
