#include "align/line_seeds.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <tuple>
#include <utility>

#include "align/offset_window.h"

namespace refrain::align {

namespace {

/// Frames [begin, end) of the table.
struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct Seed {
    Line line;
    Stretch stretch;
    double weight = 0;
};

std::vector<Stretch> stretches_of(const HitTable& table) {
    std::vector<Stretch> stretches;
    const std::size_t count = table.frames.size();
    for (std::size_t begin = 0; begin < count;) {
        std::size_t end = begin + 1;
        while (end < count && end - begin < table.rules.max_stretch_frames &&
               silence_between(table, end - 1, end) <= table.max_gap &&
               (end - begin < table.rules.min_stretch_frames ||
                table.frames[end].time - table.frames[begin].time < table.rules.stretch_seconds)) {
            ++end;
        }
        stretches.push_back({begin, end});
        const bool is_cut_off =
            end == count || silence_between(table, end - 1, end) > table.max_gap;
        begin = is_cut_off ? end : begin + std::max<std::size_t>((end - begin) / 2, 1);
    }
    return stretches;
}

std::vector<double> other_speeds(const TimeOptions& options, double speed_step) {
    std::vector<double> speeds;
    const double step = std::log(speed_step);
    const int slower = static_cast<int>(std::ceil(-std::log(options.min_speed) / step));
    const int faster = static_cast<int>(std::ceil(std::log(options.max_speed) / step));
    for (int i = -slower; i <= faster; ++i) {
        speeds.push_back(std::clamp(std::exp(i * step), options.min_speed, options.max_speed));
    }
    // Nearest to normal first, forward before reversed: the first of equals wins.
    std::sort(speeds.begin(), speeds.end(), [](double a, double b) {
        return std::pair(std::abs(std::log(a)), a) < std::pair(std::abs(std::log(b)), b);
    });
    const std::size_t forward = speeds.size();
    for (std::size_t i = 0; i < forward; ++i) {
        speeds.push_back(-speeds[i]);
    }
    speeds.push_back(0);
    return speeds;
}

/// How far beside the line of a seed, which has its origin in the middle of the stretch, a piece
/// may lie: half of a step of speed to either side, over half of the stretch, must not lose a line.
double slack(const HitTable& table, const Line& line, double time) {
    return table.tolerance +
           std::abs(line.speed) * (table.rules.speed_step - 1) / 2 * std::abs(time - line.origin);
}

/// Looks for lines in one stretch after another; keeps its buffers.
class SeedFinder {
  public:
    SeedFinder(const HitTable& table, const TimeOptions& options)
        : table_(table), speeds_(other_speeds(options, table.rules.speed_step)) {}

    enum class Speeds { kPlainOnly, kAll };

    void search(const Stretch& stretch, Speeds speeds, std::vector<Seed>& seeds) {
        spent_.assign(
            table_.frames[stretch.end - 1].pieces_end - table_.frames[stretch.begin].pieces_begin,
            0);
        middle_ = (table_.frames[stretch.begin].time + table_.frames[stretch.end - 1].time) / 2;
        const Seed plain = best_at(stretch, 1.0);
        if (speeds == Speeds::kAll) {
            search_other_speeds(stretch, plain.weight, seeds);
        }
        Seed seed = plain;
        for (int i = 0; i < table_.rules.plain_seeds_per_stretch && seed.weight > 0; ++i) {
            seeds.push_back(seed);
            spend(seed);
            seed = best_at(stretch, 1.0);
        }
    }

  private:
    void search_other_speeds(const Stretch& stretch, double plain, std::vector<Seed>& seeds) {
        double most = 0;
        for (std::size_t f = stretch.begin; f < stretch.end; ++f) {
            double heaviest = 0;
            const HitFrame& frame = table_.frames[f];
            for (std::size_t p = frame.pieces_begin; p < frame.pieces_end; ++p) {
                heaviest = std::max(heaviest, table_.pieces[p].weight);
            }
            most += heaviest;
        }
        const double wanted = plain + table_.rules.speed_promise * table_.typical_weight;
        if (most < wanted || stretch.end - stretch.begin < table_.rules.min_frames_for_speed) {
            return;
        }
        // One for each direction and one held picture: they seldom compete for the same frames.
        Seed best[3];
        for (const double speed : speeds_) {
            const Seed seed = best_at(stretch, speed);
            Seed& slot = best[speed > 0 ? 0 : (speed < 0 ? 1 : 2)];
            if (seed.weight >= wanted && seed.weight > slot.weight + 1e-9) {
                slot = seed;
            }
        }
        for (const Seed& seed : best) {
            if (seed.weight > 0) {
                seeds.push_back(seed);
            }
        }
    }

    Seed best_at(const Stretch& stretch, double speed) {
        votes_.clear();
        const std::size_t first_piece = table_.frames[stretch.begin].pieces_begin;
        for (std::size_t f = stretch.begin; f < stretch.end; ++f) {
            const HitFrame& frame = table_.frames[f];
            const double shift = speed * (frame.time - middle_);
            const double room = slack(table_, {middle_, 0, speed}, frame.time);
            for (std::size_t p = frame.pieces_begin; p < frame.pieces_end; ++p) {
                if (spent_[p - first_piece] == 0) {
                    const Piece& piece = table_.pieces[p];
                    votes_.push_back({static_cast<std::uint32_t>(f - stretch.begin),
                                      piece.begin - room - shift, piece.end + room - shift,
                                      piece.weight});
                }
            }
        }
        const OffsetPeak peak = sweep_.best_offset(votes_);
        return {{middle_, peak.middle(), speed}, stretch, peak.weight};
    }

