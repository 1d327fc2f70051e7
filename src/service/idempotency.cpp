#include "service/idempotency.h"

#include <utility>

namespace refrain::service {

namespace {

std::string work_of(const server::Request& request) {
    std::string what = request.method + " " + request.path + " " + request.body_sha256;
    for (const auto& [name, value] : request.query) {
        what += "&" + name + "=" + value;
    }
    return what;
}

}  // namespace

Idempotency::Idempotency(std::size_t max_answers, Clock::duration keep)
    : max_answers_(max_answers), keep_(keep) {}

std::string Idempotency::key_of(const server::Request& request) {
    const std::string_view key = request.headers.get("Idempotency-Key");
    return key.empty() ? std::string() : request.caller.key_id + "\n" + std::string(key);
}

std::optional<server::Response> Idempotency::begin(const server::Request& request) {
    constexpr std::size_t kLongest = 255;
    const std::string key = key_of(request);
    if (key.empty()) {
        return std::nullopt;
    }
    if (request.headers.get("Idempotency-Key").size() > kLongest) {
        return server::problem(400, "invalid_argument", "the Idempotency-Key is too long");
    }
    const std::scoped_lock lock(mutex_);
    forget_old();
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
        entries_[key] = {work_of(request), std::nullopt, Clock::now()};
        order_.push_back(key);
        return std::nullopt;
    }
    if (found->second.what != work_of(request)) {
        return server::problem(422, "idempotency_key_reused",
                               "this Idempotency-Key was used for another request");
    }
    if (!found->second.answer) {
        return server::retry_later(409, "in_progress",
                                   "a request with this Idempotency-Key is in work", 1);
    }
    server::Response again = *found->second.answer;
    again.headers.emplace_back("Idempotency-Replayed", "true");
    return again;
}

void Idempotency::finish(const server::Request& request, const server::Response& response) {
    const std::string key = key_of(request);
    if (key.empty()) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
        return;
    }
    if (response.status >= 500 || response.status == 429) {
        entries_.erase(found);
    } else {
        found->second.answer = response;
    }
}

void Idempotency::forget_old() {
    while (!order_.empty()) {
        const auto found = entries_.find(order_.front());
        const bool is_gone = found == entries_.end();
        if (!is_gone && order_.size() <= max_answers_ &&
            Clock::now() - found->second.began < keep_) {
            return;
        }
        if (!is_gone) {
            entries_.erase(found);
        }
        order_.pop_front();
    }
}

}  // namespace refrain::service
