#pragma once

#include <cstdint>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

namespace refrain::python {

/// PDQ of an array of H x W or H x W x 3 bytes, with any strides, as (32 bytes, quality). What the
/// library can walk over is not copied. Raises where it is no picture, or has more pixels.
[[nodiscard]] pybind11::tuple pdq_pixels(const pybind11::buffer& array, std::uint64_t max_pixels);

}  // namespace refrain::python
