#include "frame/cell_kernels.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::frame {
namespace {

struct Row {
    ShortCells cells;
    std::vector<std::uint32_t> sums;
};

/// Cells whose columns lie `step` apart on average; their sums fit into 32 bits.
Row some_row(std::mt19937& random, double step) {
    Row row;
    const std::size_t count = 1 + random() % 200;
    for (std::size_t i = 0; i < count; ++i) {
        row.cells.first.push_back(static_cast<std::int32_t>(static_cast<double>(i) * step));
        for (std::vector<std::uint32_t>& shares : row.cells.shares) {
            shares.push_back(static_cast<std::uint32_t>(random() % 257));
        }
    }
    row.sums.resize(static_cast<std::size_t>(row.cells.first.back()) + 3 +
                    CellKernels::kReadBeyond);
    for (std::uint32_t& sum : row.sums) {
        sum = static_cast<std::uint32_t>(random() % (1U << 22U));
    }
    return row;
}

TEST(CellKernels, AddWhatOneByOneGives) {
    std::mt19937 random(3);
    for (const double step : {0.3, 1.0, 1.34, 1.9, 2.0, 2.6}) {
        for (int round = 0; round < 50; ++round) {
            const Row row = some_row(random, step);
            std::vector<std::uint64_t> expected;
            for (std::size_t i = 0; i < row.cells.first.size(); ++i) {
                std::uint64_t sum = 0;
                for (std::size_t k = 0; k < 3; ++k) {
                    sum += std::uint64_t{row.cells.shares[k][i]} *
                           row.sums[static_cast<std::size_t>(row.cells.first[i]) + k];
                }
                expected.push_back(sum);
            }
            for (const CellKernels* kernels : usable_cell_kernels()) {
                std::vector<std::uint64_t> cells(expected.size());
                kernels->add_short(row.sums.data(), row.cells, cells.data());
                ASSERT_EQ(cells, expected) << kernels->name << ", step " << step;
            }
        }
    }
}

}  // namespace
}  // namespace refrain::frame
