#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "media/attached_film.h"
#include "media/byte_walker.h"
#include "media/still_parts.h"
#include "media/truncation.h"

namespace refrain::media {
namespace {

using namespace std::string_view_literals;

constexpr int kMaxSegments = 4096;  // before the pixels; more are an attack
constexpr std::uint64_t kMaxViews = kMaxListedParts;
// Writers fill up to the next block of the medium between two pictures.
constexpr std::uint64_t kMaxPadding = 64 * 1024;
// A text among a picture's metadata that says what it is stands this far into a segment at most.
constexpr std::uint64_t kMaxSearched = 64 * 1024;

/// An entry of the index of a multi-picture file (CIPA DC-007, 5.2.3).
struct View {
    std::uint64_t offset = 0;  ///< in the file
    std::uint64_t bytes = 0;
    std::uint32_t type = 0;
};

/// Calls `take(kind, offset, length)` with each segment's content before the pixels.
template <typename Take>
void each_segment(ByteWalker& bytes, std::uint64_t start, const Take& take) {
    std::uint64_t offset = start + 2;
    for (int segment = 0; segment < kMaxSegments; ++segment) {
        const auto marker = bytes.big_endian(offset, 2);
        const auto length = bytes.big_endian(offset + 2, 2);
        if (marker && *marker == 0xffff) {
            ++offset;  // a fill byte
            continue;
        }
        constexpr std::uint64_t kStartOfScan = 0xffda;
        if (!marker || !length || *marker < 0xff00 || *marker == kStartOfScan || *length < 2) {
            return;
        }
        take(*marker & 0xffU, offset + 4, *length - 2);
        offset += 2 + *length;
    }
}

bool holds_any(ByteWalker& bytes,
               std::uint64_t start,
               std::uint64_t length,
               std::initializer_list<std::string_view> words) {
    const std::uint64_t end = start + std::min(length, kMaxSearched);
    for (std::uint64_t offset = start; offset < end; ++offset) {
        for (const std::string_view word : words) {
            if (bytes.byte(offset) == static_cast<std::uint8_t>(word.front()) &&
                bytes.has(offset, word)) {
                return true;
            }
        }
    }
    return false;
}

/// Whether the picture at `start` says that it only helps another: a gain map or a depth map.
bool is_helper(ByteWalker& bytes, std::uint64_t start) {
    bool found = false;
    each_segment(bytes, start, [&](std::uint64_t kind, std::uint64_t offset, std::uint64_t length) {
        const bool is_metadata = kind == 0xe1 || kind == 0xe2;
        found = found || (is_metadata &&
                          holds_any(bytes, offset, length,
                                    {"hdrgm:"sv, "HDRGainMap"sv, "hdrgainmap"sv,
                                     "urn:iso:std:iso:ts:21496"sv, "GDepth:"sv, "depthmap"sv}));
    });
    return found;
}

/// Whether the main picture says that a helper follows it (Google's Container directory).
bool announces_helper(ByteWalker& bytes) {
    bool found = false;
    each_segment(bytes, 0, [&](std::uint64_t kind, std::uint64_t offset, std::uint64_t length) {
        found = found || (kind == 0xe1 && holds_any(bytes, offset, length,
                                                    {"Semantic=\"GainMap"sv, "Semantic>GainMap"sv,
                                                     "Semantic=\"Depth"sv, "Semantic>Depth"sv}));
    });
    return found;
}

/// The index of views in a segment of the main picture.
std::vector<View> read_index(ByteWalker& bytes, std::uint64_t start, std::uint64_t length) {
    const bool is_little = bytes.has(start, "II*\0"sv);
    const auto number = [&](std::uint64_t offset, unsigned size) -> std::uint64_t {
        if (offset > length || length - offset < size) {
            return 0;
        }
        return (is_little ? bytes.little_endian(start + offset, size)
                          : bytes.big_endian(start + offset, size))
            .value_or(0);
    };
    constexpr std::uint64_t kTagEntries = 0xb002;
    constexpr std::uint64_t kEntryBytes = 16;
    const std::uint64_t directory = number(4, 4);
    std::vector<View> views;
    for (std::uint64_t tag = 0; tag < number(directory, 2); ++tag) {
        const std::uint64_t at = directory + 2 + tag * 12;
        if (number(at, 2) != kTagEntries) {
            continue;
        }
        const std::uint64_t count = std::min(number(at + 4, 4) / kEntryBytes, kMaxViews);
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t entry = number(at + 8, 4) + i * kEntryBytes;
            views.push_back({start + number(entry + 8, 4), number(entry + 4, 4),
                             static_cast<std::uint32_t>(number(entry, 4) & 0xffffffU)});
        }
        break;
    }
    return views;
}

std::vector<View> find_index(ByteWalker& bytes) {
    std::vector<View> views;
    each_segment(bytes, 0, [&](std::uint64_t kind, std::uint64_t offset, std::uint64_t length) {
        if (kind == 0xe2 && views.empty() && bytes.has(offset, "MPF\0"sv) && length > 4) {
            views = read_index(bytes, offset + 4, length - 4);
        }
    });
    return views;
}

/// Of the kinds of view, those that are previews of another.
bool is_preview(std::uint32_t type) { return type >> 16U == 1; }

/// The start of the picture that follows at `offset`, padding passed over.
std::optional<std::uint64_t> next_picture(ByteWalker& bytes, std::uint64_t offset) {
    const std::uint64_t end = std::min(bytes.size(), offset + kMaxPadding);
    while (offset < end && (bytes.byte(offset) == 0x00 || bytes.has(offset, "\xff\xff"sv))) {
        ++offset;
    }
    return bytes.has(offset, "\xff\xd8\xff"sv) ? std::optional(offset) : std::nullopt;
}

/// Lists the pictures behind the first one. Those of the index have its word for what they are;
/// those that merely follow are judged by what they say themselves.
/// @return where the last one of those that follow each other ends
std::uint64_t list_views(const ByteSource& source,
                         ByteWalker& bytes,
                         std::uint64_t end,
                         MediumPlan& plan) {
    const std::vector<View> index = find_index(bytes);
    const bool has_helper = announces_helper(bytes);
    while (const auto start = next_picture(bytes, end)) {
        const JpegEnd picture = find_jpeg_end(source.range(*start, source.size()));
        const auto known = std::find_if(index.begin(), index.end(),
                                        [&](const View& view) { return view.offset == *start; });
        constexpr std::uint32_t kUndefined = 0;
        const std::uint32_t type = known == index.end() ? kUndefined : known->type;
        const bool helps =
            is_preview(type) || (type == kUndefined && (has_helper || is_helper(bytes, *start)));
        if (!helps) {
            if (plan.parts.size() >= kMaxListedParts) {
                plan.left_out =
                    fmt::format("the file holds more than {} pictures", kMaxListedParts);
                return source.size();
            }
            PartPlan& part = plan.parts.emplace_back();
            part.part.role = PartRole::kPicture;
            part.format = Format::kJpeg;
            part.offset = *start;
            part.bytes = picture.offset;
            part.truncation = picture.truncation;
        }
        end = *start + picture.offset;
    }
    return end;
}

}  // namespace

MediumPlan plan_jpeg(const ByteSource& source) {
    const JpegEnd main = find_jpeg_end(source);
    MediumPlan plan;
    PartPlan& part = plan.parts.emplace_back();
    part.format = Format::kJpeg;
    part.truncation = main.truncation;
    if (main.offset >= source.size()) {
        return plan;
    }
    part.bytes = main.offset;
    ByteWalker bytes(source);
    const std::uint64_t end = list_views(source, bytes, main.offset, plan);
    add_films_behind(source, end, plan);
    for (std::size_t i = 0; i < plan.parts.size(); ++i) {
        plan.parts[i].part.index = static_cast<std::uint32_t>(i);
    }
    return plan;
}

}  // namespace refrain::media
