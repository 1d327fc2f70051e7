#include "align/line_choice.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace refrain::align {

namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// A frame that supports a run; `before` is the node that the best way here comes from.
struct Node {
    std::size_t run = 0;
    std::size_t frame = 0;
    double total = 0;
    std::size_t before = kNone;
    bool is_begin = false;
};

/// Frame-major list of (frame, run), frames ascending.
std::vector<Node> nodes_of(const HitTable& table, std::span<const LineRun> runs) {
    std::vector<std::size_t> begins(table.frames.size() + 1, 0);
    for (const LineRun& run : runs) {
        for (const std::size_t f : run.frames) {
            ++begins[f + 1];
        }
    }
    for (std::size_t f = 1; f < begins.size(); ++f) {
        begins[f] += begins[f - 1];
    }
    std::vector<Node> nodes(begins.back());
    for (std::size_t r = 0; r < runs.size(); ++r) {
        for (const std::size_t f : runs[r].frames) {
            nodes[begins[f]++] = {r, f, 0, kNone, false};
        }
    }
    return nodes;
}

/// Sampled frames strictly between two frames of the table.
double frames_between(const HitTable& table, std::size_t earlier, std::size_t later) {
    return unseen_between(table, earlier, later) + static_cast<double>(later - earlier - 1);
}

double price_of(const HitTable& table, const LineRun& run) {
    return table.rules.run_price * table.typical_weight *
           (run.line.speed == 1.0 ? 1 : table.rules.other_speed_price);
}

/// Ways to come to a node, with the best total so far of all and of each run.
struct Progress {
    std::size_t best = kNone;
    double best_total = 0;
    std::vector<std::size_t> last_of;  ///< by run: its latest node
};

/// Sets a node's total: the better of beginning its run here and going on with it.
void come_to(const HitTable& table,
             const LineRun& run,
             const Progress& progress,
             const std::vector<Node>& nodes,
             Node& node) {
    const double gain =
        support_of(table, node.frame, run.line.at(table.frames[node.frame].time)).gain;
    const double price = price_of(table, run);
    node.total = progress.best_total - price + gain;
    node.before = progress.best;
    node.is_begin = true;
    const std::size_t last = progress.last_of[node.run];
    if (last == kNone || silence_between(table, nodes[last].frame, node.frame) > table.max_gap) {
        return;
    }
    // Going on never costs more than beginning again.
    const double missed = table.rules.miss_cost * table.typical_weight *
                          frames_between(table, nodes[last].frame, node.frame);
    const double on = nodes[last].total + gain - std::min(missed, price);
    if (on >= node.total) {
        node.total = on;
        node.before = last;
        node.is_begin = false;
    }
}

/// Fills in totals; returns the node where the best assignment ends.
std::size_t solve(const HitTable& table, std::span<const LineRun> runs, std::vector<Node>& nodes) {
    Progress progress;
    progress.last_of.assign(runs.size(), kNone);
    for (std::size_t i = 0; i < nodes.size();) {
        const std::size_t frame = nodes[i].frame;
        std::size_t best_here = kNone;
        for (; i < nodes.size() && nodes[i].frame == frame; ++i) {
            come_to(table, runs[nodes[i].run], progress, nodes, nodes[i]);
            progress.last_of[nodes[i].run] = i;
            if (best_here == kNone || nodes[i].total > nodes[best_here].total) {
                best_here = i;
            }
        }
        // Only now: no frame may serve two runs.
        if (nodes[best_here].total > progress.best_total) {
            progress.best_total = nodes[best_here].total;
            progress.best = best_here;
        }
    }
    return progress.best;
}

/// Whether a run of `count` frames from `first` to `last` misses too seldom to miss `missed` in a
/// row.
bool is_unlikely_end(const HitTable& table,
                     std::size_t first,
                     std::size_t last,
                     std::size_t count,
                     double missed) {
    const double sampled =
        first < last ? frames_between(table, first, last) + 2 : static_cast<double>(count);
    const double miss_rate = 1 - static_cast<double>(count) / std::max(sampled + 1, 1.0);
    return missed > 1 && std::pow(miss_rate, missed) < table.rules.unlikely;
}

bool may_join(const HitTable& table, const LineRun& a, const LineRun& b) {
    const std::size_t earlier = a.frames.back();
    const std::size_t later = b.frames.front();
    if (silence_between(table, earlier, later) > table.max_gap) {
        return false;
    }
    const bool is_lone = a.frames.size() < 2 || b.frames.size() < 2;
    return !is_lone || frames_between(table, earlier, later) <= table.rules.near_frames;
}

