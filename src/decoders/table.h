#pragma once

#include <string>

#include "explain/drawing.h"
#include "fingerprint/fingerprint_bytes.h"
#include "media/png_writer.h"
#include "media/shown_pictures.h"

/// The door between librefrain.so and `refrain-decoders.so`, which holds all that decodes and
/// draws. That module needs 150 shared libraries, which take 40 ms and more to load: a program
/// whose media are decoded in workers never loads it.
namespace refrain::decoders {

/// The functions behind the door. Both sides are of the same build.
struct Table {
    const char* version;  ///< REFRAIN_VERSION
    decltype(&fingerprint::fingerprint_bytes) fingerprint_bytes;
    decltype(&media::read_shown_pictures) read_shown_pictures;
    decltype(&media::encode_png) encode_png;
    decltype(&explain::draw) draw;
};

/// Name of the function in the module: `const void* ()`.
inline constexpr const char* kTableSymbol = "refrain_decoders";

}  // namespace refrain::decoders
