#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "media/alpha.h"
#include "media/limits_check.h"
#include "media/picture_converter.h"
#include "media/sniff.h"
#include "media/truncation.h"

namespace refrain::media {
namespace {

using namespace std::string_view_literals;
using namespace std::string_literals;

Format format_of(std::string_view bytes) {
    return sniff(*ByteSource::from_bytes(std::as_bytes(std::span(bytes)), {}));
}

TEST(Sniff, TellsFormatsByTheirFirstBytes) {
    EXPECT_EQ(format_of("\xff\xd8\xff\xe0"sv), Format::kJpeg);
    EXPECT_EQ(format_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv), Format::kPng);
    EXPECT_EQ(format_of("RIFF\0\0\0\0WEBPVP8 "sv), Format::kWebp);
    EXPECT_EQ(format_of("\0\0\0\x18"
                        "ftypheic\0\0\0\0mif1heic"sv),
              Format::kHeif);
    EXPECT_EQ(format_of("\0\0\0\x18"
                        "ftypavis\0\0\0\0avifmif1"sv),
              Format::kOther);
    EXPECT_EQ(format_of("\0\0\0\x14"
                        "ftypisom\0\0\0\0isom"sv),
              Format::kOther);
}

TEST(Sniff, TellsTextFromMedia) {
    EXPECT_EQ(format_of("BM is how this letter begins"), Format::kText);
    EXPECT_EQ(format_of("#EXTM3U\nhttp://example.org/a.ts\n"), Format::kText);
    EXPECT_EQ(format_of("gr\xc3\xbc\xc3\x9f"
                        "e\n"),
              Format::kText);
    EXPECT_EQ(format_of("YUV4MPEG2 W4 H4\n"), Format::kOther);
    EXPECT_EQ(format_of("\0\0\1\xb3"sv), Format::kOther);
}

TEST(PictureSize, IsCheckedAgainstEachLimit) {
    const Limits limits{.max_pixels = 1000, .max_side = 100, .max_memory_bytes = 2000};
    EXPECT_TRUE(check_picture_size(100, 10, 2, limits));
    EXPECT_EQ(check_picture_size(101, 1, 1, limits).error().code, ErrorCode::kTooLarge);
    EXPECT_EQ(check_picture_size(100, 11, 1, limits).error().code, ErrorCode::kTooLarge);
    EXPECT_EQ(check_picture_size(100, 10, 3, limits).error().code, ErrorCode::kTooLarge);
    EXPECT_EQ(check_picture_size(0, 10, 1, limits).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(check_picture_size(INT64_MAX, INT64_MAX, 4, {}).error().code, ErrorCode::kTooLarge);
}

TEST(Composite, BlendsOverTheBackground) {
    const std::uint8_t pixels[] = {200, 100, 0, 255, 200, 100, 50, 128, 9, 9, 9, 0};
    frame::RgbImage out;
    composite({pixels, 3, 1, 12}, AlphaKind::kStraight, Ground::kBlack, out);
    EXPECT_EQ(out.pixels, (std::vector<std::uint8_t>{200, 100, 0, 100, 50, 25, 0, 0, 0}));
    composite({pixels, 2, 1, 8}, AlphaKind::kPremultiplied, Ground::kBlack, out);
    EXPECT_EQ(out.pixels, (std::vector<std::uint8_t>{200, 100, 0, 200, 100, 50}));
}

/// A frame whose luma is `luma` everywhere, without colour.
FrameHandle flat(int width, int height, std::uint8_t luma) {
    FrameHandle frame(av_frame_alloc());
    frame->width = width;
    frame->height = height;
    frame->format = AV_PIX_FMT_YUV420P;
    EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
    std::fill_n(frame->data[0], frame->linesize[0] * height, luma);
    for (int plane : {1, 2}) {
        std::fill_n(frame->data[plane], frame->linesize[plane] * (height / 2), 128);
    }
    return frame;
}

int grey_of(PictureConverter& converter, const AVFrame& frame, const Presentation& how = {}) {
    const auto picture = converter.convert(frame, how);
    return picture ? picture->row(picture->height / 2)[3 * (picture->width / 2)] : -1;
}

TEST(PictureConverter, ExpandsLimitedRangeAndKeepsFullRange) {
    PictureConverter converter;
    const FrameHandle frame = flat(64, 64, 235);
    EXPECT_NEAR(grey_of(converter, *frame), 255, 1);
    frame->color_range = AVCOL_RANGE_JPEG;
    EXPECT_NEAR(grey_of(converter, *frame), 235, 1);
}

TEST(PictureConverter, AppliesTheSampleAspectAndThenTheTurn) {
    PictureConverter converter;
    const FrameHandle frame = flat(720, 576, 128);
    Presentation how;
    how.sample_aspect = {16, 11};
    how.orientation = orientation_from_exif(6);
    const auto picture = converter.convert(*frame, how);
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->width, 576);
    EXPECT_EQ(picture->height, 1047);
}

TEST(PictureConverter, IgnoresAnAbsurdSampleAspect) {
    const FrameHandle frame = flat(64, 64, 128);
    for (const AVRational aspect : {AVRational{100, 1}, AVRational{1, 100}, AVRational{-4, 3}}) {
        Presentation how;
        how.sample_aspect = aspect;
        EXPECT_EQ(shown_size(*frame, how)->width, 64);
    }
}

TEST(PictureConverter, RefusesAPictureThatItsAspectMakesTooLarge) {
    const FrameHandle frame = flat(64, 64, 128);
    Presentation how;
    how.sample_aspect = {2, 1};
    how.limits.max_side = 100;
    PictureConverter converter;
    const auto picture = converter.convert(*frame, how);
    ASSERT_FALSE(picture);
    EXPECT_EQ(picture.error().code, ErrorCode::kTooLarge);
}

TEST(PictureConverter, FollowsAChangeOfSizeBetweenFrames) {
    PictureConverter converter;
    EXPECT_NEAR(grey_of(converter, *flat(64, 64, 16)), 0, 1);
    const auto larger = converter.convert(*flat(128, 96, 235), {});
    ASSERT_TRUE(larger);
    EXPECT_EQ(larger->width, 128);
    EXPECT_NEAR(larger->row(95)[3 * 127], 255, 1);
}

TEST(PictureConverter, ShowsOneFieldOfAnInterlacedFrame) {
    const FrameHandle frame = flat(64, 64, 235);
    for (int row = 1; row < 64; row += 2) {
        std::fill_n(frame->data[0] + row * frame->linesize[0], 64, 16);
    }
    frame->interlaced_frame = 1;
    PictureConverter converter;
    EXPECT_NEAR(grey_of(converter, *frame), 255, 1);
}

std::string truncation_of(std::string_view bytes) {
    return find_truncation(*ByteSource::from_bytes(std::as_bytes(std::span(bytes)), {}));
}

TEST(Truncation, FindsAJpegWithoutItsEndMarker) {
    // A preview in a segment has an end marker of its own, which must not count.
    const std::string whole =
        "\xff\xd8\xff\xe1\x00\x06\xff\xd8\xff\xd9\xff\xda\x00\x03\x01zz\xff\x00z\xff\xd9"s;
    EXPECT_EQ(truncation_of(whole), "");
    EXPECT_NE(truncation_of(std::string_view(whole).substr(0, whole.size() - 2)), "");
}

TEST(Truncation, FindsAFileThatIsShorterThanItsBoxes) {
    const std::string whole =
        "\0\0\0\x08"
        "ftyp\0\0\0\x08moov\0\0\0\x0cmdat1234"s;
    EXPECT_EQ(truncation_of(whole), "");
    EXPECT_NE(truncation_of(std::string_view(whole).substr(0, whole.size() - 1)), "");
}

}  // namespace
}  // namespace refrain::media
