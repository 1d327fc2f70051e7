#pragma once

// The vector instructions that kernels name: of x86-64 or of arm64, none elsewhere.
#if defined(__x86_64__)
// GCC 12 takes what its own header leaves open on purpose for a mistake (its bug 105593).
# if defined(__GNUC__) && !defined(__clang__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wuninitialized"
#  pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
# endif
# include <immintrin.h>
# if defined(__GNUC__) && !defined(__clang__)
#  pragma GCC diagnostic pop
# endif
#elif defined(__aarch64__)
# include <arm_neon.h>
#endif