/// `a` and `b` as one run; no frames if two explain clearly more.
LineRun joined(const HitTable& table,
               const LineRun& a,
               const LineRun& b,
               const TimeOptions& options) {
    std::vector<std::size_t> frames = a.frames;
    frames.insert(frames.end(), b.frames.begin(), b.frames.end());
    const LineRun& longer = a.frames.size() >= b.frames.size() ? a : b;
    LineRun best = settle_run(table, longer.line, frames, options);
    // Two runs side by side may be two steps of one slope that neither has alone.
    const double span = table.frames[b.frames.back()].time - table.frames[a.frames.front()].time;
    if (span > 0) {
        const double from = a.line.at(table.frames[a.frames.front()].time);
        const double to = b.line.at(table.frames[b.frames.back()].time);
        const Line across{table.frames[a.frames.front()].time, from, (to - from) / span};
        if (across.speed != 0) {
            LineRun other = settle_run(table, across, frames, options);
            if (other.score > best.score) {
                best = std::move(other);
            }
        }
    }
    const double price = std::min(price_of(table, a), price_of(table, b));
    if (best.score < a.score + b.score - price) {
        best.frames.clear();
    }
    return best;
}

}  // namespace

std::vector<LineRun> choose_runs(const HitTable& table, std::span<const LineRun> runs) {
    std::vector<Node> nodes = nodes_of(table, runs);
    std::vector<LineRun> chosen;
    bool is_new = true;
    for (std::size_t n = solve(table, runs, nodes); n != kNone; n = nodes[n].before) {
        if (is_new) {
            chosen.push_back({runs[nodes[n].run].line, {}, 0});
        }
        chosen.back().frames.push_back(nodes[n].frame);
        is_new = nodes[n].is_begin;
    }
    for (LineRun& run : chosen) {
        std::reverse(run.frames.begin(), run.frames.end());
        run.score = score_on(table, run.frames, run.line);
    }
    std::reverse(chosen.begin(), chosen.end());
    return chosen;
}

std::vector<LineRun> join_neighbours(const HitTable& table,
                                     std::vector<LineRun> runs,
                                     const TimeOptions& options) {
    std::vector<LineRun> result;
    for (LineRun& run : runs) {
        // What was joined may now reach the run before it, hence a stack.
        while (!result.empty() && may_join(table, result.back(), run)) {
            LineRun one = joined(table, result.back(), run, options);
            if (one.frames.empty()) {
                break;
            }
            run = std::move(one);
            result.pop_back();
        }
        result.push_back(std::move(run));
    }
    return result;
}

void trim_strays(const HitTable& table, std::vector<LineRun>& runs) {
    for (LineRun& run : runs) {
        std::vector<std::size_t>& frames = run.frames;
        while (frames.size() >= table.rules.min_frames_to_trim &&
               is_unlikely_end(table, frames[1], frames.back(), frames.size() - 1,
                               frames_between(table, frames[0], frames[1]))) {
            frames.erase(frames.begin());
        }
        while (frames.size() >= table.rules.min_frames_to_trim &&
               is_unlikely_end(table, frames.front(), frames.end()[-2], frames.size() - 1,
                               frames_between(table, frames.end()[-2], frames.back()))) {
            frames.pop_back();
        }
        run.score = score_on(table, frames, run.line);
    }
}

std::vector<LineRun> with_lone_hits(const HitTable& table, std::vector<LineRun> runs) {
    std::vector<char> is_inside(table.frames.size(), 0);
    for (const LineRun& run : runs) {
        for (std::size_t f = run.frames.front(); f <= run.frames.back(); ++f) {
            is_inside[f] = 1;
        }
    }
    for (std::size_t f = 0; f < table.frames.size(); ++f) {
        const HitFrame& frame = table.frames[f];
        if (is_inside[f] != 0) {
            continue;
        }
        std::size_t heaviest = frame.pieces_begin;
        for (std::size_t p = frame.pieces_begin; p < frame.pieces_end; ++p) {
            heaviest = table.pieces[p].weight > table.pieces[heaviest].weight ? p : heaviest;
        }
        const Piece& piece = table.pieces[heaviest];
        runs.push_back({{frame.time, (piece.begin + piece.end) / 2, 1.0}, {f}, piece.weight});
    }
    std::sort(runs.begin(), runs.end(), [](const LineRun& a, const LineRun& b) {
        return a.frames.front() < b.frames.front();
    });
    return runs;
}

}  // namespace refrain::align
