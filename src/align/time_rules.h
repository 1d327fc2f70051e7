#pragma once

#include <array>
#include <cstddef>

namespace refrain::align {

/// What decides in the alignment of time. A "typical weight" is the median over the query's frames
/// of their heaviest hit, so that prices keep their meaning whatever a hit is worth.
///
/// Unless said otherwise a number was measured on the random edits of
/// `tests/property/align/edit_timeline.h` and is explained in
/// docs/decisions/0030-time-alignment.md. A test fails where one is halved or doubled:
/// tests/unit/align/time_rules_test.cpp.
///
/// Thread safety: a value.
struct TimeRules {
    // The table of hits. These bound the work of a static scene, a million hits for ten minutes.
    /// Places in the known video that one query frame is given at most; docs/decisions/0030,
    /// step 1.
    std::size_t max_pieces_per_frame = 32;
    /// The same in a query so long that all together would pass `max_pieces`.
    std::size_t min_pieces_per_frame = 4;
    /// Of all frames together: 5 MB, and 1.1 s for a million hits (0030, "Cost").
    std::size_t max_pieces = 200'000;
    /// Length that an instant is given, seconds: a frame of a film with 1000 frames a second.
    double shortest_piece = 0.001;
    /// Neighbouring pieces are joined where the lighter has this share of the heavier one's weight,
    /// tried in this order until few enough are left. Nearly equal ones lose nothing.
    std::array<double, 4> join_ratios{0.95, 0.8, 0.5, 0.0};

    // Stretches of the query in which lines are looked for; 0030, step 2.
    /// Frames; fewer do not tell speeds apart.
    std::size_t min_stretch_frames = 8;
    /// Frames; more cost time, and blur the offset of a line at another speed.
    std::size_t max_stretch_frames = 64;
    /// Seconds, where that is more than `min_stretch_frames`: the shortest excerpt worth a segment.
    double stretch_seconds = 6;
    /// Lines at normal speed that one stretch offers: a repeated shot is in the known video several
    /// times.
    int plain_seeds_per_stretch = 4;
    /// Lines that are followed, for each segment asked for. Bounds the work of a query full of
    /// strays.
    std::size_t runs_per_segment = 8;
    /// Stretches in which other speeds are tried, evenly spread: all of three hours at two frames a
    /// second.
    std::size_t max_speed_stretches = 4096;
    /// Ratio of two speeds that are tried one after the other: half a step stays within the
    /// tolerance over half a stretch of 6 s.
    double speed_step = 1.04;
    /// What another speed must promise beyond normal speed to be followed at all, typical weights.
    /// Less than `speed_gain`, since a line gains while it is followed and fitted.
    double speed_promise = 1.0;
    /// Share of a line's weight that no earlier line may explain, or it is not followed. Half, so
    /// that of two lines through the same frames the heavier one is followed alone.
    double unexplained_share = 0.5;

    // Growth of a line; 0030, step 3.
    /// Rounds of following and fitting; nearly all lines rest after three.
    int growth_rounds = 12;
    /// Weight lost since its best at which a side is given up, whatever lies beyond; typical
    /// weights.
    double give_up = 12;
    /// Share of what a line explains that its fit may lose and be taken all the same: it also
    /// centres the line in the room that the spans leave.
    double refit_tie = 0.001;
    /// How much the middle of a one-second span pulls, against what the line misses beside spans.
    double middle_pull = 0.02;
    /// Seconds^2 that are added to the square of a span's length: spans of up to 0.2 s pull alike.
    double pull_softness = 0.04;

    // Belief in normal speed; 0030, step 4.
    /// Frames. Two hits fit any speed, and three strays on one line are common.
    std::size_t min_frames_for_speed = 4;
    /// What another speed must explain beyond normal speed: typical weights, or the share of what
    /// normal speed explains, whichever is more.
    double speed_gain = 1.5;
    double speed_gain_share = 0.04;
    /// The same for a held picture, which any static scene looks like.
    double hold_gain = 2.0;
    double hold_gain_share = 0.5;

    // Choice among lines; 0030, step 5.
    /// Cost of a sampled frame inside a run that does not support it, typical weights: a run
    /// bridges three such frames for each that does. With 0.5, IoU at 50 % missing frames fell from
    /// 0.81 to 0.67.
    double miss_cost = 0.25;
    /// Price of beginning a run, typical weights: more than a lone hit is worth, less than two that
    /// agree, so that a stray does not interrupt a run. With 0.75, IoU was 0.90 instead of 0.94 at
    /// four frames a second.
    double run_price = 1.5;
    /// Factor of the price at another speed than normal: such a run interrupts more readily by
    /// chance.
    double other_speed_price = 1.5;
    /// Missed frames across which a single frame still belongs to a run.
    double near_frames = 3;
    /// Frames of a run below which its ends are not doubted.
    std::size_t min_frames_to_trim = 5;
    /// Chance, at the run's own rate of misses, of as long a gap before its last frame, below which
    /// this is taken for a stray.
    double unlikely = 0.01;

    // Edges; 0030, step 6.
    /// Places tried for where a picture is held between two runs.
    int hold_steps = 16;
    /// Factor by which a held picture must explain the frames between better than the two lines do.
    double clearly = 1.02;
};

/// The rules that ship.
inline constexpr TimeRules kTimeRules{};

}  // namespace refrain::align
