#include "fingerprint/sample_sections.h"

#include <algorithm>
#include <span>
#include <string>

#include <spdlog/fmt/fmt.h>

#include "local/frame_points.h"

namespace refrain::fingerprint {

namespace {

// The two highest bits of a cell say how much it shows; 3 is none of its values.
constexpr std::uint8_t kMostCell = 0xBF;

// What stands before the samples of a frame: two numbers of 16 bits, as varints of 3 bytes at most.
constexpr std::size_t kMostGridBytes = 6;

/// The fields of a frame that hold one kind of samples.
struct Grid {
    std::uint16_t LocalFrame::*columns;
    std::uint16_t LocalFrame::*rows;
    std::vector<std::uint8_t> LocalFrame::*samples;
    bool (*fits)(const LocalFrame& frame, std::uint64_t columns, std::uint64_t rows);
};

constexpr Grid kCellGrid{&LocalFrame::cell_columns, &LocalFrame::cell_rows, &LocalFrame::cells,
                         [](const LocalFrame&, std::uint64_t columns, std::uint64_t rows) {
                             return columns <= LocalFrame::kMaxCells &&
                                    rows <= LocalFrame::kMaxCells &&
                                    columns * rows <= LocalFrame::kMaxCells &&
                                    (columns == 0) == (rows == 0);
                         }};
/// A frame that has its points late has the picture that they are found in.
std::uint64_t most_luma_side(const LocalFrame& frame) {
    static_assert(local::kFilmQuery.max_side >= LocalFrame::kMaxLumaSide);
    return frame.points.empty() ? local::kFilmQuery.max_side : LocalFrame::kMaxLumaSide;
}

constexpr Grid kLumaGrid{&LocalFrame::luma_width, &LocalFrame::luma_height, &LocalFrame::luma,
                         [](const LocalFrame& frame, std::uint64_t columns, std::uint64_t rows) {
                             const std::uint64_t most = most_luma_side(frame);
                             return columns <= most && rows <= most &&
                                    (columns == 0) == (rows == 0);
                         }};

Error corrupt(const std::string& what) {
    return {ErrorCode::kCorrupt, "fingerprint record: " + what};
}

ByteWriter section_of(const std::vector<LocalFrame>& frames, const Grid& grid) {
    ByteWriter body;
    if (std::all_of(frames.begin(), frames.end(),
                    [&](const LocalFrame& frame) { return (frame.*grid.samples).empty(); })) {
        return body;
    }
    std::size_t bytes = 0;
    for (const LocalFrame& frame : frames) {
        bytes += kMostGridBytes + (frame.*grid.samples).size();
    }
    body.reserve(bytes);
    for (const LocalFrame& frame : frames) {
        body.put_varint(frame.*grid.columns);
        body.put_varint(frame.*grid.rows);
        body.put_bytes(std::as_bytes(std::span(frame.*grid.samples)));
    }
    return body;
}

Result<void> read_section(ByteReader in, const Grid& grid, std::vector<LocalFrame>& frames) {
    bool has_any = false;
    for (LocalFrame& frame : frames) {
        const std::uint64_t columns = in.varint();
        const std::uint64_t rows = in.varint();
        if (!grid.fits(frame, columns, rows)) {
            return corrupt(fmt::format("{} by {} cells or samples", columns, rows));
        }
        const std::span<const std::byte> bytes = in.take(columns * rows);
        frame.*grid.columns = static_cast<std::uint16_t>(columns);
        frame.*grid.rows = static_cast<std::uint16_t>(rows);
        std::vector<std::uint8_t>& samples = frame.*grid.samples;
        samples.resize(bytes.size());
        std::transform(bytes.begin(), bytes.end(), samples.begin(),
                       [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
        has_any = has_any || columns > 0;
    }
    if (!in.is_drained() || !has_any) {
        return corrupt("cells or samples do not fit the local frames");
    }
    return {};
}

}  // namespace

ByteWriter cells_section(const std::vector<LocalFrame>& frames) {
    return section_of(frames, kCellGrid);
}

ByteWriter luma_section(const std::vector<LocalFrame>& frames) {
    return section_of(frames, kLumaGrid);
}

Result<void> read_cells(ByteReader in, std::vector<LocalFrame>& frames) {
    if (Result<void> read = read_section(in, kCellGrid, frames); !read) {
        return read;
    }
    for (const LocalFrame& frame : frames) {
        if (std::string misfit = misfit_of_samples(frame); !misfit.empty()) {
            return corrupt(misfit);
        }
    }
    return {};
}

Result<void> read_luma(ByteReader in, std::vector<LocalFrame>& frames) {
    return read_section(in, kLumaGrid, frames);
}

ByteWriter edges_section(const std::vector<LocalFrame>& frames) {
    ByteWriter body;
    if (std::none_of(frames.begin(), frames.end(),
                     [](const LocalFrame& frame) { return frame.edges.has_value(); })) {
        return body;
    }
    for (const LocalFrame& frame : frames) {
        body.put_fixed(frame.edges ? 1 : 0, 1);
        if (frame.edges) {
            put_hash(body, *frame.edges);
        }
    }
    return body;
}

Result<void> read_edges(ByteReader in, std::vector<LocalFrame>& frames) {
    bool has_any = false;
    for (LocalFrame& frame : frames) {
        const std::uint64_t is_there = in.fixed(1);
        if (is_there > 1) {
            return corrupt(fmt::format("{} edge codes of a frame", is_there));
        }
        if (is_there == 1) {
            frame.edges = read_hash(in);
            has_any = true;
        }
    }
    if (!in.is_drained() || !has_any) {
        return corrupt("edge codes do not fit the local frames");
    }
    return {};
}

std::string misfit_of_samples(const LocalFrame& frame) {
    for (const Grid& grid : {kCellGrid, kLumaGrid}) {
        const std::size_t columns = frame.*grid.columns;
        const std::size_t rows = frame.*grid.rows;
        if (!grid.fits(frame, columns, rows) || columns * rows != (frame.*grid.samples).size()) {
            return fmt::format("{} cells or samples for {} by {}", (frame.*grid.samples).size(),
                               columns, rows);
        }
    }
    const bool is_sound = std::all_of(frame.cells.begin(), frame.cells.end(),
                                      [](std::uint8_t cell) { return cell <= kMostCell; });
    return is_sound ? std::string() : "a cell that shows more than all";
}

}  // namespace refrain::fingerprint
