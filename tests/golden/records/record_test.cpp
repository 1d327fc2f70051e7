// The bytes of a record are a format on disk: this fails when they change by accident.

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "refrain/fingerprint.h"

#include "support/shared_data.h"

namespace refrain {
namespace {

/// Every field set, every value written out: nothing here may come from a generator.
Fingerprint known_video() {
    Fingerprint video;
    video.media.kind = MediaKind::kVideo;
    video.media.width = 640;
    video.media.height = 360;
    video.media.duration = MediaTime::from_us(2'033'367);
    video.media.digest.bytes = 123'456'789'012;
    for (std::size_t i = 0; i < video.media.digest.sha256.size(); ++i) {
        video.media.digest.sha256[i] = static_cast<std::uint8_t>(i);
    }
    for (std::size_t i = 0; i < video.media.digest.md5.size(); ++i) {
        video.media.digest.md5[i] = static_cast<std::uint8_t>(0xF0 + i);
    }
    video.media.container = "mov,mp4,m4a,3gp,3g2,mj2";
    video.media.codec = "h264";
    video.decode = {61, 2, MediaTime::from_us(2'033'367), true, "2 damaged packets were skipped"};
    video.frames = {
        {MediaTime::from_us(0),
         Hash256{{0x0123456789ABCDEF, 0xFEDCBA9876543210, 0x0F1E2D3C4B5A6978, 0x8796A5B4C3D2E1F0}},
         100, true},
        {MediaTime::from_us(1'001'000), Hash256{{1, 2, 3, 4}}, 49, false},
        {MediaTime::from_us(2'002'000), Hash256{{~std::uint64_t{0}, 0, ~std::uint64_t{0}, 0}}, 0,
         true},
    };
    return video;
}

Fingerprint known_image() {
    Fingerprint image;
    image.media.width = 70'000;
    image.media.height = 6;
    image.media.digest.bytes = 300;
    image.media.container = "png_pipe";
    image.media.codec = "png";
    image.decode.decoded_frames = 1;
    image.frames = {{MediaTime(), Hash256{{5, 6, 7, 8}}, 77, true}};
    DihedralHashes views{image.frames[0].hash};
    for (std::size_t view = 1; view < views.size(); ++view) {
        views[view].words = {view, view << 8, view << 16, view << 56};
    }
    image.views = {views};
    return image;
}

std::filesystem::path golden(const std::string& name) {
    return test::source_dir() / "tests/golden/records" / name;
}

std::vector<std::byte> read_bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<std::byte> bytes;
    for (std::istreambuf_iterator<char> at(in), end; at != end; ++at) {
        bytes.push_back(static_cast<std::byte>(*at));
    }
    return bytes;
}

void expect_golden(const Fingerprint& fingerprint, const std::string& name) {
    const std::vector<std::byte> record = *encode_fingerprint(fingerprint);
    const char* const accept = std::getenv("REFRAIN_ACCEPT");
    if (accept != nullptr && std::string_view(accept) == "1") {
        std::ofstream out(golden(name), std::ios::binary);
        for (const std::byte byte : record) {
            out.put(static_cast<char>(byte));
        }
        ASSERT_TRUE(out.flush().good());
    }
    const std::vector<std::byte> committed = read_bytes(golden(name));
    ASSERT_FALSE(committed.empty()) << golden(name) << " is missing; REFRAIN_ACCEPT=1 writes it";
    EXPECT_EQ(record, committed) << "the format of records on disk has changed";
    const Result<Fingerprint> decoded = decode_fingerprint(committed);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(*decoded, fingerprint);
}

TEST(GoldenRecord, OfAVideoIsUnchanged) { expect_golden(known_video(), "video_v1.bin"); }

TEST(GoldenRecord, OfAnImageWithViewsIsUnchanged) {
    expect_golden(known_image(), "image_views_v1.bin");
}

}  // namespace
}  // namespace refrain
