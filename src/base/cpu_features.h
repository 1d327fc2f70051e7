#pragma once

namespace refrain::base {

/// Instructions beyond those the program is compiled for. None elsewhere than on x86-64.
struct CpuFeatures {
    bool has_popcnt = false;
    bool has_pclmul = false;
    bool has_bmi = false;
    bool has_bmi2 = false;
    bool has_fma = false;
    bool has_avx2 = false;
    bool has_avx512f = false;
    bool has_avx512bw = false;
    bool has_avx512dq = false;
    bool has_avx512vl = false;
    bool has_avx512vpopcntdq = false;
    bool has_avx512bitalg = false;
};

/// What this machine and its operating system run. Thread safety: pure function.
[[nodiscard]] const CpuFeatures& cpu_features();

}  // namespace refrain::base
