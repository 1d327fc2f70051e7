#include "service/media_lane.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace refrain::service {

namespace {

/// Brands of the ISO media container that stand for a still (MIAF, AVIF); lists of pictures count
/// as films.
bool is_still_brand(std::string_view brand) {
    return brand == "heic" || brand == "heix" || brand == "mif1" || brand == "avif";
}

}  // namespace

server::Lane media_lane(int descriptor) {
    constexpr std::size_t kHead = 4096;
    constexpr off_t kLargestStill = off_t{64} << 20;
    std::array<char, kHead> bytes{};
    struct stat about {};
    const off_t size = ::fstat(descriptor, &about) == 0 ? about.st_size : 0;
    const ssize_t count = ::pread(descriptor, bytes.data(), bytes.size(), 0);
    const std::string_view head(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    const auto has = [&](std::size_t at, std::string_view text) {
        return head.size() >= at + text.size() && head.substr(at, text.size()) == text;
    };
    using namespace std::string_view_literals;
    const bool is_animated_png = head.find("acTL"sv) != std::string_view::npos;
    const bool is_animated_webp = has(12, "VP8X"sv) && head.size() > 20 && (head[20] & 2) != 0;
    const bool is_box_film =
        has(4, "ftyp"sv) && head.size() >= 12 && !is_still_brand(head.substr(8, 4));
    const bool is_film = is_animated_png || is_animated_webp || is_box_film || has(4, "moov"sv) ||
                         has(4, "mdat"sv) || has(0, "\x1A\x45\xDF\xA3"sv) ||  // Matroska
                         (has(0, "RIFF"sv) && has(8, "AVI "sv)) || has(0, "FLV"sv) ||
                         has(0, "OggS"sv) || has(0, "\x30\x26\xB2\x75"sv) ||  // ASF
                         has(0, "GIF8"sv) || has(0, "\0\0\1\xBA"sv) || has(0, "\0\0\1\xB3"sv) ||
                         (has(0, "G"sv) && has(188, "G"sv)) || has(0, "YUV4MPEG2"sv);
    return is_film || size > kLargestStill ? server::Lane::kVideo : server::Lane::kImage;
}

}  // namespace refrain::service
