#include "fingerprint/local_section.h"

#include <limits>
#include <string>

#include <spdlog/fmt/fmt.h>

#include "fingerprint/record_format.h"

namespace refrain::fingerprint {

namespace {

// What stands before the points: a time of at most 9 bytes as a varint, three numbers of 2.
constexpr std::size_t kMostFrameBytes = 16;
constexpr std::uint64_t kMaxTime = std::numeric_limits<std::int64_t>::max();

Error corrupt(std::string_view what) {
    return {ErrorCode::kCorrupt, fmt::format("fingerprint record: local features: {}", what)};
}

Result<void> read_points(ByteReader& in, LocalFrame& frame) {
    for (LocalPoint& point : frame.points) {
        point.x = static_cast<std::uint16_t>(in.fixed(2));
        point.y = static_cast<std::uint16_t>(in.fixed(2));
        point.scale = static_cast<std::uint8_t>(in.fixed(1));
        point.angle = static_cast<std::uint8_t>(in.fixed(1));
        point.code = read_hash(in);
        if (point.x > frame.width * LocalPoint::kPositionUnits ||
            point.y > frame.height * LocalPoint::kPositionUnits) {
            return corrupt("a point outside its picture");
        }
    }
    return {};
}

Result<LocalFrame> read_frame(ByteReader& in, std::uint64_t& time) {
    const std::uint64_t step = in.varint();
    const std::uint64_t width = in.varint();
    const std::uint64_t height = in.varint();
    const std::uint64_t points = in.varint();
    // The claim is believed only as far as the bytes can hold it: this bounds the allocation.
    if (in.has_failed() || points > in.remaining() / kLocalPointBytes) {
        return corrupt("more points are claimed than the record can hold");
    }
    if (step > kMaxTime - time) {
        return corrupt("time out of range");
    }
    if (width < 1 || height < 1 || width > LocalFrame::kMaxSide || height > LocalFrame::kMaxSide ||
        points > LocalFrame::kMaxPoints) {
        return corrupt(fmt::format("{} points in a picture of {}x{}", points, width, height));
    }
    time += step;
    LocalFrame frame;
    frame.time = MediaTime::from_us(static_cast<std::int64_t>(time));
    frame.width = static_cast<std::uint16_t>(width);
    frame.height = static_cast<std::uint16_t>(height);
    frame.points.resize(static_cast<std::size_t>(points));
    if (Result<void> read = read_points(in, frame); !read) {
        return read.error();
    }
    return frame;
}

}  // namespace

ByteWriter local_section(const std::vector<LocalFrame>& frames) {
    std::size_t bytes = kMostFrameBytes;
    for (const LocalFrame& frame : frames) {
        bytes += kMostFrameBytes + kLocalPointBytes * frame.points.size();
    }
    ByteWriter body;
    body.reserve(bytes);
    body.put_varint(frames.size());
    MediaTime previous;
    for (const LocalFrame& frame : frames) {
        body.put_varint(static_cast<std::uint64_t>((frame.time - previous).us));
        body.put_varint(frame.width);
        body.put_varint(frame.height);
        body.put_varint(frame.points.size());
        for (const LocalPoint& point : frame.points) {
            body.put_fixed(point.x, 2);
            body.put_fixed(point.y, 2);
            body.put_fixed(point.scale, 1);
            body.put_fixed(point.angle, 1);
            put_hash(body, point.code);
        }
        previous = frame.time;
    }
    return body;
}

Result<void> read_local(ByteReader in, std::vector<LocalFrame>& frames) {
    const std::uint64_t count = in.varint();
    if (in.has_failed() || count == 0 || count > in.remaining() / kMinLocalFrameBytes) {
        return corrupt("the number of frames does not fit");
    }
    frames.reserve(static_cast<std::size_t>(count));
    std::uint64_t time = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        Result<LocalFrame> frame = read_frame(in, time);
        if (!frame) {
            return frame.error();
        }
        frames.push_back(std::move(*frame));
    }
    if (!in.is_drained()) {
        return corrupt("bytes after the last frame");
    }
    return {};
}

}  // namespace refrain::fingerprint
