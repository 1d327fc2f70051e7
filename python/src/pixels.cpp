#include "pixels.h"

#include <string>
#include <utility>
#include <vector>

#include "refrain/pdq.h"

#include "codes.h"
#include "running.h"

namespace py = pybind11;

namespace refrain::python {

namespace {

/// An array as the interpreter describes it; its pixels stay where they are.
struct Picture {
    const std::uint8_t* data = nullptr;
    py::ssize_t height = 0;
    py::ssize_t width = 0;
    py::ssize_t row_step = 0;
    py::ssize_t column_step = 0;
    py::ssize_t channel_step = 0;  ///< 0: the same byte three times

    [[nodiscard]] bool is_packed_rgb() const { return column_step == 3 && channel_step == 1; }
};

Picture picture_of(const py::buffer_info& info, std::uint64_t max_pixels) {
    if (info.itemsize != 1 || info.format != py::format_descriptor<std::uint8_t>::format()) {
        raise("invalid_argument", "pixels must be of the type uint8, not " + info.format);
    }
    const bool is_grey = info.ndim == 2;
    if (!is_grey && (info.ndim != 3 || info.shape[2] != 3)) {
        raise("invalid_argument",
              "pixels must have the shape (height, width) or (height, width, 3)");
    }
    constexpr py::ssize_t kMostSide = 1 << 20;
    const py::ssize_t height = info.shape[0];
    const py::ssize_t width = info.shape[1];
    if (height > kMostSide || width > kMostSide) {
        raise("too_large", "a picture has at most " + std::to_string(kMostSide) + " pixels a side");
    }
    if (static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width) > max_pixels) {
        raise("too_large", "the picture has more pixels than the limit max_pixels");
    }
    return {static_cast<const std::uint8_t*>(info.ptr),
            height,
            width,
            info.strides[0],
            info.strides[1],
            is_grey ? 0 : info.strides[2]};
}

std::vector<std::uint8_t> packed(const Picture& picture) {
    std::vector<std::uint8_t> copy(static_cast<std::size_t>(picture.width) *
                                   static_cast<std::size_t>(picture.height) * 3);
    std::uint8_t* out = copy.data();
    for (py::ssize_t r = 0; r < picture.height; ++r) {
        const std::uint8_t* at = picture.data + r * picture.row_step;
        for (py::ssize_t c = 0; c < picture.width; ++c, at += picture.column_step) {
            *out++ = at[0];
            *out++ = at[picture.channel_step];
            *out++ = at[2 * picture.channel_step];
        }
    }
    return copy;
}

}  // namespace

py::tuple pdq_pixels(const py::buffer& array, std::uint64_t max_pixels) {
    const RunningCall call(forks());
    const py::buffer_info info = array.request();
    const Picture picture = picture_of(info, max_pixels);
    Result<PdqCode> code = Error{};
    {
        const py::gil_scoped_release free;
        RgbPixels pixels{picture.data, static_cast<int>(picture.width),
                         static_cast<int>(picture.height), picture.row_step};
        std::vector<std::uint8_t> copy;
        if (!picture.is_packed_rgb()) {
            copy = packed(picture);
            pixels.data = copy.data();
            pixels.stride_bytes = 3 * picture.width;
        }
        code = pdq_of_pixels(pixels);
    }
    const PdqCode made = unwrap(std::move(code));
    const CodeBytes bytes = bytes_of(made.hash);
    return py::make_tuple(py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                          static_cast<int>(made.quality));
}

}  // namespace refrain::python
