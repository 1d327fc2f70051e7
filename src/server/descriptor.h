#pragma once

#include <unistd.h>

#include <utility>

namespace refrain::server {

/// Owns a file descriptor. Thread safety: one thread at a time.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] bool is_open() const { return number_ >= 0; }

  private:
    void close() {
        if (number_ >= 0) {
            ::close(number_);
        }
        number_ = -1;
    }

    int number_ = -1;
};

}  // namespace refrain::server
