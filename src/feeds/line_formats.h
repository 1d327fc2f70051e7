#pragma once

#include "feeds/byte_feed.h"
#include "feeds/feed_sink.h"

/// The formats that have an entry a line. Each reads its input to the end.
namespace refrain::feeds {

/// `HEX`, `HEX,meta`, `HEX,quality,meta`, `hash=HEX,quality=100,filename=f.jpg`, or a table whose
/// first line names its columns, one of them `hash` or `pdq`.
void read_pdq_lines(ByteFeed& bytes, bool is_word_reversed, FeedSink& sink);

/// `HEX`, or `HEX  name` as sha256sum writes.
void read_digest_lines(ByteFeed& bytes, FeedSink& sink);

/// Lines of `frame,quality,hex,seconds` or `quality,hex,seconds`: one entry, a video.
void read_vpdq_lines(ByteFeed& bytes, bool is_word_reversed, FeedSink& sink);

/// Puts the frames of a video in order of time and makes an entry of them, if there are any.
void finish_video(FeedEntry&& video, FeedSink& sink);

}  // namespace refrain::feeds
