#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "align/line_fit.h"
#include "evidence/known_item.h"
#include "evidence/query.h"

namespace refrain::evidence {

/// What the seeds of one view say for lines through an item, told from the codes themselves: a film
/// that repeats itself has more near frames for a seed than a search keeps.
///
/// Borrows the query and the item. Thread safety: const calls may run beside each other.
class SeedSupport {
  public:
    SeedSupport(const Query& query, const KnownItem& item, QueryView view);

    /// The different times of the seeds, rising. Seeds of one time count as one.
    [[nodiscard]] const std::vector<MediaTime>& times() const { return times_; }

    /// The rarity of the nearest known frame within half a second of the line; 0: none is near.
    ///
    /// @param seed  index into `times`
    /// Cost: some ten comparisons of codes.
    [[nodiscard]] double of(const align::Line& line, std::size_t seed) const;

    /// Sum over the seeds [begin, end).
    [[nodiscard]] double of(const align::Line& line, std::size_t begin, std::size_t end) const;

    /// Fits a line that holds around the seeds [begin, end) to all seeds, in steps that reach twice
    /// as far each. Normal speed in either direction is kept unless another speed explains more.
    ///
    /// Cost: two passes over the seeds for each of two fits.
    [[nodiscard]] align::Line followed(const align::Line& line,
                                       std::size_t begin,
                                       std::size_t end) const;

  private:
    struct Found {
        std::size_t frame = 0;  ///< of the item
        double rarity = 0;
    };
    [[nodiscard]] std::optional<Found> nearest(const align::Line& line, std::size_t seed) const;
    [[nodiscard]] align::Line fitted(align::Line line,
                                     std::size_t begin,
                                     std::size_t end,
                                     align::SpeedRange speeds) const;

    const KnownItem& item_;
    std::vector<MediaTime> times_;
    std::vector<Hash256> codes_;
    std::vector<std::size_t> first_;  ///< by time: into `codes_`; one more
};

}  // namespace refrain::evidence
