#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <utility>

#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

constexpr std::chrono::milliseconds kRedraw{200};

std::size_t terminal_width() {
    winsize size{};
    const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return is_known ? size.ws_col : 80U;
}

/// The first `bytes` bytes without cutting a character in two.
std::string cut(const std::string& text, std::size_t bytes) {
    if (text.size() <= bytes) {
        return text;
    }
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) {
        --bytes;
    }
    return text.substr(0, bytes);
}

std::string left_text(double seconds) {
    const auto whole = std::lround(seconds);
    return formatted("%ld:%02ld:%02ld left", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string what, Mode mode)
    : what_(std::move(what)), mode_(mode), began_(Clock::now()) {}

void Progress::follow(const std::string& path, const MediumProgress& at) {
    if (!is_drawn()) {
        return;
    }
    const std::lock_guard lock(medium_.mutex);
    medium_.path = path;
    medium_.at = at;
}

bool Progress::is_due() {
    if (!is_drawn() || (is_shown_ && Clock::now() - drawn_ < kRedraw)) {
        return false;
    }
    drawn_ = Clock::now();
    return true;
}

void Progress::draw() {
    if (is_due()) {
        show(what_ + "  " + count_part() + medium_part());
    }
}

std::string Progress::count_part() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
    std::string text = formatted("%llu", static_cast<unsigned long long>(done_));
    if (total_) {
        text += formatted("/%llu", static_cast<unsigned long long>(*total_));
    }
    text += formatted("  %.1f/s", rate);
    if (total_ && rate > 0 && *total_ >= done_) {
        text += "  " + left_text(static_cast<double>(*total_ - done_) / rate);
    }
    return text;
}

std::string Progress::medium_part() {
    const std::lock_guard lock(medium_.mutex);
    if (medium_.path.empty()) {
        return {};
    }
    std::string text = "  " + printable(file_name(medium_.path));
    if (medium_.at.parts > 1) {
        text += formatted(" part %zu/%zu", medium_.at.part + 1, medium_.at.parts);
    }
    if (medium_.at.position.us > 0) {
        text += " " + clock_text(medium_.at.position);
    }
    if (medium_.at.duration.us > 0) {
        text += " of " + clock_text(medium_.at.duration);
    }
    // A single long medium has a rate and an end of its own.
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    if (total_ == 1U && medium_.at.parts == 1 && medium_.at.position.us > 0 && seconds > 0) {
        const double speed = medium_.at.position.seconds() / seconds;
        const double rest = (medium_.at.duration - medium_.at.position).seconds();
        text += formatted("  %.1fx", speed);
        text += rest > 0 ? "  " + left_text(rest / speed) : "";
    }
    return text;
}

CountProgress Progress::counter(const std::string& what) {
    if (!is_drawn()) {
        return {};
    }
    return [this, what](std::uint64_t done, std::uint64_t total) {
        if (is_due()) {
            show(formatted("%s  %llu/%llu", what.c_str(), static_cast<unsigned long long>(done),
                           static_cast<unsigned long long>(total)));
        }
    };
}

void Progress::show(const std::string& line) {
    write_to_stderr("\r\x1b[K" + cut(line, terminal_width() - 1));
    is_shown_ = true;
}

void Progress::clear() {
    if (is_shown_) {
        write_to_stderr("\r\x1b[K");
        is_shown_ = false;
    }
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace refrain::cli
