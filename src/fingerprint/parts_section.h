#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "fingerprint/byte_io.h"

namespace refrain::fingerprint {

/// A further part as the section of parts holds it: the sections of a record without its envelope.
struct PackedPart {
    bool has_views = false;
    std::span<const std::byte> sections;  ///< borrowed
};

struct PackedParts {
    PartInfo part;  ///< of the fingerprint that the section stands in
    std::vector<PackedPart> further;
};

/// The body of the section of parts, docs/fingerprint-format.md.
[[nodiscard]] ByteWriter parts_section(const PackedParts& parts);

/// The inverse; the bytes are untrusted, and the sections of the further parts still are. Memory: a
/// small multiple of them. @error kCorrupt
[[nodiscard]] Result<PackedParts> read_parts(ByteReader in);

/// Checks whether the further parts fit the main one: there are at most kMaxParts in all, of the
/// same bytes, in order, none twice, none with parts of its own.
///
/// @return what does not fit; empty: all does
[[nodiscard]] std::string misfit_of_parts(const Fingerprint& fingerprint);

}  // namespace refrain::fingerprint
