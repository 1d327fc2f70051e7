#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "local/binary_code.h"
#include "local/corners.h"
#include "local/local_features.h"
#include "local/plane.h"
#include "local/working_picture.h"

namespace refrain::local {

namespace {

// Twelve levels see a picture and its copy at an eighth of the size alike.
constexpr double kStep = 1.2;
constexpr int kMaxLevels = 12;
// The margins of a level mirror it, and something must lie between the edges.
constexpr int kMinLevelSide = 2 * kEdgeDistance + 8;

constexpr int kMinMaxSide = 32;
constexpr int kMaxMaxSide = 4096;
constexpr int kMaxMaxPoints = 10000;

struct Level {
    Plane plane;
    std::vector<Corner> corners;
    double scale = 1;
    int budget = 0;
};

/// A corner's place in the answer.
struct Place {
    double order;  ///< 0..1: the share of its level's corners that come before
    std::uint32_t level;
    std::uint32_t corner;
};

}  // namespace

struct Extractor::Scratch {
    ExtractOptions options;
    WorkingPicture working;
    std::vector<Level> levels;
    std::size_t used = 0;  ///< levels in use for the present picture
    CornerFinder finder;
    std::vector<Place> places;
    BlurredLevel blurred;

    void build_levels();
    void share_budget();
    void find_corners();
    void order_corners();
    void describe(std::size_t index, Features& out);
};

/// The finest level is there already.
void Extractor::Scratch::build_levels() {
    const int width = levels[0].plane.width();
    const int height = levels[0].plane.height();
    used = 0;
    double scale = 1;
    for (int i = 0; i < kMaxLevels; ++i, scale *= kStep) {
        const auto level_width = static_cast<int>(std::lround(width / scale));
        const auto level_height = static_cast<int>(std::lround(height / scale));
        if (std::min(level_width, level_height) < kMinLevelSide) {
            return;
        }
        Level& level = levels[used];
        level.scale = scale;
        if (used > 0) {
            resample(levels[used - 1].plane, level_width, level_height, level.plane);
        } else {
            level.plane.mirror_margin();
        }
        ++used;
    }
}

/// Coarser levels get fewer points, in proportion to their sides.
void Extractor::Scratch::share_budget() {
    double sum = 0;
    for (std::size_t i = 0; i < used; ++i) {
        sum += 1 / levels[i].scale;
    }
    for (std::size_t i = 0; i < used; ++i) {
        levels[i].budget =
            static_cast<int>(std::ceil(options.max_points / (levels[i].scale * sum)));
    }
}

void Extractor::Scratch::find_corners() {
    // What a level cannot fill goes to the finer ones, which have more room.
    int left_over = 0;
    for (std::size_t i = used; i-- > 0;) {
        Level& level = levels[i];
        level.budget += left_over;
        finder.find(level.plane, level.budget, level.corners);
        left_over = level.budget - static_cast<int>(level.corners.size());
    }
}

/// Interleaves the levels, so that a prefix has the same share of each.
void Extractor::Scratch::order_corners() {
    places.clear();
    for (std::size_t i = 0; i < used; ++i) {
        const auto count = static_cast<double>(levels[i].corners.size());
        for (std::size_t j = 0; j < levels[i].corners.size(); ++j) {
            places.push_back({(static_cast<double>(j) + 0.5) / count, static_cast<std::uint32_t>(i),
                              static_cast<std::uint32_t>(j)});
        }
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
        return a.order != b.order ? a.order < b.order : a.level < b.level;
    });
    places.resize(std::min(places.size(), static_cast<std::size_t>(options.max_points)));
}

/// Fills in the points of one level.
void Extractor::Scratch::describe(std::size_t index, Features& out) {
    const Level& level = levels[index];
    if (level.corners.empty()) {
        return;
    }
    blur(level.plane, 1, blurred[0]);
    blur(blurred[0], 2, blurred[1]);
    blur(blurred[1], 4, blurred[2]);
    const double across = static_cast<double>(out.width) / level.plane.width();
    const double down = static_cast<double>(out.height) / level.plane.height();
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i].level != index) {
            continue;
        }
        const Corner& corner = level.corners[places[i].corner];
        Point& point = out.points[i];
        point.x = static_cast<float>((corner.x + 0.5) * across);
        point.y = static_cast<float>((corner.y + 0.5) * down);
        point.scale = static_cast<float>(level.scale);
        point.angle = orientation(level.plane, corner.x, corner.y);
        point.code = binary_code(blurred, corner.x, corner.y, point.angle);
    }
}

Extractor::Extractor(const ExtractOptions& options) : scratch_(std::make_unique<Scratch>()) {
    scratch_->options.max_side = std::clamp(options.max_side, kMinMaxSide, kMaxMaxSide);
    scratch_->options.max_points = std::clamp(options.max_points, 1, kMaxMaxPoints);
    scratch_->levels.resize(kMaxLevels);
}

Extractor::~Extractor() = default;
Extractor::Extractor(Extractor&&) noexcept = default;
Extractor& Extractor::operator=(Extractor&&) noexcept = default;

void Extractor::extract(const frame::LumaView& luma, Features& out) {
    Scratch& scratch = *scratch_;
    scratch.working.make(luma, scratch.options.max_side, scratch.levels[0].plane);
    out.width = scratch.levels[0].plane.width();
    out.height = scratch.levels[0].plane.height();
    out.points.clear();
    scratch.build_levels();
    scratch.share_budget();
    scratch.find_corners();
    scratch.order_corners();
    out.points.resize(scratch.places.size());
    for (std::size_t i = 0; i < scratch.used; ++i) {
        scratch.describe(i, out);
    }
}

const Plane& Extractor::working_picture() const { return scratch_->levels[0].plane; }

}  // namespace refrain::local
