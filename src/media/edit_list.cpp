#include "media/edit_list.h"

#include <algorithm>
#include <string_view>

namespace refrain::media {

std::vector<std::int64_t> shown_positions(const AVStream& stream) {
    std::vector<std::int64_t> positions;
    const int count = avformat_index_get_entries_count(&stream);
    for (int i = 0; i < count; ++i) {
        // The function takes a stream that it does not change.
        const AVIndexEntry* entry = avformat_index_get_entry(const_cast<AVStream*>(&stream), i);
        if (entry != nullptr && (entry->flags & AVINDEX_DISCARD_FRAME) == 0) {
            positions.push_back(entry->pos);
        }
    }
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    return positions;
}

bool leaves_frames_out(const FfmpegInput& input,
                       const AVStream& stream,
                       const std::vector<std::int64_t>& shown) {
    return std::string_view(input.format->iformat->name) == "mov,mp4,m4a,3gp,3g2,mj2" &&
           !is_cover(stream) && !shown.empty() &&
           stream.nb_frames > static_cast<std::int64_t>(shown.size());
}

MediaTime time_left_out(const AVStream& stream, const std::vector<std::int64_t>& shown) {
    std::int64_t left_out = 0;
    std::int64_t last_duration = 0;
    const int count = avformat_index_get_entries_count(&stream);
    auto* track = const_cast<AVStream*>(&stream);
    for (int i = 0; i < count; ++i) {
        const AVIndexEntry* entry = avformat_index_get_entry(track, i);
        const AVIndexEntry* next = avformat_index_get_entry(track, i + 1);
        if (entry == nullptr) {
            break;
        }
        if (next != nullptr) {
            last_duration = std::max<std::int64_t>(next->timestamp - entry->timestamp, 0);
        }
        if (!std::binary_search(shown.begin(), shown.end(), entry->pos)) {
            left_out += last_duration;
        }
    }
    return MediaTime::from_us(
        av_rescale_q(left_out, stream.time_base, AVRational{1, AV_TIME_BASE}));
}

}  // namespace refrain::media
