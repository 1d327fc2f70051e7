#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace refrain::local {

/// The loops of `resample` and `blur` over one row, for one instruction set; the same results from
/// all, bit for bit.
///
/// Thread safety: pure functions.
struct PlaneKernels {
    /// So many samples of `line` behind the last one may be read by `mix_columns`.
    static constexpr std::size_t kReadBeyond = 64;

    const char* name = "";
    /// line[i] = upper[i] * above + lower[i] * below, where above + below is 256.
    void (*mix_rows)(const std::uint8_t* upper,
                     const std::uint8_t* lower,
                     std::uint16_t above,
                     std::uint16_t below,
                     std::size_t count,
                     std::uint16_t* line) = nullptr;
    /// samples[i] = line[at[i]] * left + line[at[i] + 1] * right, divided by 65536 and rounded.
    ///
    /// @param at  from 0 on, never falling
    /// @param weights  left in the lower, right in the upper 16 bits; their sum is 256
    void (*mix_columns)(const std::uint16_t* line,
                        const std::int32_t* at,
                        const std::int32_t* weights,
                        std::size_t count,
                        std::uint8_t* samples) = nullptr;
    /// line[i] = the samples at i of five rows, weighted 1, 4, 6, 4, 1.
    void (*weigh_rows)(const std::uint8_t* const* rows,
                       std::size_t count,
                       std::uint16_t* line) = nullptr;
    /// samples[i] = five samples of `line` from i on, `spacing` apart, weighted in the same way,
    /// divided by 256 and rounded.
    void (*weigh_columns)(const std::uint16_t* line,
                          std::size_t spacing,
                          std::size_t count,
                          std::uint8_t* samples) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const PlaneKernels& plane_kernels();

/// All kernels that this machine runs: the plain twin first, the fastest last.
[[nodiscard]] std::vector<const PlaneKernels*> usable_plane_kernels();

}  // namespace refrain::local
