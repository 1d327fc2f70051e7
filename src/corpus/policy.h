#pragma once

#include <span>
#include <string>
#include <vector>

#include "refrain/catalogue.h"
#include "refrain/corpus.h"

namespace refrain::corpus {

/// The banks of a corpus, and what is to be done about matches of each.
///
/// Thread safety: a value.
class Policy {
  public:
    explicit Policy(std::vector<BankSettings> banks) : banks_(std::move(banks)) {}

    /// The banks that are searched: those asked for, or all, but for those that are off.
    [[nodiscard]] std::vector<std::string> searched(std::span<const std::string> wanted) const;

    /// What a match in this bank must score to be listed.
    [[nodiscard]] double least_score(const std::string& bank, const FindOptions& options) const;

    /// Says of each match what is to be done about it, and sets what follows for all of them.
    ///
    /// A match of a bank whose kind is kAllow covers another match of the same part of the query if
    /// at least nine tenths of the other's time and of its place in the picture lie within its own;
    /// one of the same bytes covers all.
    ///
    /// @param matches    in falling score
    /// @param is_shadow  of each match, whether its item is in shadow
    [[nodiscard]] Action judge(std::vector<Match>& matches,
                               const std::vector<bool>& is_shadow,
                               const FindOptions& options) const;

  private:
    [[nodiscard]] BankSettings settings_of(const std::string& bank) const;

    std::vector<BankSettings> banks_;
};

/// Whether `allow` covers `other`, as of Policy::judge. Thread safety: pure function.
[[nodiscard]] bool covers(const Match& allow, const Match& other);

/// Keeps the first `most` matches. What an allow match covers is kept with the one that covers it,
/// in the place of the weakest others.
void keep_first(std::vector<Match>& matches, std::size_t most);

}  // namespace refrain::corpus
