#include "align/line_run.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "align/offset_window.h"

namespace refrain::align {

namespace {

bool is_plain(const Line& line) { return line.speed == 1.0; }

/// Whether a line at another speed is to be believed although normal speed explains `plain`.
bool is_clearly_better(const HitTable& table, const LineRun& other, double plain) {
    if (other.frames.size() < table.rules.min_frames_for_speed) {
        return false;
    }
    const TimeRules& rules = table.rules;
    const bool is_hold = other.line.speed == 0;
    const double typical = table.typical_weight * (is_hold ? rules.hold_gain : rules.speed_gain);
    const double share = plain * (is_hold ? rules.hold_gain_share : rules.speed_gain_share);
    return other.score > plain + std::max(typical, share);
}

/// The frame that supports the line nearest to the middle of [begin, end).
std::optional<std::size_t> anchor_of(const HitTable& table,
                                     const Line& line,
                                     std::size_t begin,
                                     std::size_t end) {
    const std::size_t middle = begin + (end - begin) / 2;
    for (std::size_t away = 0; away <= end - begin; ++away) {
        if (middle + away < end &&
            support_of(table, middle + away, line.at(table.frames[middle + away].time)).gain > 0) {
            return middle + away;
        }
        if (middle >= begin + away &&
            support_of(table, middle - away, line.at(table.frames[middle - away].time)).gain > 0) {
            return middle - away;
        }
    }
    return std::nullopt;
}

/// Follows a line from `anchor`, not included, to one side; appends the supporting frames.
double walk(const HitTable& table,
            const Line& line,
            std::size_t anchor,
            int direction,
            std::vector<std::size_t>& frames) {
    const double miss = table.rules.miss_cost * table.typical_weight;
    double sum = 0;
    double best = 0;
    double supported = 0;
    double best_supported = 0;
    std::size_t kept = frames.size();
    std::size_t last_support = anchor;
    for (std::size_t from = anchor; direction > 0 ? from + 1 < table.frames.size() : from > 0;) {
        const std::size_t to = direction > 0 ? from + 1 : from - 1;
        const auto [early, late] = std::minmax(last_support, to);
        if (silence_between(table, early, late) > table.max_gap) {
            break;
        }
        sum -= miss * unseen_between(table, std::min(from, to), std::max(from, to));
        const double gain = support_of(table, to, line.at(table.frames[to].time)).gain;
        if (gain > 0) {
            sum += gain;
            supported += gain;
            frames.push_back(to);
            last_support = to;
        } else {
            sum -= miss;
        }
        if (sum > best) {
            best = sum;
            best_supported = supported;
            kept = frames.size();
        }
        if (sum < best - table.rules.give_up * table.typical_weight) {
            break;
        }
        from = to;
    }
    frames.resize(kept);
    return best_supported;
}

LineRun follow(const HitTable& table, const Line& line, std::size_t anchor) {
    LineRun run;
    run.line = line;
    run.score = walk(table, line, anchor, -1, run.frames);
    std::reverse(run.frames.begin(), run.frames.end());
    run.score += support_of(table, anchor, line.at(table.frames[anchor].time)).gain;
    run.frames.push_back(anchor);
    run.score += walk(table, line, anchor, 1, run.frames);
    return run;
}

LineRun run_on(const HitTable& table, const std::vector<std::size_t>& frames, const Line& line) {
    LineRun run;
    run.line = line;
    for (const std::size_t f : frames) {
        const double gain = support_of(table, f, line.at(table.frames[f].time)).gain;
        if (gain > 0) {
            run.frames.push_back(f);
            run.score += gain;
        }
    }
    return run;
}

/// `line` fitted again to the frames, or as it was if that explains no less.
LineRun refit(const HitTable& table,
              const std::vector<std::size_t>& frames,
              const Line& line,
              SpeedRange speeds) {
    LineRun before = run_on(table, frames, line);
    LineRun after =
        run_on(table, frames, fit_line(points_on(table, frames, line), line, speeds, table.rules));
    const bool is_off = line.speed < speeds.low || line.speed > speeds.high;
    if (is_off || after.score >= before.score * (1 - table.rules.refit_tie)) {
        return after;
    }
    return before;
}

/// The offset at normal speed on which most of the frames agree.
LineRun best_plain_run(const HitTable& table, const std::vector<std::size_t>& frames) {
    std::vector<OffsetVote> votes;
    const double origin = table.frames[frames.front()].time;
    for (std::uint32_t i = 0; i < frames.size(); ++i) {
        const HitFrame& frame = table.frames[frames[i]];
        const double ahead = frame.time - origin;
        for (std::size_t p = frame.pieces_begin; p < frame.pieces_end; ++p) {
            const Piece& piece = table.pieces[p];
            votes.push_back({i, piece.begin - table.tolerance - ahead,
                             piece.end + table.tolerance - ahead, piece.weight});
        }
    }
    OffsetSweep sweep;
    const Line line{origin, sweep.best_offset(votes).middle(), 1.0};
    return refit(table, frames, line, {1.0, 1.0});
}

}  // namespace

SpeedRange speeds_around(double speed, const TimeOptions& options) {
    if (speed == 0) {
        return {0, 0};
    }
    return speed > 0 ? SpeedRange{options.min_speed, options.max_speed}
                     : SpeedRange{-options.max_speed, -options.min_speed};
}

double score_on(const HitTable& table, std::span<const std::size_t> frames, const Line& line) {
    double score = 0;
    for (const std::size_t f : frames) {
        score += support_of(table, f, line.at(table.frames[f].time)).gain;
    }
    return score;
}

std::vector<FitPoint> points_on(const HitTable& table,
                                std::span<const std::size_t> frames,
                                const Line& line) {
    std::vector<FitPoint> points;
    for (const std::size_t f : frames) {
        const double time = table.frames[f].time;
        const Support support = support_of(table, f, line.at(time));
        if (support.gain > 0) {
            const Piece& piece = table.pieces[support.piece];
            points.push_back({time, piece.begin, piece.end, piece.weight});
        }
    }
    return points;
}

LineRun grow_run(const HitTable& table,
                 const Line& seed,
                 std::size_t begin,
                 std::size_t end,
                 SpeedRange speeds) {
    LineRun best;
    Line line = seed;
    for (int round = 0; round < table.rules.growth_rounds; ++round) {
        const std::optional<std::size_t> anchor = anchor_of(table, line, begin, end);
        if (!anchor) {
            break;
        }
        LineRun run = follow(table, line, *anchor);
        if (run.score <= best.score * (1 + 1e-6)) {
            break;
        }
        best = std::move(run);
        line = fit_line(points_on(table, best.frames, best.line), best.line, speeds, table.rules);
    }
    return best;
}

LineRun settle_run(const HitTable& table,
                   const Line& line,
                   const std::vector<std::size_t>& frames,
                   const TimeOptions& options) {
    LineRun plain = best_plain_run(table, frames);
    LineRun other = refit(table, frames, line, speeds_around(line.speed, options));
    if (is_plain(line)) {
        LineRun same = refit(table, frames, line, {1.0, 1.0});
        if (same.score >= plain.score) {
            plain = std::move(same);
        }
    }
    if (other.line.speed < 0) {
        // Reversed play, too, is at normal speed unless another one is clearly better.
        LineRun mirrored = refit(table, frames, other.line, {-1.0, -1.0});
        if (!is_clearly_better(table, other, mirrored.score)) {
            other = std::move(mirrored);
        }
    }
    return is_clearly_better(table, other, plain.score) ? other : plain;
}

}  // namespace refrain::align
