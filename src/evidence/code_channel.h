#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "evidence/channel.h"
#include "evidence/channels.h"
#include "evidence/code_index.h"
#include "index/index_choice.h"

namespace refrain::evidence {

/// What the channels of whole frames have in common: a CodeIndex of one kind of code, and its
/// sequence number. A channel adds its name and its search.
class CodeChannel : public Channel {
  public:
    /// Any: a query without frames finds nothing, which costs nothing.
    [[nodiscard]] bool serves(const Fingerprint& /*query*/) const override { return true; }

    [[nodiscard]] Result<void> add(const KnownItem& item) override { return index_.add(item); }
    [[nodiscard]] Result<void> add_in_bulk(const KnownItem& item) override {
        return index_.add_in_bulk(item);
    }
    [[nodiscard]] Result<void> finish_bulk() override { return index_.finish_bulk(); }
    [[nodiscard]] Result<void> remove(std::int64_t key) override { return index_.remove(key); }
    void clear() override;

    [[nodiscard]] bool load(const std::stop_token& stop) override;
    void save_if_due(const std::stop_token& stop) override { index_.save_if_due(sequence(), stop); }
    void count_added(const Fingerprint& fingerprint) override { index_.count_added(fingerprint); }
    [[nodiscard]] bool has_added_much() const override { return index_.has_added_much(); }

    [[nodiscard]] bool has_sample(const Query& /*query*/) const override { return false; }
    [[nodiscard]] std::size_t codes() const override { return index_.codes(); }
    void add_stats(CorpusStats& stats) const override { index_.add_stats(stats); }

  protected:
    /// A snapshot of `file`, whose layout of codes and ids is told by `rules`.
    struct Snapshot {
        std::string_view file;
        std::uint64_t rules = 0;
    };
    /// @param items  outlives the channel
    CodeChannel(const ChannelOptions& options,
                index::IndexChoice choice,
                ItemSource& items,
                CodeKind kind,
                CodeSource source,
                Snapshot snapshot);

    [[nodiscard]] const CodeIndex& index() const { return index_; }
    [[nodiscard]] ItemSource& items() const { return items_; }

  private:
    ItemSource& items_;
    CodeIndex index_;
};

}  // namespace refrain::evidence