    void spend(const Seed& seed) {
        const std::size_t first_piece = table_.frames[seed.stretch.begin].pieces_begin;
        for (std::size_t f = seed.stretch.begin; f < seed.stretch.end; ++f) {
            const HitFrame& frame = table_.frames[f];
            const double value = seed.line.at(frame.time);
            const double room = slack(table_, seed.line, frame.time);
            for (std::size_t p = frame.pieces_begin; p < frame.pieces_end; ++p) {
                const Piece& piece = table_.pieces[p];
                if (distance_outside(value, piece.begin, piece.end) <= room) {
                    spent_[p - first_piece] = 1;
                }
            }
        }
    }

    const HitTable& table_;
    std::vector<double> speeds_;
    OffsetSweep sweep_;
    std::vector<OffsetVote> votes_;
    std::vector<char> spent_;  ///< by piece of the stretch: an earlier seed explains it
    double middle_ = 0;        ///< query time of the middle of the stretch
};

/// What grown runs explain.
struct Explained {
    std::vector<char> pieces;   ///< by piece of the table: whether a run passes through it
    std::vector<double> gains;  ///< by frame: what it says for the run that it supports most
};

/// Weight that a seed would add: of the pieces near its line that no grown run explains.
double unexplained_share(const HitTable& table, const Explained& explained, const Seed& seed) {
    double all = 0;
    double open = 0;
    for (std::size_t f = seed.stretch.begin; f < seed.stretch.end; ++f) {
        const Support support = support_of(table, f, seed.line.at(table.frames[f].time));
        all += support.gain;
        open += support.gain > 0 && explained.pieces[support.piece] == 0 ? support.gain : 0;
    }
    return all > 0 ? open / all : 0;
}

void explain(const HitTable& table, const LineRun& run, Explained& explained) {
    for (const std::size_t f : run.frames) {
        const Support support = support_of(table, f, run.line.at(table.frames[f].time));
        if (support.gain > 0) {
            explained.pieces[support.piece] = 1;
            explained.gains[f] = std::max(explained.gains[f], support.gain);
        }
    }
}

/// The most that a frame can say for a line near that of a seed.
double heaviest_near(const HitTable& table, std::size_t frame, const Line& line) {
    const HitFrame& row = table.frames[frame];
    const double value = line.at(row.time);
    const double room = slack(table, line, row.time);
    double heaviest = 0;
    for (std::size_t p = row.pieces_begin; p < row.pieces_end; ++p) {
        const Piece& piece = table.pieces[p];
        if (distance_outside(value, piece.begin, piece.end) <= room) {
            heaviest = std::max(heaviest, piece.weight);
        }
    }
    return heaviest;
}

/// Whether a seed could be chosen beside the grown runs: somewhere in its stretch its frames say
/// more for it than for these, by more than a run costs. Lines beside a long run, through frames
/// shortly before or after those that it shows, do not; without this each of them would be grown
/// along the whole run.
bool may_be_chosen(const HitTable& table, const Explained& explained, const Seed& seed) {
    double sum = 0;
    bool is_beside = false;
    for (std::size_t f = seed.stretch.begin; f < seed.stretch.end; ++f) {
        sum = std::max(0.0, sum + heaviest_near(table, f, seed.line) - explained.gains[f]);
        is_beside = is_beside || explained.gains[f] > 0;
        if (sum > table.rules.run_price * table.typical_weight) {
            return true;
        }
    }
    return !is_beside;
}

/// Grows a seed at its own speed and with the speed left open, and keeps what is to be believed.
LineRun run_of(const HitTable& table, const Seed& seed, const TimeOptions& options) {
    const SpeedRange range = speeds_around(seed.line.speed, options);
    LineRun run = grow_run(table, seed.line, seed.stretch.begin, seed.stretch.end, range);
    if (seed.line.speed == 1.0) {
        LineRun plain =
            grow_run(table, seed.line, seed.stretch.begin, seed.stretch.end, {1.0, 1.0});
        if (run.frames.size() < table.rules.min_frames_for_speed ||
            run.score < plain.score + table.rules.speed_promise * table.typical_weight) {
            return plain;
        }
    }
    if (run.frames.empty()) {
        return run;
    }
    std::vector<std::size_t> reached(run.frames.back() - run.frames.front() + 1);
    std::iota(reached.begin(), reached.end(), run.frames.front());
    return settle_run(table, run.line, reached, options);
}

}  // namespace

std::vector<LineRun> find_line_runs(const HitTable& table, const TimeOptions& options) {
    std::vector<Seed> seeds;
    SeedFinder finder(table, options);
    const std::vector<Stretch> stretches = stretches_of(table);
    const std::size_t stride = stretches.size() / table.rules.max_speed_stretches + 1;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const bool has_turn = i % stride == 0;
        finder.search(stretches[i],
                      has_turn ? SeedFinder::Speeds::kAll : SeedFinder::Speeds::kPlainOnly, seeds);
    }
    std::stable_sort(seeds.begin(), seeds.end(),
                     [](const Seed& a, const Seed& b) { return a.weight > b.weight; });
    Explained explained{std::vector<char>(table.pieces.size(), 0),
                        std::vector<double>(table.frames.size(), 0)};
    std::vector<LineRun> runs;
    for (const Seed& seed : seeds) {
        if (runs.size() >= table.rules.runs_per_segment * options.max_segments) {
            break;
        }
        if (unexplained_share(table, explained, seed) < table.rules.unexplained_share ||
            !may_be_chosen(table, explained, seed)) {
            continue;
        }
        LineRun run = run_of(table, seed, options);
        if (!run.frames.empty()) {
            explain(table, run, explained);
            runs.push_back(std::move(run));
        }
    }
    return runs;
}

}  // namespace refrain::align
