#pragma once

#include "feeds/byte_feed.h"
#include "feeds/feed_sink.h"

/// The formats that are JSON. Each reads its input, one or more documents, to the end.
namespace refrain::feeds {

/// `{"hashRecords":[...]}`
void read_stopncii(ByteFeed& bytes, FeedSink& sink);
/// `{"results":[...]}`
void read_tcap(ByteFeed& bytes, FeedSink& sink);
/// `{"data":[...]}`
void read_threatexchange(ByteFeed& bytes, FeedSink& sink);
/// A bank content as HMA answers it, an array of them, or one after the other.
void read_hma(ByteFeed& bytes, FeedSink& sink);

enum class VpdqJson : std::uint8_t {
    kStrings,  ///< `["hex,quality,seconds", ...]`
    kObjects,  ///< `{"0":{"quality":..,"hash":..,"timestamp":..}, ...}`, as older programs wrote it
};
void read_vpdq_json(ByteFeed& bytes, VpdqJson form, bool is_word_reversed, FeedSink& sink);

}  // namespace refrain::feeds
