#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/medium_parts.h"
#include "support/decoded.h"

namespace refrain::test {

/// What reading one part of a medium gave.
struct DecodedPart {
    media::PartPlan plan;
    Result<Decoded> decoded = Error{ErrorCode::kInternal, "not read"};
    bool shows_ground = false;

    [[nodiscard]] const frame::RgbImage& picture() const { return decoded->pictures.at(0); }
};

struct DecodedMedium {
    std::vector<DecodedPart> parts;
    std::string left_out;
};

/// The frames of one reader, and the picture of the first.
inline Result<Decoded> read_all(media::FrameReader& reader) {
    Decoded decoded;
    decoded.info = reader.info();
    while (true) {
        const auto header = reader.next();
        if (!header) {
            return header.error();
        }
        if (!*header) {
            break;
        }
        decoded.frames.push_back(**header);
        const auto picture = reader.picture();
        if (!picture) {
            return picture.error();
        }
        if (decoded.pictures.empty()) {
            decoded.pictures.push_back(copy_of(*picture));
        }
    }
    decoded.report = reader.report();
    return decoded;
}

/// All parts of a medium in the order of its plan, each on `ground`.
inline Result<DecodedMedium> decode_parts(const std::filesystem::path& path,
                                          media::Ground ground = media::Ground::kBlack,
                                          const media::ReaderOptions& options = {}) {
    const Result<media::ByteSource> source = media::ByteSource::open_file(path, options.limits);
    if (!source) {
        return source.error();
    }
    const Result<media::MediumPlan> plan = media::plan_parts(*source, options);
    if (!plan) {
        return plan.error();
    }
    DecodedMedium medium;
    medium.left_out = plan->left_out;
    for (const media::PartPlan& part : plan->parts) {
        DecodedPart& read = medium.parts.emplace_back();
        read.plan = part;
        read.plan.part.is_on_white = ground == media::Ground::kWhite;
        const auto reader = media::open_part(*source, read.plan, options);
        if (!reader) {
            read.decoded = reader.error();
            continue;
        }
        read.decoded = read_all(**reader);
        read.shows_ground = (*reader)->shows_ground();
    }
    return medium;
}

}  // namespace refrain::test
