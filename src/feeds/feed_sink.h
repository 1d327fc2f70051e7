#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "refrain/feeds.h"

namespace refrain::feeds {

/// Where the readers of all formats put what they find: counts it, and hands it to the visitor.
class FeedSink {
  public:
    /// @param visitor  borrowed
    FeedSink(const FeedVisitor& visitor, FeedCounts& counts) : visitor_(visitor), counts_(counts) {}

    void entry(FeedEntry&& entry) {
        if (has_ended_) {
            return;
        }
        ++(entry.action == FeedAction::kAssert ? counts_.asserted : counts_.withdrawn);
        has_ended_ = visitor_.entry && !visitor_.entry(std::move(entry));
    }
    /// @param reason  of static storage, a word of docs/feeds.md
    void refuse(std::string_view reason, std::uint64_t line, std::string detail) {
        if (has_ended_) {
            return;
        }
        ++counts_.refused[std::string(reason)];
        if (visitor_.refused) {
            has_ended_ = !visitor_.refused({reason, line, std::move(detail)});
        }
    }
    void pass_over() { ++counts_.passed_over; }
    void unknown_field() { ++counts_.unknown_fields; }

    /// The visitor wants no more.
    [[nodiscard]] bool has_ended() const { return has_ended_; }

  private:
    const FeedVisitor& visitor_;
    FeedCounts& counts_;
    bool has_ended_ = false;
};

}  // namespace refrain::feeds
