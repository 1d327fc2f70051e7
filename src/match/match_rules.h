#pragma once

#include <cstddef>

#include "refrain/media_time.h"

#include "align/time_rules.h"
#include "verdict/score_rules.h"

namespace refrain::match {

/// What decides where one match is made of all that speaks for an item, with the rules of the
/// stages that are asked for it.
///
/// A test fails where one is halved or doubled: tests/unit/match/match_rules_test.cpp.
///
/// Thread safety: a value.
struct MatchRules {
    // Places beside whole frames in the alignment; docs/decisions/0054-local-matching.md.
    /// Weight of a place at most: as much as a sure whole frame.
    double max_place_weight = 15;
    /// Share of it for the frames after the place's own, which need not show the same any more.
    double later_share = 0.8;
    /// How many of these there are at most; at two frames a second all of 16 s. Bounds the work.
    std::size_t max_later_frames = 32;
    /// Places of one item that are compared. Bounds the work.
    std::size_t max_compared = 256;
    /// How far apart in the known video a place and a whole frame may lie that say the same: as the
    /// alignment's tolerance.
    MediaTime same_time = MediaTime::from_ms(300);

    // Places that lie alike; docs/decisions/0054. What edits of one scene differ by, with room.
    double same_turn = 12;         ///< degrees
    double same_log_scale = 0.35;  ///< of the natural logarithm
    double same_shift = 0.15;      ///< of the query's longer side

    // Look-alikes; docs/decisions/0070-copies-and-look-alikes.md.
    /// A place that shows this share of the known picture says the same as whole frames.
    double nearly_whole = 0.7;
    /// Pictures with as many points have detail by which a copy is placed.
    std::size_t detail = 30;

    // Whether a film moves as the known one does; docs/decisions/0074-followed-motion.md.
    /// Share of the known film's changes that the query makes too, below which another event is
    /// before the same camera.
    double followed = 0.36;
    /// Variance of the known film's codes, bits, from which on something moves in it.
    double known_motion = 7;
    /// Mean distance of the frames, bits, up to which they show the same ground; crops, whose codes
    /// say nothing of motion, differ by more.
    double same_ground = 56;
    /// Pairs of frames that tell.
    int fewest_motion_frames = 10;
    /// What a film that moves otherwise loses of its evidence, of the logarithm of odds. Whole
    /// frames then say nothing for a copy.
    double moving_otherwise = 5.3;
    /// Pairs that are compared, evenly chosen. Bounds the work.
    std::size_t most_motion_frames = 256;

    // The time of a picture; docs/decisions/0056-time-of-a-picture.md. Worths are shares of points
    // found again.
    double max_time_score = 2;    ///< a place is believed as far as its score goes, but no further
    double least_time_score = 1;  ///< places with less are left out, unless there is no better one
    double per_bit = 0.01;        ///< price of a bit between whole frames
    double per_second = 0.1;      ///< price of a second between whole frame and place
    double other_shot = 1;        ///< price of a shot that begins between these two
    double as_likely = 0.15;      ///< frames that fall short of the best by no more are as likely

    // Runs of a film.
    /// Query time without a hit that ends a run.
    MediaTime max_gap = MediaTime::from_seconds(5);
    /// Two runs at speeds that differ by no more, and offsets by no more seconds, are one that was
    /// interrupted.
    double same_speed = 0.01;
    double same_offset = 0.3;
    /// A gap of the hits of a run in which another item or view may be shown.
    MediaTime hole = MediaTime::from_seconds(1);
    /// A run with a lower score would be found by chance. Such runs are left out beside better
    /// ones: a match is no better for stray segments.
    double least_run_score = 0.5;

    // When dearer evidence is spared; docs/decisions/0054.
    /// Share of a film's time that sure matches must explain.
    double explained = 0.9;
    /// A score at which cheap evidence is believed without asking a dearer kind too.
    double sure_score = 20.0;

    align::TimeRules time;
    verdict::ScoreRules score;
};

/// The rules that ship.
inline constexpr MatchRules kMatchRules{};

}  // namespace refrain::match
