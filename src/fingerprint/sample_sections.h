#pragma once

#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "fingerprint/byte_io.h"

namespace refrain::fingerprint {

/// The body of the section of cells, docs/fingerprint-format.md; empty if no frame has any.
[[nodiscard]] ByteWriter cells_section(const std::vector<LocalFrame>& frames);

/// And of that of small pictures.
[[nodiscard]] ByteWriter luma_section(const std::vector<LocalFrame>& frames);

/// And of that of edge codes.
[[nodiscard]] ByteWriter edges_section(const std::vector<LocalFrame>& frames);

/// The inverses; the bytes are untrusted. Memory: that of the bytes. @error kCorrupt
[[nodiscard]] Result<void> read_cells(ByteReader in, std::vector<LocalFrame>& frames);
[[nodiscard]] Result<void> read_luma(ByteReader in, std::vector<LocalFrame>& frames);
[[nodiscard]] Result<void> read_edges(ByteReader in, std::vector<LocalFrame>& frames);

/// What does not fit of the cells and the small picture of a frame; empty if all does.
[[nodiscard]] std::string misfit_of_samples(const LocalFrame& frame);

}  // namespace refrain::fingerprint
