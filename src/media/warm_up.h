#pragma once

namespace refrain::media {

/// Loads what the decoders would load when they are first used, so that a process can decode
/// afterwards without opening files.
void warm_up();

}  // namespace refrain::media
