#pragma once

#include <string_view>

#include "refrain/result.h"

/// Modules: shared objects of our own that are loaded when they are first needed.
namespace refrain::base {

/// Loads a module, once and for good, and gives what one of its functions returns: the address of
/// a table, which begins with the version that it was built as, a `const char*`.
///
/// Installed, modules lie in the folder `refrain` below that of the library; in a build folder
/// beside it.
///
/// @param file     name of the module's file
/// @param give     name of the function, `const void* ()`, with a C name
/// @param content  what the module holds, for messages, e.g. `the decoders`
/// @error kInternal  there is none, it lacks the function, or it is of another version
///
/// Thread safety: safe to call from several threads.
[[nodiscard]] Result<const void*> load_module(const char* file,
                                              const char* give,
                                              std::string_view content);

}  // namespace refrain::base
