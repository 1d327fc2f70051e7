#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "feeds/byte_feed.h"
#include "feeds/feed_sink.h"

namespace refrain::feeds {

/// Where in a document its entries are.
enum class RecordPlace : std::uint8_t {
    kArrayUnderKey,  ///< elements of the array that the outermost object holds under `key`
    kElements,       ///< elements of an outermost array
    kMembers,        ///< members of an outermost object; each is `{name: value}`
    kDocument,       ///< the outermost object itself, or each element of an outermost array
};

struct RecordShape {
    RecordPlace place = RecordPlace::kElements;
    std::string_view key = {};
};

/// @param line  on which the record ends
using RecordVisitor = std::function<void(const nlohmann::json& record, std::uint64_t line)>;

/// Called behind each document that was read to its end.
using DocumentVisitor = std::function<void()>;

/// Reads documents that may follow each other, and hands their entries over one by one. A record
/// over a limit is refused (`too_large`, `too_deep`) and the next one is read; what is no JSON
/// (`bad_json`, also a truncated end) ends the reading. A document without a place for entries is
/// refused (`no_entries`).
///
/// Memory: one record and one token within FeedLimits.
void read_json_records(ByteFeed& bytes,
                       const RecordShape& shape,
                       FeedSink& sink,
                       const RecordVisitor& visit,
                       const DocumentVisitor& end_document = {});

}  // namespace refrain::feeds
