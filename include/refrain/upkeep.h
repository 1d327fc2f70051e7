#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "refrain/api.h"
#include "refrain/corpus.h"
#include "refrain/result.h"

namespace refrain {

/// A copy of a corpus, or one that was brought back.
struct CopiedCorpus {
    std::string folder;            ///< where the copy is
    std::uint64_t items = 0;       ///< in it
    std::uint64_t generation = 0;  ///< number of the last change in it
    std::uint64_t bytes = 0;       ///< of its database
};

/// Copies a corpus to another folder, as of one commit. Others may read and write the corpus
/// meanwhile. The copy is a corpus of its own, and appears in one step or not at all.
///
/// @param location, to  as of Corpus::open; `to` is made if need be and holds no corpus
/// @error kCorpusExists, kCorpusNotFound, kCorpusDamaged, kCorpusTooNew, kCorpusReadOnly,
///        kCorpusBusy, kDiskFull, kUnreadable
///
/// Cost: reads the database once, writes it once, and checks the copy's structure. Indexes are not
/// copied; they are made anew from the records when the copy is first searched. Thread safety: pure
/// function of its files; the corpus may be in use meanwhile.
[[nodiscard]] REFRAIN_API Result<CopiedCorpus> back_up_corpus(const std::string& location,
                                                              const std::string& to,
                                                              const CorpusOptions& options = {});

/// What `repair_corpus` did.
struct RepairReport {
    bool was_damaged = false;    ///< false: nothing was done
    std::uint64_t items = 0;     ///< that the corpus has now
    std::uint64_t lost = 0;      ///< items whose rows or records could not be read
    std::vector<Damage> damage;  ///< which, at most VerifyReport::kMaxListed; and other damage
    std::string set_aside;       ///< folder with the old database and report.txt; empty: none
};

/// Makes a damaged corpus whole: what can be read is kept with ids, banks, labels and times; the
/// old database is set aside with a report of what is lost; indexes are built anew.
///
/// No other process may use the corpus meanwhile.
///
/// @error kCorpusDamaged  nothing can be read; as of Corpus::open and Corpus::verify otherwise
///
/// Cost: reads every record twice; where there is damage, writes the sound ones once.
/// Thread safety: pure function of its files.
///
///     const Result<RepairReport> repaired = repair_corpus("known");
///     if (repaired && repaired->lost > 0) {
///         std::cerr << repaired->lost << " items lost; see " << repaired->set_aside << '\n';
///     }
[[nodiscard]] REFRAIN_API Result<RepairReport> repair_corpus(const std::string& location,
                                                             const CorpusOptions& options = {});

}  // namespace refrain
