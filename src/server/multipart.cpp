#include "server/multipart.h"

#include <algorithm>
#include <utility>

#include "server/request.h"
#include "server/target.h"

namespace refrain::server {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

/// The last component of what may be a path of either kind of system.
std::string without_folders(std::string name) {
    const std::size_t slash = name.find_last_of("/\\");
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

bool is_boundary_text(std::string_view text) {
    return !text.empty() && text.size() <= MultipartParser::kMaxBoundary &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, PartTaker& taker)
    : taker_(taker), delimiter_("\r\n--" + std::string(boundary)) {
    // The first delimiter may stand at the very beginning, without a line end before it.
    pending_ = kLineEnd;
    if (!is_boundary_text(boundary)) {
        static_cast<void>(fail("the boundary is missing, too long or not plain text"));
    }
}

MultipartParser::State MultipartParser::fail(std::string problem) {
    problem_ = std::move(problem);
    state_ = State::kMalformed;
    return state_;
}

MultipartParser::State MultipartParser::feed(std::string_view bytes) {
    if (state_ != State::kGoesOn) {
        return state_;
    }
    pending_.append(bytes);
    State state = State::kGoesOn;
    while (step(state)) {
    }
    state_ = state;
    return state_;
}

MultipartParser::State MultipartParser::finish() {
    return state_ == State::kGoesOn ? fail("the form ends before its last boundary") : state_;
}

bool MultipartParser::step(State& state) {
    switch (place_) {
        case Place::kPreamble:
            return step_preamble();
        case Place::kAfterBoundary:
            return step_after_boundary(state);
        case Place::kHeader:
            return step_header(state);
        case Place::kData:
            return step_data(state);
        case Place::kEpilogue:
            pending_.clear();
            return false;
    }
    return false;
}

bool MultipartParser::step_preamble() {
    const std::size_t found = pending_.find(delimiter_);
    if (found == std::string::npos) {
        // Passed over; its end may be the beginning of a delimiter.
        const std::size_t kept = std::min(pending_.size(), delimiter_.size() - 1);
        pending_.erase(0, pending_.size() - kept);
        return false;
    }
    pending_.erase(0, found + delimiter_.size());
    place_ = Place::kAfterBoundary;
    return true;
}

bool MultipartParser::step_after_boundary(State& state) {
    // Blanks may follow the boundary (transport padding).
    const std::size_t padding = pending_.find_first_not_of(" \t");
    if (padding == std::string::npos) {
        if (pending_.size() > kMaxHeaderBytes) {
            state = fail("blanks without end after a boundary");
        }
        return false;
    }
    if (pending_.size() < padding + 2) {
        return false;
    }
    const std::string_view next = std::string_view(pending_).substr(padding, 2);
    if (next == "--" && padding == 0) {
        pending_.clear();
        place_ = Place::kEpilogue;
        state = State::kDone;
        return false;
    }
    if (next != kLineEnd) {
        state = fail("a boundary is not followed by a line end");
        return false;
    }
    if (++parts_ > kMaxParts) {
        state = fail("more than " + std::to_string(kMaxParts) + " parts");
        return false;
    }
    pending_.erase(0, padding);
    place_ = Place::kHeader;
    return true;
}

bool MultipartParser::step_header(State& state) {
    // The header is what lies between the boundary's line end, which is kept, and an empty line.
    const std::size_t end = pending_.find("\r\n\r\n");
    if (end == std::string::npos || end > kMaxHeaderBytes) {
        if (pending_.size() > kMaxHeaderBytes) {
            state = fail("a part's header is longer than " + std::to_string(kMaxHeaderBytes) +
                         " bytes");
        }
        return false;
    }
    PartHeader header;
    if (!read_header(std::string_view(pending_).substr(0, end), header)) {
        state = state_;
        return false;
    }
    if (!taker_.begin_part(header)) {
        state = State::kRefused;
        return false;
    }
    pending_.erase(0, end + 2 * kLineEnd.size());
    place_ = Place::kData;
    return true;
}

bool MultipartParser::read_header(std::string_view text, PartHeader& header) {
    bool has_disposition = false;
    while (!text.empty()) {
        text.remove_prefix(std::min(kLineEnd.size(), text.size()));
        const std::size_t end = std::min(text.find(kLineEnd), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end);
        const std::size_t colon = line.find(':');
        if (line.empty()) {
            continue;
        }
        if (colon == std::string_view::npos) {
            static_cast<void>(fail("a line of a part's header has no colon"));
            return false;
        }
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = line.substr(colon + 1);
        if (same_word(name, "Content-Type")) {
            const std::size_t begin = value.find_first_not_of(' ');
            header.content_type =
                begin == std::string_view::npos ? std::string() : std::string(value.substr(begin));
        } else if (same_word(name, "Content-Disposition")) {
            const auto field = header_parameter(value, "name");
            const auto file = header_parameter(value, "filename");
            has_disposition = field.has_value();
            header.field = field.value_or("");
            header.has_file_name = file.has_value();
            header.file_name = without_folders(file.value_or(""));
        }
    }
    if (!has_disposition) {
        static_cast<void>(fail("a part has no name"));
        return false;
    }
    if (!is_clean_text(header.field) || !is_clean_text(header.file_name)) {
        static_cast<void>(fail("a part's name is not UTF-8 without control characters"));
        return false;
    }
    return true;
}

bool MultipartParser::step_data(State& state) {
    const std::size_t found = pending_.find(delimiter_);
    const bool ends = found != std::string::npos;
    std::size_t ready = found;
    if (!ends) {
        ready = pending_.size() - std::min(pending_.size(), delimiter_.size() - 1);
    }
    if (ready > 0 && !taker_.part_bytes(std::string_view(pending_).substr(0, ready))) {
        state = State::kRefused;
        return false;
    }
    if (!ends) {
        pending_.erase(0, ready);
        return false;
    }
    if (!taker_.end_part()) {
        state = State::kRefused;
        return false;
    }
    pending_.erase(0, found + delimiter_.size());
    place_ = Place::kAfterBoundary;
    return true;
}

}  // namespace refrain::server
