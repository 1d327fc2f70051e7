#include "base/cpu_features.h"

namespace refrain::base {

namespace {

CpuFeatures detected() {
    CpuFeatures cpu;
#if defined(__x86_64__)
    // The names must be literals.
    cpu.has_popcnt = __builtin_cpu_supports("popcnt") != 0;
    cpu.has_pclmul = __builtin_cpu_supports("pclmul") != 0;
    cpu.has_bmi = __builtin_cpu_supports("bmi") != 0;
    cpu.has_bmi2 = __builtin_cpu_supports("bmi2") != 0;
    cpu.has_fma = __builtin_cpu_supports("fma") != 0;
    cpu.has_avx2 = __builtin_cpu_supports("avx2") != 0;
    cpu.has_avx512f = __builtin_cpu_supports("avx512f") != 0;
    cpu.has_avx512bw = __builtin_cpu_supports("avx512bw") != 0;
    cpu.has_avx512dq = __builtin_cpu_supports("avx512dq") != 0;
    cpu.has_avx512vl = __builtin_cpu_supports("avx512vl") != 0;
    cpu.has_avx512vpopcntdq = __builtin_cpu_supports("avx512vpopcntdq") != 0;
    cpu.has_avx512bitalg = __builtin_cpu_supports("avx512bitalg") != 0;
#endif
    return cpu;
}

}  // namespace

const CpuFeatures& cpu_features() {
    static const CpuFeatures features = detected();
    return features;
}

}  // namespace refrain::base
