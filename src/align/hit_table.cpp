#include "align/hit_table.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>

namespace refrain::align {

namespace {

bool counts(const TimeHit& hit) { return std::isfinite(hit.weight) && hit.weight > 0; }

std::vector<std::size_t> sorted_order(std::span<const TimeHit> hits) {
    struct Key {
        std::int64_t time;
        std::int64_t begin;
        std::uint32_t frame;
        std::size_t index;
    };
    std::vector<Key> keys;
    keys.reserve(hits.size());
    for (std::size_t i = 0; i < hits.size(); ++i) {
        if (counts(hits[i])) {
            keys.push_back(
                {hits[i].query_time.us, hits[i].reference_begin.us, hits[i].query_frame, i});
        }
    }
    std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
        if (std::tie(a.time, a.frame, a.begin) != std::tie(b.time, b.frame, b.begin)) {
            return std::tie(a.time, a.frame, a.begin) < std::tie(b.time, b.frame, b.begin);
        }
        const TimeHit& x = hits[a.index];
        const TimeHit& y = hits[b.index];
        return std::tie(x.reference_end, y.weight, x.query_end, x.query_previous, a.index) <
               std::tie(y.reference_end, x.weight, y.query_end, y.query_previous, b.index);
    });
    std::vector<std::size_t> order;
    order.reserve(keys.size());
    for (const Key& key : keys) {
        order.push_back(key.index);
    }
    return order;
}

Piece piece_of(const TimeHit& hit, double shortest) {
    const double begin = hit.reference_begin.seconds();
    return {begin, std::max(hit.reference_end.seconds(), begin + shortest), hit.weight};
}

/// Appends, joined to the last piece if that touches and weighs the same.
void append(std::vector<Piece>& pieces, double begin, double end, double weight) {
    if (end <= begin) {
        return;
    }
    if (!pieces.empty() && pieces.back().end >= begin && pieces.back().weight == weight) {
        pieces.back().end = end;
        return;
    }
    pieces.push_back({begin, end, weight});
}

/// The upper outline of spans that are sorted by begin.
std::vector<Piece> outline(const std::vector<Piece>& spans) {
    const auto is_lighter = [](const Piece& a, const Piece& b) {
        return std::tie(a.weight, a.end) < std::tie(b.weight, b.end);
    };
    std::priority_queue<Piece, std::vector<Piece>, decltype(is_lighter)> open(is_lighter);
    std::vector<Piece> pieces;
    double reached = 0;
    // The heaviest open span is on top from `reached` until it ends or a heavier one begins.
    const auto draw_until = [&](double limit) {
        while (!open.empty() && reached < limit) {
            if (open.top().end <= reached) {
                open.pop();
                continue;
            }
            const double end = std::min(open.top().end, limit);
            append(pieces, reached, end, open.top().weight);
            reached = end;
        }
    };
    for (const Piece& span : spans) {
        draw_until(span.begin);
        reached = span.begin;
        open.push(span);
    }
    draw_until(HUGE_VAL);
    return pieces;
}

/// Joins neighbours no further apart than `gap` whose weights differ by less than the ratio.
void join_similar(std::vector<Piece>& pieces, double gap, double ratio) {
    std::vector<Piece> joined;
    for (const Piece& piece : pieces) {
        if (!joined.empty() && piece.begin - joined.back().end <= gap &&
            std::min(piece.weight, joined.back().weight) >=
                ratio * std::max(piece.weight, joined.back().weight)) {
            joined.back().end = piece.end;
            joined.back().weight = std::max(joined.back().weight, piece.weight);
        } else {
            joined.push_back(piece);
        }
    }
    pieces = std::move(joined);
}

void limit_pieces(std::vector<Piece>& pieces, std::size_t limit, const HitTable& table) {
    for (const double ratio : table.rules.join_ratios) {
        if (pieces.size() <= limit) {
            return;
        }
        join_similar(pieces, table.tolerance, ratio);
    }
    if (pieces.size() <= limit) {
        return;
    }
    const auto cut = pieces.begin() + static_cast<std::ptrdiff_t>(limit);
    std::nth_element(pieces.begin(), cut, pieces.end(), [](const Piece& a, const Piece& b) {
        return std::tie(b.weight, a.begin) < std::tie(a.weight, b.begin);
    });
    pieces.erase(cut, pieces.end());
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
}

