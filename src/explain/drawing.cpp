#include "explain/drawing.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <opencv2/imgproc.hpp>

namespace refrain::explain {

namespace {

// Red, green, blue.
const cv::Scalar kPaper(24, 24, 24);
const cv::Scalar kEmpty(96, 96, 96);
const cv::Scalar kInk(230, 230, 230);
const cv::Scalar kOutline(0, 230, 64);
const cv::Scalar kQueryOutline(255, 176, 0);
const cv::Scalar kPoint(0, 210, 255);
const cv::Scalar kThread(255, 96, 200);

using Corners = std::array<PicturePoint, 4>;
constexpr Corners kWhole{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};

// So much is lost that nobody has to see what it is, and the layout can still be followed.
constexpr double kBlur = 10;  // standard deviation in pixels
// More points or lines would hide the pictures.
constexpr std::size_t kMostPoints = 300;
constexpr std::size_t kMostThreads = 24;

cv::Mat borrowed(const frame::RgbView& view) {
    // OpenCV has no view of constant pixels; this one is only read from.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    return {view.height, view.width, CV_8UC3, const_cast<std::uint8_t*>(view.data),
            static_cast<std::size_t>(view.stride_bytes)};
}

Error failure(const cv::Exception& exception) {
    return {ErrorCode::kInternal, "drawing: " + exception.err};
}

void write_text(cv::Mat& sheet, const std::string& text, cv::Point at, const cv::Scalar& ink) {
    std::string printable = text;
    std::replace_if(
        printable.begin(), printable.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    cv::putText(sheet, printable, at, cv::FONT_HERSHEY_SIMPLEX, 0.45, ink, 1, cv::LINE_AA);
}

/// Far places would not fit the coordinates that OpenCV draws with: lines are cut at the edge.
void draw_line(cv::Mat& picture, cv::Point2d from, cv::Point2d to, const cv::Scalar& ink) {
    const auto whole = [](cv::Point2d p) {
        constexpr double kFarthest = 1e12;
        return cv::Point2l(std::lround(std::clamp(p.x, -kFarthest, kFarthest)),
                           std::lround(std::clamp(p.y, -kFarthest, kFarthest)));
    };
    cv::Point2l a = whole(from);
    cv::Point2l b = whole(to);
    if (cv::clipLine(cv::Size2l(picture.cols, picture.rows), a, b)) {
        cv::line(picture, cv::Point(static_cast<int>(a.x), static_cast<int>(a.y)),
                 cv::Point(static_cast<int>(b.x), static_cast<int>(b.y)), ink, 2, cv::LINE_AA);
    }
}

/// The first corner is marked, so that turns and mirrorings show.
void draw_outline(cv::Mat& picture, const Corners& corners, const cv::Scalar& ink) {
    const auto at = [&](std::size_t i) {
        return cv::Point2d(corners[i].x * (picture.cols - 1), corners[i].y * (picture.rows - 1));
    };
    for (std::size_t i = 0; i < corners.size(); ++i) {
        draw_line(picture, at(i), at((i + 1) % corners.size()), ink);
    }
    const cv::Point2d first = at(0);
    if (std::abs(first.x) < 1e6 && std::abs(first.y) < 1e6) {
        cv::circle(picture, cv::Point(cvRound(first.x), cvRound(first.y)), 9, ink, cv::FILLED,
                   cv::LINE_AA);
    }
}

/// The query's corners in the known picture; none where the query is seen beyond its horizon.
std::optional<Corners> seen_back(const Corners& outline) {
    std::array<cv::Point2f, 4> from;
    std::array<cv::Point2f, 4> to;
    for (std::size_t i = 0; i < outline.size(); ++i) {
        from[i] = cv::Point2f(static_cast<float>(outline[i].x), static_cast<float>(outline[i].y));
        to[i] = cv::Point2f(static_cast<float>(kWhole[i].x), static_cast<float>(kWhole[i].y));
    }
    const cv::Matx33d map = cv::getPerspectiveTransform(from.data(), to.data());
    // Where the known picture surely is, there is the right side of the horizon.
    const cv::Vec3d inside =
        map * cv::Vec3d((outline[0].x + outline[2].x) / 2, (outline[0].y + outline[2].y) / 2, 1);
    Corners back;
    for (std::size_t i = 0; i < back.size(); ++i) {
        const cv::Vec3d corner = map * cv::Vec3d(kWhole[i].x, kWhole[i].y, 1);
        if (!(corner[2] * inside[2] > 0)) {
            return std::nullopt;
        }
        back[i] = {corner[0] / corner[2], corner[1] / corner[2]};
    }
    return back;
}

cv::Mat shown(const frame::RgbImage& image, bool is_revealed) {
    const cv::Mat picture = borrowed(image.view());
    if (is_revealed) {
        return picture.clone();
    }
    cv::Mat grey;
    cv::cvtColor(picture, grey, cv::COLOR_RGB2GRAY);
    cv::GaussianBlur(grey, grey, {}, kBlur);
    cv::Mat result;
    cv::cvtColor(grey, result, cv::COLOR_GRAY2RGB);
    return result;
}

class Drawer {
  public:
    Drawer(const Sheet& sheet, int side)
        : sheet_(sheet),
          side_(side),
          top_(kMargin + (static_cast<int>(sheet.lines.size()) + 1) * kLineHeight) {
        const int height = std::max(height_of(sheet.query), height_of(sheet.known));
        canvas_.create(top_ + height + kMargin, 3 * kMargin + 2 * side, CV_8UC3);
        canvas_.setTo(kPaper);
    }

    cv::Mat run() {
        int y = kLineHeight;
        for (const std::string& line : sheet_.lines) {
            write_text(canvas_, line, {kMargin, y}, kInk);
            y += kLineHeight;
        }
        cv::Mat query = add(sheet_.query, kMargin);
        cv::Mat known = add(sheet_.known, 2 * kMargin + side_);
        draw_outline(query, sheet_.outline, kOutline);
        draw_outline(known, kWhole, kOutline);
        if (const auto back = seen_back(sheet_.outline)) {
            draw_outline(known, *back, kQueryOutline);
        }
        add_points(query, known);
        return canvas_;
    }

  private:
    static int height_of(const Panel& panel) {
        return panel.picture == nullptr ? kEmptyHeight : panel.picture->height;
    }

    /// @return where the picture lies on the canvas
    cv::Mat add(const Panel& panel, int left) {
        cv::Mat caption = canvas_(cv::Rect(left, 0, side_, top_));
        write_text(caption, panel.caption, {0, top_ - 8}, kInk);
        const int width = panel.picture == nullptr ? side_ : panel.picture->width;
        cv::Mat place = canvas_(cv::Rect(left, top_, width, height_of(panel)));
        if (panel.picture != nullptr) {
            shown(*panel.picture, sheet_.is_revealed).copyTo(place);
        } else {
            place.setTo(kEmpty);
            write_text(place, "not shown:", {kMargin, kEmptyHeight / 2 - kLineHeight}, kInk);
            write_text(place, panel.problem, {kMargin, kEmptyHeight / 2}, kInk);
        }
        return place;
    }

    void add_points(cv::Mat& query, cv::Mat& known) {
        const std::size_t count = std::min(sheet_.points.size(), kMostPoints);
        // Threads at even steps, so that they stand for all of the picture.
        const std::size_t step = std::max<std::size_t>(1, count / kMostThreads);
        const auto in = [](const cv::Mat& picture, const PicturePoint& point) {
            return cv::Point(cvRound(std::clamp(point.x, 0.0, 1.0) * (picture.cols - 1)),
                             cvRound(std::clamp(point.y, 0.0, 1.0) * (picture.rows - 1)));
        };
        const auto origin = [](const cv::Mat& picture) {
            cv::Size whole;
            cv::Point offset;
            picture.locateROI(whole, offset);
            return offset;
        };
        for (std::size_t i = 0; i < count; i += step) {
            cv::line(canvas_, origin(query) + in(query, sheet_.points[i].query),
                     origin(known) + in(known, sheet_.points[i].known), kThread, 1, cv::LINE_AA);
        }
        for (std::size_t i = 0; i < count; ++i) {
            cv::circle(query, in(query, sheet_.points[i].query), 3, kPoint, 1, cv::LINE_AA);
            cv::circle(known, in(known, sheet_.points[i].known), 3, kPoint, 1, cv::LINE_AA);
        }
    }

    const Sheet& sheet_;
    int side_;
    int top_;
    cv::Mat canvas_;
};

}  // namespace

Result<frame::RgbImage> draw(const Sheet& sheet, int side) {
    try {
        const cv::Mat drawn = Drawer(sheet, side).run();
        return frame::packed_copy(
            {drawn.data, drawn.cols, drawn.rows, static_cast<std::ptrdiff_t>(drawn.step[0])});
    } catch (const cv::Exception& exception) {
        return failure(exception);
    }
}

}  // namespace refrain::explain
