#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "refrain/corpus.h"

#include "evidence/frames/candidate.h"
#include "evidence/frames/frame_pairs.h"
#include "evidence/known_set.h"
#include "evidence/local/placer.h"
#include "evidence/query.h"
#include "match/match_item.h"

namespace refrain::corpus {

/// What one look-up may still do, for all parts of its query together.
struct WorkLeft {
    std::size_t pairs = std::size_t{1} << 30;  ///< of codes, compared around what seeds found
    std::size_t items = 256;                   ///< that are matched
    std::string cut_off;                       ///< what was left out, in one line; empty: nothing
};

/// What seeds and local features of one part of a query found.
///
/// Thread safety: one thread at a time.
class PartSearch {
  public:
    /// Borrows the part.
    explicit PartSearch(const Fingerprint& part) : query_(part) {}
    PartSearch(const PartSearch&) = delete;
    PartSearch& operator=(const PartSearch&) = delete;
    PartSearch(PartSearch&&) = delete;
    PartSearch& operator=(PartSearch&&) = delete;
    ~PartSearch() = default;

    /// Lets the seeds find candidates. @error as of KnownSet::search and ItemSource
    [[nodiscard]] Result<void> search_frames(const evidence::KnownSet& known,
                                             const FindOptions& options);
    /// Lets local features find places. @error as of `search_local`
    [[nodiscard]] Result<void> search_places(const evidence::KnownSet& known,
                                             const FindOptions& options,
                                             evidence::LocalShare share);

    [[nodiscard]] const evidence::Query& query() const { return query_; }
    [[nodiscard]] const evidence::SeedFindings& findings() const { return findings_; }
    [[nodiscard]] const evidence::LocalFindings& places() const { return places_; }
    /// Whether it has anything to search for.
    [[nodiscard]] bool is_searchable() const {
        return !query_.frames().empty() || !query_.fingerprint().local.empty();
    }

    /// Adds the views of an item that seeds found, by themselves, and all views that agree with
    /// places, with these; each with its pairs of near frames.
    ///
    /// @param context  outlives the aspects, as does this
    void add_aspects(const evidence::KnownItem& item,
                     const match::LookUpContext& context,
                     WorkLeft& work,
                     std::vector<match::Aspect>& aspects);

  private:
    /// A view of the query beside a part of an item.
    struct ViewOfPart {
        std::int64_t key = 0;
        std::uint32_t part = 0;
        std::uint32_t view = 0;

        // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
        friend auto operator<=>(const ViewOfPart&, const ViewOfPart&) = default;
    };

    void sort_hits(const evidence::KnownItem& item);
    const std::vector<evidence::PairedFrame>& pairs_of(const evidence::KnownItem& item,
                                                       const ViewOfPart& place,
                                                       WorkLeft& work);

    evidence::Query query_;
    evidence::SeedFindings findings_;
    evidence::LocalFindings places_;
    std::map<std::int64_t, std::vector<const evidence::Candidate*>> candidates_;  ///< by item
    /// By item: what its hits became, in the order of their votes.
    std::map<std::int64_t, std::vector<ViewOfPart>> sorted_;
    std::map<ViewOfPart, std::vector<evidence::SeedHit>> hits_;
    std::map<ViewOfPart, std::vector<evidence::PairedFrame>> pairs_;
};

}  // namespace refrain::corpus
