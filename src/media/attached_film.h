#pragma once

#include <cstdint>

#include "media/byte_source.h"
#include "media/medium_parts.h"

namespace refrain::media {

/// Adds the films that lie behind a still, in the bytes of `source` from `offset` on. Each is a
/// whole file of the MP4 family. Other bytes may stand before and between them.
///
/// Does not number the parts. Cost: reads those bytes once.
void add_films_behind(const ByteSource& source, std::uint64_t offset, MediumPlan& plan);

/// Where the file of the family of MP4 at the beginning of `source` ends: behind its last box, or
/// where another such file begins. Cost: the headers of the boxes.
[[nodiscard]] std::uint64_t end_of_first_file(const ByteSource& source);

/// Adds the films beside the pictures of a HEIC or AVIF file: in a box `mpvd`, or behind the file's
/// own boxes as a file of their own.
///
/// Cost: the headers of the boxes; of what is no box, all bytes once. Does not number the parts.
void add_films_beside(const ByteSource& source, MediumPlan& plan);

}  // namespace refrain::media
