#pragma once

#include <string>

namespace refrain::index {

/// Why FAISS's training cannot be had; empty: it can. Loads BLAS and LAPACK when first called.
///
/// FAISS calls them to train the indexes that have to be trained, which `--index faiss:` alone can
/// name. Linked as usual they would be loaded for every command: 4.7 ms of processor time with
/// OpenBLAS, and its threads. So the routines that FAISS calls are defined here, and each passes on
/// to the library.
///
/// Thread safety: safe to call beside itself. Source: docs/decisions/0011-what-a-process-loads.md.
[[nodiscard]] const std::string& blas_problem();

}  // namespace refrain::index
