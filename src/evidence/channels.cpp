#include "evidence/channels.h"

#include <utility>

#include "evidence/edges/edges_channel.h"
#include "evidence/frames/frames_channel.h"
#include "evidence/local/local_channel.h"
#include "evidence/pdq_list/pdq_list_channel.h"
#include "index/index_choice.h"

namespace refrain {

namespace evidence {

Result<Channels> make_channels(const ChannelOptions& options, ItemSource& items) {
    Result<index::IndexChoice> choice = index::IndexChoice::parse(options.index);
    if (!choice) {
        return choice.error();
    }
    Channels channels;
    channels.push_back(std::make_unique<FramesChannel>(options, *choice, items));
    channels.push_back(std::make_unique<PdqListChannel>(options, *choice, items));
    channels.push_back(std::make_unique<LocalChannel>(options, items));
    // Last, although it is cheap: it is asked only for what no other has seen.
    channels.push_back(std::make_unique<EdgesChannel>(options, std::move(*choice), items));
    return channels;
}

std::vector<std::string_view> snapshot_names() {
    return {FramesChannel::kSnapshotName, PdqListChannel::kSnapshotName,
            LocalChannel::kSnapshotName, EdgesChannel::kSnapshotName};
}

}  // namespace evidence

Result<void> check_index_name(const std::string& name) {
    const Result<index::IndexChoice> choice = index::IndexChoice::parse(name);
    return choice ? Result<void>() : choice.error();
}

}  // namespace refrain
