#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "media/edit_list.h"
#include "media/ffmpeg_input.h"
#include "media/ffmpeg_reader.h"

namespace refrain::media {
namespace {

/// The tracks as parts in the order of the file, the one that people see first in the list.
MediumPlan list_tracks(const FfmpegInput& input, const std::string& truncation) {
    const std::vector<int> ranked = ranked_streams(input);
    MediumPlan plan;
    for (const int stream : ranked) {
        PartPlan& part = plan.parts.emplace_back();
        part.entry = stream + 1;
        part.truncation = truncation;
        part.part.index = static_cast<std::uint32_t>(
            std::count_if(ranked.begin(), ranked.end(), [&](int other) { return other < stream; }));
        const bool cover = is_cover(*input.format->streams[stream]);
        if (plan.parts.size() > 1) {
            part.part.role = cover ? PartRole::kAttached : PartRole::kTrack;
        }
    }
    return plan;
}

}  // namespace

Result<void> add_unshown(const FfmpegInput& input, const OpenRaw& open_raw, MediumPlan& plan) {
    const std::vector<PartPlan> tracks = plan.parts;
    for (const PartPlan& track : tracks) {
        const AVStream& stream = *input.format->streams[track.entry - 1];
        const std::vector<std::int64_t> shown = shown_positions(stream);
        if (!leaves_frames_out(input, stream, shown)) {
            continue;
        }
        const Result<std::unique_ptr<FfmpegInput>> raw = open_raw(track.entry - 1);
        if (!raw && ends_medium(raw.error().code)) {
            return raw.error();
        }
        if (!raw) {
            plan.left_out += fmt::format("{}what players do not show of track {} is left out: {}",
                                         plan.left_out.empty() ? "" : "; ", track.entry - 1,
                                         raw.error().message);
            continue;
        }
        if (time_left_out(*(*raw)->stream, shown) > kMostUnshown) {
            PartPlan part = track;
            part.part = {.index = static_cast<std::uint32_t>(plan.parts.size()),
                         .role = PartRole::kUnshown};
            plan.parts.push_back(std::move(part));
        }
    }
    return {};
}

FfmpegTrack track_of(const PartPlan& plan) {
    return {plan.entry - 1, plan.part.role != PartRole::kMain,
            plan.part.role == PartRole::kUnshown};
}

Result<MediumPlan> plan_ffmpeg(const ByteSource& source,
                               const ReaderOptions& options,
                               const std::string& truncation) {
    Result<std::unique_ptr<FfmpegInput>> input = open_input(source, options);
    if (!input) {
        return input.error();
    }
    MediumPlan plan = list_tracks(**input, truncation);
    const OpenRaw open_raw = [&](int stream) {
        return open_input(source, options, {.stream = stream, .ignores_edit_list = true});
    };
    const Result<void> listed = add_unshown(**input, open_raw, plan);
    if (!listed) {
        return listed.error();
    }
    Result<std::unique_ptr<FrameReader>> opened =
        read_input(std::move(input).value(), options, truncation, {}, {});
    if (opened) {
        plan.opened = std::move(opened).value();
    } else if (plan.parts.size() == 1) {
        return opened.error();
    }
    return plan;
}

}  // namespace refrain::media
