#include "server/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace refrain::server {

RateLimit::RateLimit(double per_second, double burst, std::size_t max_clients)
    : per_second_(per_second), burst_(std::max(burst, 1.0)), max_clients_(max_clients) {}

std::optional<int> RateLimit::take(const std::string& client, Clock::time_point now) {
    return take(client, per_second_, now);
}

std::optional<int> RateLimit::take(const std::string& client,
                                   double per_second,
                                   Clock::time_point now) {
    if (per_second <= 0) {
        return std::nullopt;
    }
    const std::scoped_lock lock(mutex_);
    auto found = buckets_.find(client);
    if (found == buckets_.end()) {
        if (buckets_.size() >= max_clients_) {
            forget_full(now);
        }
        found = buckets_.emplace(client, Bucket{burst_, now}).first;
    }
    Bucket& bucket = found->second;
    const double passed = std::chrono::duration<double>(now - bucket.filled).count();
    bucket.tokens = std::min(burst_, bucket.tokens + std::max(passed, 0.0) * per_second);
    bucket.filled = now;
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return std::nullopt;
    }
    return std::max(1, static_cast<int>(std::ceil((1 - bucket.tokens) / per_second)));
}

void RateLimit::forget_full(Clock::time_point now) {
    // Whoever has not asked for the longest is nearest to full, or is full.
    std::erase_if(buckets_, [&](const auto& entry) {
        const double passed = std::chrono::duration<double>(now - entry.second.filled).count();
        return entry.second.tokens + passed * per_second_ >= burst_;
    });
    if (buckets_.size() >= max_clients_) {
        buckets_.erase(std::min_element(
            buckets_.begin(), buckets_.end(),
            [](const auto& a, const auto& b) { return a.second.filled < b.second.filled; }));
    }
}

}  // namespace refrain::server
