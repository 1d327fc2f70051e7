#include "fingerprint/local_sampler.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "fingerprint/record_format.h"
#include "hash/edge_hash.h"
#include "local/cell_codes.h"
#include "local/frame_points.h"

namespace refrain::fingerprint {

namespace {

/// A frame's header in the record takes at most so much.
constexpr double kFrameOverhead = 20;
/// Each frame gets this share of what has been saved up, within the two bounds.
constexpr double kShareOfSavings = 0.35;
constexpr int kLeastPoints = 40;
constexpr int kMostVideoPoints = 200;
/// With more than this a frame keeps points of all kinds: it has enough of them, and steady ones
/// come from fewer places.
constexpr std::size_t kFewPoints = 64;
/// Savings are capped: a long still scene is no reason for a burst later on.
constexpr double kMostSavedSeconds = 20;
constexpr int kShotChangeBits = 64;
constexpr MediaTime kMinShot = MediaTime::from_ms(200);
/// Fewer places agree by chance.
constexpr std::size_t kFewestPoints = 4;
/// Cells of what is made known: a picture keeps at most one for so many bytes of its points.
constexpr std::uint32_t kPointBytesOfCell = 16;
constexpr int kFilmCells = 576;
/// Long side of coarse small pictures of a query, which its cells are read from, pixels.
constexpr int kCoarseLumaSide = 256;
/// Those of a film may take so much in all; beyond, further ones are coarse.
constexpr std::size_t kFineLumaBytes = std::size_t{24} << 20;

int cells_of(const FingerprintOptions& options, bool is_still_container) {
    const int most = is_still_container ? static_cast<int>(LocalFrame::kMaxCells) : kFilmCells;
    return static_cast<int>(std::min<std::uint32_t>(options.local_image_bytes / kPointBytesOfCell,
                                                    static_cast<std::uint32_t>(most)));
}

}  // namespace

LocalSampler::Rule LocalSampler::rule_of(const FingerprintOptions& options,
                                         bool is_still_container) {
    if (options.sampling == Sampling::kKnown) {
        return {512, 400, 24, MediaTime::from_ms(700), MediaTime::from_seconds(4)};
    }
    if (is_still_container) {
        return options.effort == Effort::kFast
                   ? Rule{512, 800, 24, MediaTime::from_ms(500), MediaTime::from_seconds(2)}
                   : Rule{768, 1500, 24, MediaTime::from_ms(500), MediaTime::from_seconds(2)};
    }
    switch (options.effort) {
        case Effort::kFast:
            return {640, 500, 24, MediaTime::from_ms(500), MediaTime::from_seconds(2)};
        case Effort::kNormal:
            return {local::kFilmQuery.max_side,
                    local::kFilmQuery.max_points,
                    24,
                    MediaTime::from_ms(500),
                    MediaTime::from_seconds(2),
                    MediaTime::from_seconds(1)};
        case Effort::kThorough:
            return {768, 1000, 16, MediaTime::from_ms(300), MediaTime::from_seconds(1)};
    }
    return {};
}

LocalSampler::LocalSampler(const FingerprintOptions& options,
                           bool is_still_container,
                           std::size_t max_query_points)
    : is_known_(options.sampling == Sampling::kKnown),
      is_still_container_(is_still_container),
      max_query_points_(max_query_points),
      rule_(rule_of(options, is_still_container)),
      bytes_left_(static_cast<double>(options.local_image_bytes)),
      bytes_per_second_(static_cast<double>(options.local_hour_bytes) / 3600.0),
      most_bytes_(bytes_left_ + kMostSavedSeconds * bytes_per_second_),
      most_cells_(cells_of(options, is_still_container)) {
    const bool is_wanted = is_known_ ? options.local_image_bytes > 0 : options.query_local;
    if (is_wanted) {
        if (is_known_) {
            // Of the section's own header and the frame's.
            bytes_left_ -= kFrameOverhead + kSectionHeaderBytes;
            const double most = std::max(bytes_left_, 0.0) / kLocalPointBytes;
            rule_.max_points =
                static_cast<int>(std::min(most, static_cast<double>(LocalFrame::kMaxPoints)));
        }
        if (!is_known_ && max_query_points_ < static_cast<std::size_t>(rule_.max_points)) {
            rule_.max_points = static_cast<int>(max_query_points_);
        }
        extractor_.emplace(local::ExtractOptions{rule_.max_side, std::max(rule_.max_points, 1)});
        if (is_known_ && !is_still_container) {
            steady_.emplace(rule_.max_side);
        }
    }
}

bool LocalSampler::is_wanted(MediaTime time, const Hash256& hash) const {
    if (!has_last_) {
        return true;
    }
    const MediaTime gap = time - last_at_;
    const int change = hamming_distance(last_hash_, hash);
    return gap >= rule_.max_gap || (gap >= rule_.min_gap && change >= rule_.min_change_bits) ||
           (gap >= kMinShot && change >= kShotChangeBits);
}

std::size_t LocalSampler::points_to_take(MediaTime time) {
    if (!is_known_) {
        return static_cast<std::size_t>(rule_.max_points);
    }
    bytes_left_ =
        std::min(most_bytes_, bytes_left_ + bytes_per_second_ * (time - credited_until_).seconds());
    credited_until_ = time;
    const double savings = bytes_left_ / kLocalPointBytes;
    if (is_still_container_ && !has_last_) {
        return static_cast<std::size_t>(rule_.max_points);
    }
    const int most = std::min(rule_.max_points, kMostVideoPoints);
    const int least = std::min(kLeastPoints, most);
    const int share = std::clamp(static_cast<int>(savings * kShareOfSavings), least, most);
    const double needed = share * static_cast<double>(kLocalPointBytes) + kFrameOverhead;
    return needed <= bytes_left_ ? static_cast<std::size_t>(share) : 0;
}

void LocalSampler::add_samples(LocalFrame& frame) {
    const local::Plane& working = extractor_->working_picture();
    if (is_still_container_) {
        frame.edges = hash::edge_hash(
            frame::gray_view(working.row(0), working.width(), working.height(), working.stride()));
    }
    if (!is_known_) {
        const bool is_fine = is_still_container_ || luma_bytes_ < kFineLumaBytes;
        local::set_small_luma(working, is_fine ? LocalFrame::kMaxLumaSide : kCoarseLumaSide, frame);
        luma_bytes_ += frame.luma.size();
        return;
    }
    if (most_cells_ > 0) {
        const local::CellGrid grid =
            local::finest_grid(working.width(), working.height(), most_cells_);
        frame.cells = local::cell_codes(working, grid);
        frame.cell_columns = static_cast<std::uint16_t>(grid.columns);
        frame.cell_rows = static_cast<std::uint16_t>(grid.rows);
    }
}

void LocalSampler::thin_out(Fingerprint& out) {
    std::erase_if(out.local, local::has_late_points);
    std::size_t kept = 0;
    points_kept_ = 0;
    luma_bytes_ = 0;
    for (std::size_t i = 0; i < out.local.size(); i += 2) {
        if (kept != i) {
            out.local[kept] = std::move(out.local[i]);
        }
        points_kept_ += out.local[kept].points.size();
        luma_bytes_ += out.local[kept].luma.size();
        ++kept;
    }
    out.local.resize(kept);
    rule_.min_gap = rule_.min_gap + rule_.min_gap;
    rule_.max_gap = rule_.max_gap + rule_.max_gap;
    rule_.points_gap = rule_.points_gap + rule_.points_gap;
}

/// Whether a frame is near to the last one with points, and shows the same shot.
bool LocalSampler::may_be_late(MediaTime time, const Hash256& hash) const {
    return last_with_points_ && time - *last_with_points_ < rule_.points_gap &&
           hamming_distance(last_hash_, hash) < kShotChangeBits;
}

/// Takes the picture of a frame alone, as long as there may be more fine ones.
void LocalSampler::take_late(const frame::FrameHeader& header,
                             const frame::LumaView& luma,
                             const Hash256& hash,
                             Fingerprint& out) {
    if (luma_bytes_ >= kFineLumaBytes) {
        return;
    }
    late_.make(luma, local::kFilmQuery.max_side, late_picture_);
    LocalFrame frame;
    frame.time = header.time;
    local::set_late(late_picture_, frame);
    luma_bytes_ += frame.luma.size();
    points_kept_ += static_cast<std::size_t>(local::kFilmQuery.max_points);
    note_taken(header.time, hash);
    out.local.push_back(std::move(frame));
}

void LocalSampler::note_taken(MediaTime time, const Hash256& hash) {
    has_last_ = true;
    last_at_ = time;
    last_hash_ = hash;
}

void LocalSampler::take(const frame::FrameHeader& header,
                        const frame::LumaView& luma,
                        const Hash256& hash,
                        Fingerprint& out) {
    if (!extractor_ || !is_wanted(header.time, hash)) {
        return;
    }
    if (may_be_late(header.time, hash)) {
        take_late(header, luma, hash, out);
    } else {
        take_with_points(header, luma, hash, out);
    }
    if (!is_known_ && points_kept_ > max_query_points_) {
        thin_out(out);
    }
}

void LocalSampler::take_with_points(const frame::FrameHeader& header,
                                    const frame::LumaView& luma,
                                    const Hash256& hash,
                                    Fingerprint& out) {
    const std::size_t points = points_to_take(header.time);
    if (points == 0) {
        return;
    }
    extractor_->extract(luma, features_);
    if (steady_ && points <= kFewPoints) {
        steady_->put_first(luma, features_);
    }
    note_taken(header.time, hash);
    last_with_points_.reset();
    LocalFrame frame;
    frame.time = header.time;
    frame.width = static_cast<std::uint16_t>(features_.width);
    frame.height = static_cast<std::uint16_t>(features_.height);
    frame.points = local::packed_points(features_, points);
    if (frame.points.size() < kFewestPoints) {
        return;
    }
    last_with_points_ = header.time;
    bytes_left_ -= kFrameOverhead + static_cast<double>(kLocalPointBytes * frame.points.size());
    points_kept_ += frame.points.size();
    add_samples(frame);
    out.local.push_back(std::move(frame));
}

}  // namespace refrain::fingerprint
