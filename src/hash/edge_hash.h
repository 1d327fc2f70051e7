#pragma once

#include <optional>

#include "refrain/hash256.h"

#include "frame/picture.h"

namespace refrain::hash {

/// The code of where a picture has edges and how strong they are, whichever way they run and
/// whichever side is lighter: PDQ's bits on the area means of the root of the slope.
///
/// It stays near where brightness is redrawn throughout, as in reliefs, pencil drawings, edge
/// pictures and false colours. Codes of unrelated pictures lie as far apart as PDQ's.
///
/// @param luma  upright pixels; `LumaView::upright` is left to the caller
/// @return      nothing: hardly any edge, or a pattern so fine that the bits do not tell it
///
/// Cost: one pass over the plane, and 65,536 slopes at most. Memory: some 400 KB. Thread safety:
/// pure function. Source: docs/decisions/0078-edge-codes.md.
[[nodiscard]] std::optional<Hash256> edge_hash(const frame::LumaView& luma);

}  // namespace refrain::hash
