#pragma once

#include <cmath>

#include "verdict/local_score.h"

/// What near codes are worth where no other item is nearer.
namespace refrain::test {

inline double votes_at(int distance) {
    return std::pow(static_cast<double>(verdict::pair_weight(distance)), 3);
}

/// The greatest distance at which a pair has this many votes.
inline int distance_for(double votes) {
    int distance = verdict::kMaxVoteDistance;
    while (distance > 0 && votes_at(distance) < votes) {
        --distance;
    }
    return distance;
}

}  // namespace refrain::test
