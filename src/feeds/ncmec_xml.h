#pragma once

#include "feeds/byte_feed.h"
#include "feeds/feed_sink.h"

namespace refrain::feeds {

/// `queryResult` of NCMEC's hash sharing, version 2. One hash gives one entry; what its medium has
/// beside it are labels. An entry is named `member-id`. Hashes of kinds that cannot be looked up
/// are refused one by one (`unsupported_signal`).
///
/// A document type declaration, and so any entity of the document's own, ends the reading
/// (`doctype`).
void read_ncmec_xml(ByteFeed& bytes, FeedSink& sink);

}  // namespace refrain::feeds
