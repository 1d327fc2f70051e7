#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>

#include "refrain/feeds.h"
#include "refrain/result.h"

#include "cli/descriptor.h"

namespace refrain::cli {

/// Opens a file to read it from its beginning; `-` is standard input.
[[nodiscard]] Result<Descriptor> open_stream(const std::string& path);

/// The bytes of a descriptor, which is borrowed; a blocked read ends when a stop is requested.
[[nodiscard]] FeedBytes bytes_of(const Descriptor& descriptor, std::stop_token stop);

/// Writes everything. @param name  of the file, for the message
[[nodiscard]] Result<void> write_bytes(int descriptor,
                                       std::span<const std::byte> bytes,
                                       const std::string& name);

}  // namespace refrain::cli
