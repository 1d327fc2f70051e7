#pragma once

#include <filesystem>

namespace refrain::base {

/// The folder of the file that this code was loaded from: of the library or, where it is linked
/// statically, of the program. Empty: it is not known.
[[nodiscard]] std::filesystem::path own_folder();

}  // namespace refrain::base
