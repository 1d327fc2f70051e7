#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "refrain/result.h"

namespace refrain::server {

class Spool;

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

/// A file that has no name: it is gone with its last owner, however the program ends.
///
/// Thread safety: one thread at a time.
class SpoolFile {
  public:
    SpoolFile(std::shared_ptr<Spool> spool, Descriptor descriptor);
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;
    SpoolFile(SpoolFile&&) = delete;
    SpoolFile& operator=(SpoolFile&&) = delete;
    ~SpoolFile();

    /// @error kCorpusBusy  the spool's quota is used up: later it may not be
    /// @error kDiskFull, kInternal
    [[nodiscard]] Result<void> write(std::string_view bytes);

    /// Reads bytes from there on. @return how many; 0: it ends there, or cannot be read
    [[nodiscard]] std::size_t read(std::uint64_t at, std::span<char> into) const;

    [[nodiscard]] int descriptor() const { return descriptor_.get(); }
    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    std::shared_ptr<Spool> spool_;
    Descriptor descriptor_;
    std::uint64_t size_ = 0;
};

/// Where bodies of requests lie while they are worked on: a folder, and how much may lie in it.
/// Every SpoolFile holds the spool. Thread safety: safe to share.
class Spool : public std::enable_shared_from_this<Spool> {
  public:
    /// @param folder  is made if need be
    /// @error kUnreadable  no file can be made there
    [[nodiscard]] static Result<std::shared_ptr<Spool>> open(const std::filesystem::path& folder,
                                                             std::uint64_t quota_bytes);

    /// @error kDiskFull, kInternal
    [[nodiscard]] Result<std::shared_ptr<SpoolFile>> make_file();

    [[nodiscard]] std::uint64_t used_bytes() const { return used_; }
    [[nodiscard]] std::uint64_t quota_bytes() const { return quota_; }

  private:
    friend class SpoolFile;
    Spool(std::filesystem::path folder, std::uint64_t quota);

    [[nodiscard]] bool take(std::uint64_t bytes);
    void give_back(std::uint64_t bytes);
    [[nodiscard]] Result<Descriptor> open_unnamed() const;

    std::filesystem::path folder_;
    std::uint64_t quota_;
    std::atomic<std::uint64_t> used_ = 0;
};

}  // namespace refrain::server
