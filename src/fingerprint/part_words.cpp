#include "fingerprint/part_words.h"

#include <spdlog/fmt/fmt.h>

namespace refrain::fingerprint {

namespace {

constexpr std::size_t kMostNamed = 8;
constexpr std::size_t kMostProblemBytes = 400;

}  // namespace

std::string part_name(const PartInfo& part) {
    return fmt::format("part {} ({}{})", part.index, part_role_words(part.role),
                       part.is_on_white ? ", on white" : "");
}

void PartProblems::add(const std::string& problem) {
    if (problem.empty()) {
        return;
    }
    ++count_;
    if (count_ <= kMostNamed) {
        text_ += (text_.empty() ? "" : "; ") + problem.substr(0, kMostProblemBytes);
    }
}

void PartProblems::add(const PartInfo& part, const std::string& problem) {
    add(part_name(part) + ": " + problem);
}

void PartProblems::add(const PartInfo& part, const Error& error) {
    add(part, std::string(error_code_name(error.code)) + ": " + error.message);
}

void PartProblems::write_to(DecodeReport& report) const {
    if (count_ == 0) {
        return;
    }
    report.is_partial = true;
    report.damage += (report.damage.empty() ? "" : "; ") + text_;
    if (count_ > kMostNamed) {
        report.damage += fmt::format("; and {} more", count_ - kMostNamed);
    }
}

}  // namespace refrain::fingerprint
