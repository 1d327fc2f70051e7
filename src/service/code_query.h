#pragma once

#include <optional>
#include <string>

#include "refrain/feeds.h"
#include "refrain/fingerprint.h"
#include "refrain/hash256.h"
#include "refrain/result.h"

#include "service/json_input.h"

namespace refrain::service {

// Fingerprints to ask with, made of codes or digests that a client sends in place of the medium.
// They hold exact PDQ in the upright view alone. Their own SHA-256 stands for the codes, so that it
// equals that of no item. All are pure functions.

/// One picture.
[[nodiscard]] Fingerprint pdq_query(const Hash256& code);

/// A file of which one digest is known: 32 (MD5), 40 (SHA-1) or 64 (SHA-256) hex digits. Nothing:
/// it is none of these.
[[nodiscard]] std::optional<Fingerprint> digest_query(const std::string& hex);

/// Whether a fingerprint holds digests alone, so that only the same bytes can be found.
[[nodiscard]] bool is_digest_query(const Fingerprint& query);

/// An object with one of `pdq`, `vpdq`, `md5`, `sha1`, `sha256`. `vpdq` is a list of
/// `"HEX,QUALITY,SECONDS"`, or of objects with `hash`, `quality` and `timestamp`.
///
/// @error kInvalidArgument  what does not fit, with the field's name
[[nodiscard]] Result<Fingerprint> code_query(const Json& object);

/// The frames of a video from a list of `"HEX,QUALITY,SECONDS"`, as a feed would name them.
/// @error kInvalidArgument, those of read_feed
[[nodiscard]] Result<FeedEntry> vpdq_entry(const Json& frames);

}  // namespace refrain::service
