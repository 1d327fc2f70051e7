#include "evidence/code_channel.h"

#include <optional>
#include <utility>

#include "index/hash_snapshot.h"

namespace refrain::evidence {

CodeChannel::CodeChannel(const ChannelOptions& options,
                         index::IndexChoice choice,
                         ItemSource& items,
                         CodeKind kind,
                         CodeSource source,
                         Snapshot snapshot)
    : items_(items),
      // A code costs 0.1 to 0.3 us to write, and some four times as much to take over.
      index_(options,
             std::move(choice),
             kind,
             source,
             {snapshot.file, index::kHashSnapshot, snapshot.rules, 96, 4}) {}

void CodeChannel::clear() {
    index_.clear();
    set_sequence(0);
}

bool CodeChannel::load(const std::stop_token& stop) {
    const std::optional<std::uint64_t> sequence = index_.load(stop);
    if (sequence) {
        set_sequence(*sequence);
    }
    return sequence.has_value();
}

}  // namespace refrain::evidence
