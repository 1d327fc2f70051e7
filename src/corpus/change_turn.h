#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace refrain::corpus {

/// Whose turn it is to fill or to change the channels: that of one thread at a time.
///
/// More than a mutex in one way: whoever waits for the turn may stop waiting as soon as the one who
/// has it came far enough. A look-up waits only for the changes that it has to see.
///
/// Thread safety: safe to share.
class ChangeTurn {
  public:
    /// Has the turn for as long as it lives.
    class Held {
      public:
        explicit Held(ChangeTurn& turn) : turn_(&turn) {}
        Held(Held&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}
        Held& operator=(Held&&) = delete;
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;
        ~Held() {
            if (turn_ != nullptr) {
                turn_->give_back();
            }
        }

      private:
        ChangeTurn* turn_;
    };

    /// Waits until nobody has the turn, and takes it.
    [[nodiscard]] Held take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !is_taken_; });
        is_taken_ = true;
        return Held(*this);
    }

    /// The same, but gives up as soon as `is_enough()` holds. That is asked for when the turn is
    /// free, and after each `announce`; it only reads atomics.
    ///
    /// @return nothing: it holds
    template <typename IsEnough>
    [[nodiscard]] std::optional<Held> take_unless(const IsEnough& is_enough) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !is_taken_ || is_enough(); });
        if (is_enough()) {
            return std::nullopt;
        }
        is_taken_ = true;
        return std::optional<Held>(std::in_place, *this);
    }

    /// Tells those who wait that the channels have come further. Called by who has the turn.
    void announce() {
        const std::scoped_lock lock(mutex_);
        changed_.notify_all();
    }

  private:
    void give_back() {
        const std::scoped_lock lock(mutex_);
        is_taken_ = false;
        changed_.notify_all();
    }

    std::mutex mutex_;  ///< held for moments only
    std::condition_variable changed_;
    bool is_taken_ = false;
};

}  // namespace refrain::corpus
