#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "refrain/fingerprint.h"

#include "fingerprint/code_sections.h"
#include "fingerprint/parts_section.h"
#include "fingerprint/record_format.h"
#include "fingerprint/sample_sections.h"
#include "local/frame_points.h"

namespace refrain {

namespace {

using fingerprint::kMaxQuality;
using fingerprint::kMaxTextBytes;

Error invalid(std::string message) {
    return {ErrorCode::kInvalidArgument, "fingerprint: " + std::move(message)};
}

Result<void> check_media(const MediaInfo& media) {
    if (media.kind != MediaKind::kImage && media.kind != MediaKind::kVideo) {
        return invalid(fmt::format("unknown kind {}", static_cast<int>(media.kind)));
    }
    if (media.width < 0 || media.height < 0) {
        return invalid(fmt::format("size {}x{}", media.width, media.height));
    }
    if (media.duration.us < 0) {
        return invalid(fmt::format("duration of {} us", media.duration.us));
    }
    if (media.container.size() > kMaxTextBytes || media.codec.size() > kMaxTextBytes) {
        return invalid("the name of the container or codec is too long");
    }
    return {};
}

Result<void> check_frames(const std::vector<FrameHash>& frames) {
    MediaTime previous;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i].time < previous) {
            return invalid(
                fmt::format("frame {}: time {} us after {} us", i, frames[i].time.us, previous.us));
        }
        if (frames[i].quality > kMaxQuality) {
            return invalid(fmt::format("frame {}: quality {}", i, frames[i].quality));
        }
        previous = frames[i].time;
    }
    return {};
}

Result<void> check_shots(const std::vector<MediaTime>& shots) {
    MediaTime previous;
    for (std::size_t i = 0; i < shots.size(); ++i) {
        if (shots[i] < previous) {
            return invalid(fmt::format("shot {} begins at {} us, after one at {} us", i,
                                       shots[i].us, previous.us));
        }
        previous = shots[i];
    }
    return {};
}

Result<void> check_local_frame(const LocalFrame& frame) {
    if (frame.width < 1 || frame.height < 1 || frame.width > LocalFrame::kMaxSide ||
        frame.height > LocalFrame::kMaxSide) {
        return invalid(
            fmt::format("local features of a picture of {}x{}", frame.width, frame.height));
    }
    if (frame.points.size() > LocalFrame::kMaxPoints) {
        return invalid(fmt::format("{} local points in a frame", frame.points.size()));
    }
    for (const LocalPoint& point : frame.points) {
        if (point.x > frame.width * LocalPoint::kPositionUnits ||
            point.y > frame.height * LocalPoint::kPositionUnits) {
            return invalid("a local point outside its picture");
        }
    }
    if (std::string misfit = fingerprint::misfit_of_samples(frame); !misfit.empty()) {
        return invalid(std::move(misfit));
    }
    return {};
}

Result<void> check_local(const std::vector<LocalFrame>& frames) {
    MediaTime previous;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i].time < previous) {
            return invalid(fmt::format("local features: frame {} is before the last", i));
        }
        if (Result<void> frame = check_local_frame(frames[i]); !frame) {
            return frame;
        }
        previous = frames[i].time;
    }
    return {};
}

/// Of one part, without a look at the others.
Result<void> check_part(const Fingerprint& fingerprint) {
    if (Result<void> media = check_media(fingerprint.media); !media) {
        return media;
    }
    if (Result<void> frames = check_frames(fingerprint.frames); !frames) {
        return frames;
    }
    if (Result<void> shots = check_shots(fingerprint.shots); !shots) {
        return shots;
    }
    if (Result<void> local = check_local(fingerprint.local); !local) {
        return local;
    }
    if (!fingerprint.views.empty() && fingerprint.views.size() != fingerprint.frames.size()) {
        return invalid(fmt::format("views of {} frames for {} frames", fingerprint.views.size(),
                                   fingerprint.frames.size()));
    }
    for (std::size_t i = 0; i < fingerprint.views.size(); ++i) {
        if (fingerprint.views[i][0] != fingerprint.frames[i].hash) {
            return invalid(fmt::format("frame {}: the upright view is not the frame's hash", i));
        }
    }
    if (std::string misfit = fingerprint::misfit_of_codes(fingerprint); !misfit.empty()) {
        return invalid(std::move(misfit));
    }
    if (fingerprint.decode.decoded_until.us < 0) {
        return invalid(fmt::format("decoded until {} us", fingerprint.decode.decoded_until.us));
    }
    if (fingerprint.decode.damage.size() > kMaxTextBytes ||
        fingerprint.decode.note.size() > kMaxTextBytes) {
        return invalid("the report of damage or the note is too long");
    }
    if (fingerprint.part.role > PartRole::kUnshown) {
        return invalid(
            fmt::format("unknown role {} of a part", static_cast<int>(fingerprint.part.role)));
    }
    return {};
}

}  // namespace

std::string_view part_role_words(PartRole role) {
    switch (role) {
        case PartRole::kMain:
            return "shown first";
        case PartRole::kPicture:
            return "a further picture";
        case PartRole::kTrack:
            return "a further track";
        case PartRole::kAttached:
            return "attached";
        case PartRole::kUnshown:
            return "not shown by players";
    }
    return "";
}

bool is_partial(const Fingerprint& fingerprint) {
    return fingerprint.decode.is_partial ||
           std::any_of(fingerprint.more_parts.begin(), fingerprint.more_parts.end(),
                       [](const Fingerprint& part) { return part.decode.is_partial; });
}

MediaTime decoded_from(const Fingerprint& fingerprint) {
    return fingerprint.frames.empty() ? MediaTime{} : fingerprint.frames.front().time;
}

Fingerprint known_side(Fingerprint query) {
    query.media.digest.sha1 = {};
    query.views.clear();
    query.exact.clear();
    local::read_late_points(query.local);
    std::erase_if(query.local, local::has_late_points);
    for (LocalFrame& frame : query.local) {
        frame.luma_width = 0;
        frame.luma_height = 0;
        frame.luma.clear();
    }
    for (Fingerprint& part : query.more_parts) {
        part = known_side(std::move(part));
    }
    return query;
}

std::vector<PartSummary> summarize_parts(const Fingerprint& fingerprint) {
    std::vector<PartSummary> parts;
    parts.reserve(1 + fingerprint.more_parts.size());
    const auto add = [&parts](const Fingerprint& part) {
        parts.push_back({part.part, part.media, part.decode, part.frames.size()});
    };
    add(fingerprint);
    for (const Fingerprint& part : fingerprint.more_parts) {
        add(part);
    }
    return parts;
}

Result<void> check_fingerprint(const Fingerprint& fingerprint) {
    if (Result<void> main = check_part(fingerprint); !main) {
        return main;
    }
    for (const Fingerprint& part : fingerprint.more_parts) {
        if (Result<void> fits = check_part(part); !fits) {
            return fits;
        }
    }
    const std::string misfit = fingerprint::misfit_of_parts(fingerprint);
    return misfit.empty() ? Result<void>() : invalid(misfit);
}

}  // namespace refrain
