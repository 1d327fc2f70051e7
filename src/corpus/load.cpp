#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log_line.h"
#include "corpus/corpus_impl.h"
#include "corpus/with_progress.h"

namespace refrain {

namespace {

/// A number that tells a change from any other: of its ids, and of the time at which it was made.
evidence::ChangeMark mark_in(const store::Catalogue& store) {
    return [&store](std::uint64_t sequence) -> std::optional<std::uint64_t> {
        if (sequence == 0) {
            return std::nullopt;
        }
        const Result<std::vector<store::Change>> change = store.changes_after(sequence - 1, 1);
        if (!change || change->empty() || change->front().sequence != sequence) {
            return std::nullopt;
        }
        const store::Change& one = change->front();
        return evidence::mark_of_text(
            std::to_string(one.sequence) + ' ' + std::to_string(static_cast<int>(one.kind)) + ' ' +
            std::to_string(one.key) + ' ' + std::to_string(one.at_us) + ' ' + one.id);
    };
}

/// @return the last change that the items are as of
Result<std::uint64_t> each_item(const store::Catalogue& store,
                                corpus::DamageLedger& damage,
                                const std::function<Result<void>(const evidence::KnownItem&)>& take,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    Result<store::Totals> totals = store.totals();
    if (!totals) {
        return totals.error();
    }
    Result<void> outcome;
    std::uint64_t done = 0;
    const auto goes_on = [&] {
        if (progress) {
            progress(++done, totals->items);
        }
        if (stop.stop_requested()) {
            outcome = Error{ErrorCode::kCancelled, "stopped while opening the corpus"};
        }
        return outcome.ok();
    };
    Result<store::Catalogue::Snapshot> read =
        store.each_record({[&](const store::StoredItem& row, std::span<const std::byte> record) {
                               const Result<evidence::KnownItem> item =
                                   corpus::known_item(row, record);
                               if (item) {
                                   outcome = take(*item);
                               } else {
                                   damage.note({row.key, row.id, row.source, item.error().message});
                               }
                               return goes_on();
                           },
                           [&](const store::DamagedRow& row) {
                               damage.note(row);
                               return goes_on();
                           }});
    if (!outcome) {
        return outcome.error();
    }
    if (!read) {
        return read.error();
    }
    return read->last_sequence;
}

}  // namespace

Corpus::Impl::Impl(std::unique_ptr<store::Catalogue> opened, const CorpusOptions& chosen)
    : catalogue(std::move(opened)),
      store(*catalogue),
      options(chosen),
      damage(chosen.log),
      items(store, damage) {
    if (chosen.flood_guard) {
        floods.emplace(*chosen.flood_guard);
    }
}

Result<void> Corpus::Impl::make_channels(const std::filesystem::path& folder) {
    Result<evidence::Channels> made = evidence::make_channels(
        {folder, mark_in(store), options.index, options.threads, options.log}, items);
    if (!made) {
        return made.error();
    }
    channels = std::move(*made);
    return {};
}

Result<void> Corpus::Impl::load(const Fingerprint& query,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    return open([&](const evidence::Channel& channel) { return channel.serves(query); }, stop,
                progress);
}

Result<void> Corpus::Impl::load(IndexScope scope,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    return scope == IndexScope::kAll
               ? open([](const evidence::Channel& /*any*/) { return true; }, stop, progress)
               : load(Fingerprint{}, stop, progress);
}

Corpus::Impl::Some Corpus::Impl::closed(const Wanted& is_wanted) const {
    Some some;
    for (const std::unique_ptr<evidence::Channel>& channel : channels) {
        if (!channel->is_open() && is_wanted(*channel)) {
            some.push_back(channel.get());
        }
    }
    return some;
}

Result<void> Corpus::Impl::open(const Wanted& is_wanted,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    if (closed(is_wanted).empty()) {
        return {};
    }
    return corpus::with_progress(
        [&](const CountProgress& count) { return open_in_turn(is_wanted, stop, count); }, progress);
}

Result<void> Corpus::Impl::open_in_turn(const Wanted& is_wanted,
                                        const std::stop_token& stop,
                                        const CountProgress& progress) {
    const corpus::ChangeTurn::Held turn = turn_.take();
    const Some some = closed(is_wanted);
    if (some.empty()) {
        return {};
    }
    if (Result<void> filled = fill(some, stop, progress); !filled) {
        for (evidence::Channel* channel : some) {
            channel->clear();
        }
        return filled;
    }
    for (evidence::Channel* channel : some) {
        channel->set_open();
    }
    save_if_due(stop);
    return {};
}

bool Corpus::Impl::has_damaged_channel() const {
    return std::any_of(channels.begin(), channels.end(),
                       [](const auto& channel) { return channel->is_damaged(); });
}

Result<void> Corpus::Impl::fill_damaged_anew(const std::stop_token& stop) {
    const corpus::ChangeTurn::Held turn = turn_.take();
    Some some;
    for (const std::unique_ptr<evidence::Channel>& channel : channels) {
        if (channel->is_open() && channel->is_damaged()) {
            base::log(options.log, LogLevel::kWarn, "the snapshot of {} is damaged: made anew",
                      channel->name());
            channel->clear();
            some.push_back(channel.get());
        }
    }
    if (some.empty()) {
        return {};
    }
    if (Result<void> filled = fill(some, stop, {}); !filled) {
        for (evidence::Channel* channel : some) {
            channel->clear();
        }
        return filled;
    }
    for (evidence::Channel* channel : some) {
        channel->set_sound();
    }
    ++times_filled_anew;
    save_if_due(stop);
    return {};
}

/// From snapshots and records, and then from the log.
Result<void> Corpus::Impl::fill(const Some& some,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    if (Result<void> hidden = items.read_hidden(); !hidden) {
        return hidden;
    }
    Some unread;
    for (evidence::Channel* channel : some) {
        if (!channel->load(stop)) {
            unread.push_back(channel);
        }
    }
    const auto take_all = [&] {
        Result<void> filled = read_records(unread, stop, progress);
        return filled ? follow_log(followers(some), stop, progress) : filled;
    };
    Result<void> filled = take_all();
    if (!filled && unread.size() < some.size() && !stop.stop_requested()) {
        // What follows the snapshots cannot be read; perhaps the records can.
        for (evidence::Channel* channel : some) {
            channel->clear();
        }
        unread = some;
        filled = take_all();
    }
    for (evidence::Channel* channel : some) {
        if (filled) {
            const bool is_read = std::find(unread.begin(), unread.end(), channel) != unread.end();
            base::log(options.log, LogLevel::kInfo, "opened {} source={} codes={} generation={}",
                      channel->name(), is_read ? "records" : "snapshot", channel->codes(),
                      channel->sequence());
        }
    }
    return filled;
}

Result<void> Corpus::Impl::read_records(const Some& some,
                                        const std::stop_token& stop,
                                        const CountProgress& progress) {
    if (some.empty()) {
        return {};
    }
    const auto take = [&](const evidence::KnownItem& item) -> Result<void> {
        for (evidence::Channel* channel : some) {
            if (Result<void> added = channel->add_in_bulk(item); !added) {
                return added;
            }
        }
        return {};
    };
    const Result<std::uint64_t> last = each_item(store, damage, take, stop, progress);
    if (!last) {
        return last.error();
    }
    for (evidence::Channel* channel : some) {
        channel->set_sequence(*last);
        if (Result<void> finished = channel->finish_bulk(); !finished) {
            return finished;
        }
    }
    return {};
}

void Corpus::Impl::count_added(const Fingerprint& fingerprint) {
    for (const std::unique_ptr<evidence::Channel>& channel : channels) {
        channel->count_added(fingerprint);
    }
}

bool Corpus::Impl::has_added_much() const {
    return std::any_of(channels.begin(), channels.end(),
                       [](const auto& channel) { return channel->has_added_much(); });
}

}  // namespace refrain
