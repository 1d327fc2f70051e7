#include "media/attached_film.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "media/byte_walker.h"
#include "media/truncation.h"

namespace refrain::media {
namespace {

constexpr int kMaxBoxes = 1'000'000;
// A file's first box names its brands, four bytes each.
constexpr std::uint64_t kMinBrandBox = 16;
constexpr std::uint64_t kMaxBrandBox = 1024;

struct Box {
    std::uint64_t start = 0;
    std::uint64_t content = 0;  ///< where its content begins
    std::uint64_t end = 0;      ///< may lie behind the end of the file
};

bool is_name(ByteWalker& bytes, std::uint64_t offset) {
    for (std::uint64_t i = 0; i < 4; ++i) {
        const int letter = bytes.byte(offset + i).value_or(0);
        if (letter < 0x20 || letter > 0x7e) {
            return false;
        }
    }
    return true;
}

/// The box at `offset`; nothing where none can stand.
std::optional<Box> box_at(ByteWalker& bytes, std::uint64_t offset) {
    const auto narrow = bytes.big_endian(offset, 4);
    if (!narrow || !is_name(bytes, offset + 4)) {
        return std::nullopt;
    }
    const bool is_wide = *narrow == 1;
    const auto length = is_wide ? bytes.big_endian(offset + 8, 8) : narrow;
    const std::uint64_t header = is_wide ? 16 : 8;
    if (!length || (*length != 0 && *length < header) || *length > UINT64_MAX - offset) {
        return std::nullopt;
    }
    return Box{offset, offset + header, *length == 0 ? bytes.size() : offset + *length};
}

bool begins_file(ByteWalker& bytes, std::uint64_t offset) {
    const auto length = bytes.big_endian(offset, 4);
    return length && *length >= kMinBrandBox && *length <= kMaxBrandBox && *length % 4 == 0 &&
           bytes.has(offset + 4, "ftyp") && is_name(bytes, offset + 8);
}

/// The end of the file that begins at `start`: of its last box, cut to the source.
std::uint64_t end_of_file(ByteWalker& bytes, std::uint64_t start) {
    std::uint64_t offset = start;
    for (int count = 0; count < kMaxBoxes && offset < bytes.size(); ++count) {
        const std::optional<Box> box = box_at(bytes, offset);
        if (!box || (count > 0 && begins_file(bytes, offset))) {
            break;
        }
        offset = box->end;
    }
    return std::min(offset, bytes.size());
}

/// Where the next file begins in the bytes from `offset` on.
std::optional<std::uint64_t> find_file(const ByteSource& source, std::uint64_t offset) {
    constexpr std::string_view kName = "ftyp";
    constexpr std::size_t kWindow = std::size_t{1} << 20;
    ByteWalker bytes(source);
    std::vector<char> window(
        static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, source.size() - offset)));
    while (offset + kMinBrandBox <= source.size()) {
        const Result<std::size_t> count =
            source.read_at(offset, std::as_writable_bytes(std::span(window)));
        if (!count || *count < kMinBrandBox) {
            return std::nullopt;
        }
        const std::string_view seen(window.data(), *count);
        for (std::size_t at = seen.find(kName, 4); at != std::string_view::npos;
             at = seen.find(kName, at + 1)) {
            if (begins_file(bytes, offset + at - 4)) {
                return offset + at - 4;
            }
        }
        offset += *count - (kMinBrandBox - 1);  // a name may lie across the end of the window
    }
    return std::nullopt;
}

/// @return whether there was room for it
bool add_film(const ByteSource& source, std::uint64_t start, std::uint64_t end, MediumPlan& plan) {
    if (plan.parts.size() >= kMaxListedParts) {
        plan.left_out = fmt::format("the file holds more than {} parts", kMaxListedParts);
        return false;
    }
    const ByteSource range = source.range(start, end - start);
    PartPlan& part = plan.parts.emplace_back();
    part.part.role = PartRole::kAttached;
    part.format = sniff(range);
    part.offset = start;
    part.bytes = end - start;
    part.truncation = find_truncation(range);
    return true;
}

}  // namespace

std::uint64_t end_of_first_file(const ByteSource& source) {
    ByteWalker bytes(source);
    return end_of_file(bytes, 0);
}

void add_films_behind(const ByteSource& source, std::uint64_t offset, MediumPlan& plan) {
    ByteWalker bytes(source);
    while (offset < source.size()) {
        const std::optional<std::uint64_t> start = find_file(source, offset);
        if (!start) {
            return;
        }
        offset = end_of_file(bytes, *start);
        if (!add_film(source, *start, offset, plan)) {
            return;
        }
    }
}

void add_films_beside(const ByteSource& source, MediumPlan& plan) {
    ByteWalker bytes(source);
    std::uint64_t offset = 0;
    for (int count = 0; count < kMaxBoxes && offset < source.size(); ++count) {
        const std::optional<Box> box = box_at(bytes, offset);
        if (!box || (count > 0 && begins_file(bytes, offset))) {
            break;
        }
        if (bytes.has(offset + 4, "mpvd") && begins_file(bytes, box->content) &&
            !add_film(source, box->content, std::min(box->end, source.size()), plan)) {
            return;
        }
        offset = box->end;
    }
    if (offset < source.size()) {
        add_films_behind(source, offset, plan);
    }
}

}  // namespace refrain::media
