#include "corpus/bank_names.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace refrain::corpus {

namespace {

// A list of all would be long in a large corpus; a slip of the finger is among the nearest.
constexpr std::size_t kMaxNamed = 3;
// Names may have 64 KiB; the beginning tells which was meant.
constexpr std::size_t kMaxCompared = 64;

char folded(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Insertions, deletions and changes of letters that lead from one to the other; case is free.
std::size_t edit_distance(std::string_view from, std::string_view to) {
    from = from.substr(0, kMaxCompared);
    to = to.substr(0, kMaxCompared);
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t change = diagonal + (folded(from[i]) == folded(to[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::string nearest_names(const std::string& wanted, std::span<const std::string> banks) {
    std::vector<std::pair<std::size_t, std::string_view>> ranked;
    ranked.reserve(banks.size());
    for (const std::string& bank : banks) {
        ranked.emplace_back(edit_distance(wanted, bank), bank);
    }
    const auto end =
        ranked.begin() + static_cast<std::ptrdiff_t>(std::min(kMaxNamed, ranked.size()));
    std::partial_sort(ranked.begin(), end, ranked.end());
    std::string text;
    for (auto bank = ranked.begin(); bank != end; ++bank) {
        text += (text.empty() ? "" : ", ") + std::string(bank->second);
    }
    return text;
}

}  // namespace

Result<void> check_banks(std::span<const std::string> names, std::span<const std::string> banks) {
    for (const std::string& name : names) {
        if (std::find(banks.begin(), banks.end(), name) == banks.end()) {
            const std::string near = nearest_names(name, banks);
            return Error{ErrorCode::kUnknownBank,
                         "there is no bank " + name +
                             (near.empty() ? "; the corpus has none" : "; the nearest: " + near)};
        }
    }
    return {};
}

}  // namespace refrain::corpus
