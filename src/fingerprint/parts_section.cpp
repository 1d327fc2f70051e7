#include "fingerprint/parts_section.h"

#include <limits>
#include <string>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "fingerprint/record_format.h"

namespace refrain::fingerprint {

namespace {

Error corrupt(std::string_view what) {
    return {ErrorCode::kCorrupt, fmt::format("fingerprint record: parts: {}", what)};
}

Result<PartInfo> read_part_info(ByteReader& in) {
    const std::uint64_t index = in.varint();
    const std::uint64_t role = in.fixed(1);
    const std::uint64_t marks = in.fixed(1);
    if (in.has_failed() || index > std::numeric_limits<std::uint32_t>::max() ||
        role > static_cast<std::uint64_t>(PartRole::kUnshown) || marks > kPartOnWhite) {
        return corrupt("index, role or ground out of range");
    }
    return PartInfo{static_cast<std::uint32_t>(index), static_cast<PartRole>(role),
                    marks == kPartOnWhite};
}

std::pair<std::uint32_t, bool> place_of(const Fingerprint& part) {
    return {part.part.index, part.part.is_on_white};
}

}  // namespace

ByteWriter parts_section(const PackedParts& parts) {
    ByteWriter body;
    std::size_t bytes = 32;
    for (const PackedPart& part : parts.further) {
        bytes += kPartHeaderBytes + part.sections.size();
    }
    body.reserve(bytes);
    body.put_varint(parts.part.index);
    body.put_fixed(static_cast<std::uint8_t>(parts.part.role), 1);
    body.put_fixed(parts.part.is_on_white ? kPartOnWhite : 0, 1);
    body.put_varint(parts.further.size());
    for (const PackedPart& part : parts.further) {
        body.put_fixed(part.has_views ? kPartHasViews : 0, 1);
        body.put_fixed(part.sections.size(), 8);
        body.put_bytes(part.sections);
    }
    return body;
}

Result<PackedParts> read_parts(ByteReader in) {
    PackedParts parts;
    const Result<PartInfo> own = read_part_info(in);
    if (!own) {
        return own.error();
    }
    parts.part = *own;
    const std::uint64_t count = in.varint();
    // The claim is believed only as far as the bytes can hold it: this bounds the allocation.
    if (in.has_failed() || count >= kMaxParts || count > in.remaining() / kPartHeaderBytes) {
        return corrupt("the number of parts does not fit");
    }
    if (count == 0 && parts.part == PartInfo{}) {
        return corrupt("a section that says nothing");
    }
    parts.further.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t flags = in.fixed(1);
        PackedPart part;
        part.sections = in.take(in.fixed(8));
        if (in.has_failed() || flags > kPartHasViews) {
            return corrupt(fmt::format("part {} is torn", i));
        }
        part.has_views = flags == kPartHasViews;
        parts.further.push_back(part);
    }
    if (!in.is_drained()) {
        return corrupt("bytes after the last part");
    }
    return parts;
}

std::string misfit_of_parts(const Fingerprint& fingerprint) {
    if (fingerprint.more_parts.size() >= kMaxParts) {
        return fmt::format("{} further parts", fingerprint.more_parts.size());
    }
    const Fingerprint* previous = nullptr;
    for (const Fingerprint& part : fingerprint.more_parts) {
        if (!part.more_parts.empty()) {
            return fmt::format("part {} has parts of its own", part.part.index);
        }
        if (part.media.digest != fingerprint.media.digest) {
            return fmt::format("part {} is of other bytes", part.part.index);
        }
        if (part.codes != fingerprint.codes) {
            return fmt::format("part {} has hashes of another kind", part.part.index);
        }
        const bool is_in_order = previous == nullptr || place_of(*previous) < place_of(part);
        if (!is_in_order || place_of(part) == place_of(fingerprint)) {
            return fmt::format("part {} is out of order", part.part.index);
        }
        previous = &part;
    }
    return {};
}

}  // namespace refrain::fingerprint
