#include <algorithm>
#include <cstdint>

#include <spdlog/fmt/fmt.h>

#include "media/attached_film.h"
#include "media/rgb_frames.h"
#include "media/still_parts.h"
#include "media/truncation.h"

namespace refrain::media {

namespace {

/// The first part of the plan becomes the primary picture; the others follow it.
void add_pictures(const HeifPictures& pictures, MediumPlan& plan) {
    const PartPlan still = plan.parts.front();
    const auto& entries = pictures.entries;
    const auto primary = std::find(entries.begin(), entries.end(), pictures.primary);
    if (primary != entries.end()) {
        plan.parts.front().part.index = static_cast<std::uint32_t>(primary - entries.begin());
    }
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
        if (primary != entries.end() ? entry == primary : entry == entries.begin()) {
            continue;
        }
        PartPlan& part = plan.parts.emplace_back(still);
        part.part.index = static_cast<std::uint32_t>(entry - entries.begin());
        part.part.role = PartRole::kPicture;
        part.entry = static_cast<int>(*entry);
    }
    if (static_cast<std::size_t>(pictures.total) > entries.size()) {
        plan.left_out = fmt::format("the file holds {} pictures, of which {} were looked at",
                                    pictures.total, entries.size());
    }
}

}  // namespace

Result<MediumPlan> plan_heif(const ByteSource& source, const ReaderOptions& options) {
    // libheif takes a film behind the pictures for a part of their file, and refuses it.
    const ByteSource stills = source.range(0, end_of_first_file(source));
    PartPlan still;
    still.format = Format::kHeif;
    still.bytes = stills.size() < source.size() ? stills.size() : 0;
    still.truncation = find_truncation(stills);
    MediumPlan plan;
    plan.parts.push_back(still);
    const Result<HeifPictures> pictures = list_heif_pictures(stills, options);
    if (!pictures) {
        const ErrorCode code = pictures.error().code;
        if (code != ErrorCode::kCorrupt && code != ErrorCode::kUnsupportedFormat) {
            return pictures.error();
        }
        // The reader says what is wrong, or another one can do without the index.
        return plan;
    }
    add_pictures(*pictures, plan);
    const std::size_t pictures_listed = plan.parts.size();
    add_films_beside(source, plan);
    for (std::size_t film = pictures_listed; film < plan.parts.size(); ++film) {
        plan.parts[film].part.index = static_cast<std::uint32_t>(film);
    }
    return plan;
}

}  // namespace refrain::media
