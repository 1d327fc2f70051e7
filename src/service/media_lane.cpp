#include "service/media_lane.h"

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
    std::array<char, kHead> bytes{};
    const ssize_t count = ::pread(descriptor, bytes.data(), bytes.size(), 0);
    const std::string_view head(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    const auto has = [&](std::size_t at, std::string_view text) {
        return head.size() >= at + text.size() && head.substr(at, text.size()) == text;
    };
    using namespace std::string_view_literals;
    const bool is_animated_png = head.find("acTL"sv) != std::string_view::npos;
    const bool is_animated_webp = has(12, "VP8X"sv) && head.size() > 20 && (head[20] & 2) != 0;
    const bool is_still =
        has(0, "\xFF\xD8\xFF"sv) || (has(0, "\x89PNG\r\n"sv) && !is_animated_png) ||
        (has(0, "RIFF"sv) && has(8, "WEBP"sv) && !is_animated_webp) || has(0, "BM"sv) ||
        has(0, "II*\0"sv) || has(0, "MM\0*"sv) || has(0, "II+\0"sv) || has(0, "MM\0+"sv) ||
        (has(4, "ftyp"sv) && head.size() >= 12 && is_still_brand(head.substr(8, 4))) ||
        has(0, "\xFF\x0A"sv) || has(4, "JXL \r\n"sv) || has(0, "P5"sv) || has(0, "P6"sv) ||
        has(0, "PF"sv);
    return is_still ? server::Lane::kImage : server::Lane::kVideo;
}

}  // namespace refrain::service