void find_frames(std::span<const TimeHit> hits, HitTable& table) {
    for (std::size_t i = 0; i < table.order.size(); ++i) {
        const TimeHit& hit = hits[table.order[i]];
        const double time = hit.query_time.seconds();
        if (table.frames.empty() || table.frames.back().ordinal != hit.query_frame ||
            table.frames.back().time != time) {
            HitFrame frame;
            frame.time = time;
            frame.end = std::max(hit.query_end.seconds(), time);
            frame.ordinal = hit.query_frame;
            frame.hits_begin = i;
            table.frames.push_back(frame);
        }
        table.frames.back().hits_end = i + 1;
    }
}

}  // namespace

HitTable make_hit_table(std::span<const TimeHit> hits,
                        const TimeOptions& options,
                        const TimeRules& rules) {
    HitTable table;
    table.rules = rules;
    table.tolerance = std::max(options.tolerance.seconds(), rules.shortest_piece);
    table.max_gap = options.max_gap.seconds();
    table.order = sorted_order(hits);
    find_frames(hits, table);
    if (table.frames.empty()) {
        return table;
    }
    const std::size_t limit = std::clamp(rules.max_pieces / table.frames.size(),
                                         rules.min_pieces_per_frame, rules.max_pieces_per_frame);
    std::vector<double> heaviest;
    std::vector<Piece> spans;
    for (HitFrame& frame : table.frames) {
        spans.clear();
        double weight = 0;
        for (std::size_t i = frame.hits_begin; i < frame.hits_end; ++i) {
            spans.push_back(piece_of(hits[table.order[i]], rules.shortest_piece));
            weight = std::max(weight, spans.back().weight);
        }
        heaviest.push_back(weight);
        std::vector<Piece> pieces = outline(spans);
        limit_pieces(pieces, limit, table);
        frame.pieces_begin = table.pieces.size();
        table.pieces.insert(table.pieces.end(), pieces.begin(), pieces.end());
        frame.pieces_end = table.pieces.size();
    }
    const auto middle = heaviest.begin() + static_cast<std::ptrdiff_t>(heaviest.size() / 2);
    std::nth_element(heaviest.begin(), middle, heaviest.end());
    table.typical_weight = *middle;
    return table;
}

double closeness(double outside, double tolerance) {
    const double share = outside / tolerance;
    return share >= 1 ? 0 : 1 - share * share;
}

Support support_of(const HitTable& table, std::size_t frame, double reference_time) {
    const HitFrame& row = table.frames[frame];
    const auto first = table.pieces.begin() + static_cast<std::ptrdiff_t>(row.pieces_begin);
    const auto last = table.pieces.begin() + static_cast<std::ptrdiff_t>(row.pieces_end);
    // Pieces do not overlap, so their ends are sorted as well.
    auto piece = std::partition_point(first, last, [&](const Piece& candidate) {
        return candidate.end <= reference_time - table.tolerance;
    });
    Support best;
    for (; piece != last && piece->begin < reference_time + table.tolerance; ++piece) {
        const double outside = distance_outside(reference_time, piece->begin, piece->end);
        const double gain = piece->weight * closeness(outside, table.tolerance);
        if (gain > best.gain) {
            best = {gain, static_cast<std::size_t>(piece - table.pieces.begin())};
        }
    }
    return best;
}

double unseen_between(const HitTable& table, std::size_t earlier, std::size_t later) {
    const std::uint32_t from = table.frames[earlier].ordinal;
    const std::uint32_t to = table.frames[later].ordinal;
    const double between = to > from ? static_cast<double>(to - from) - 1 : 0;
    return std::max(between - static_cast<double>(later - earlier - 1), 0.0);
}

double silence_between(const HitTable& table, std::size_t earlier, std::size_t later) {
    return std::max(table.frames[later].time - table.frames[earlier].end, 0.0);
}

}  // namespace refrain::align
