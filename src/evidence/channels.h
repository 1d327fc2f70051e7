#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/log.h"
#include "refrain/result.h"

#include "evidence/channel.h"
#include "evidence/item_source.h"
#include "evidence/saved_index.h"

namespace refrain::evidence {

using Channels = std::vector<std::unique_ptr<Channel>>;

/// What the channels of a corpus have in common.
struct ChannelOptions {
    std::filesystem::path folder;  ///< of the snapshots; empty: there are none
    ChangeMark mark_of;            ///< of the store beside these; unused without a folder
    std::string index = "live";    ///< as CorpusOptions::index
    int threads = 1;               ///< of one search, >= 1
    LogSink* log = nullptr;        ///< borrowed, may be null
};

/// All kinds of evidence, in the order in which they are asked: the cheapest to search first, and
/// last what is asked only for items that no other has seen. The one place that knows which there
/// are.
///
/// @param items  outlives the channels
/// @error kInvalidArgument  `index` names none
[[nodiscard]] Result<Channels> make_channels(const ChannelOptions& options, ItemSource& items);

/// The files that the channels keep beside a store.
[[nodiscard]] std::vector<std::string_view> snapshot_names();

}  // namespace refrain::evidence
