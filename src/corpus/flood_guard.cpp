#include "corpus/flood_guard.h"

#include <algorithm>
#include <cmath>

namespace refrain::corpus {

namespace {

// What a window counts for in the mean, a window later: half of it is the last two windows.
constexpr double kFresh = 0.3;

}  // namespace

void FloodGuard::advance(Rate& rate, std::int64_t window) const {
    if (rate.window == window) {
        return;
    }
    const auto silent = static_cast<double>(window - rate.window - 1);
    rate.before += kFresh * (static_cast<double>(rate.matches) - rate.before);
    rate.before *= std::pow(1 - kFresh, silent);
    rate.window = window;
    rate.matches = 0;
    rate.is_told = false;
}

/// Drops the half that matched longest ago.
void FloodGuard::make_room(std::int64_t window) {
    if (rates_.size() < kMostItems) {
        return;
    }
    std::vector<std::int64_t> windows;
    windows.reserve(rates_.size());
    for (const auto& [id, rate] : rates_) {
        windows.push_back(rate.window);
    }
    const auto middle = windows.begin() + static_cast<std::ptrdiff_t>(windows.size() / 2);
    std::nth_element(windows.begin(), middle, windows.end());
    const std::int64_t oldest = std::min(*middle, window - 1);
    std::erase_if(rates_, [&](const auto& entry) { return entry.second.window <= oldest; });
    if (rates_.size() >= kMostItems) {
        rates_.clear();  // all of them matched in this window: none stands out
    }
}

std::vector<std::string> FloodGuard::count(std::span<const std::string> ids, Time now) {
    const auto length = std::chrono::microseconds(std::max<std::int64_t>(1, limits_.window.us));
    const std::int64_t window = now.time_since_epoch() / length;
    std::vector<std::string> flooding;
    const std::scoped_lock lock(mutex_);
    for (const std::string& id : ids) {
        if (!rates_.contains(id)) {
            make_room(window);
            rates_[id].window = window;
        }
        Rate& rate = rates_[id];
        advance(rate, window);
        ++rate.matches;
        const double most =
            std::max(static_cast<double>(limits_.least), limits_.factor * rate.before);
        if (static_cast<double>(rate.matches) > most && !rate.is_told) {
            rate.is_told = true;
            flooding.push_back(id);
        }
    }
    return flooding;
}

}  // namespace refrain::corpus
