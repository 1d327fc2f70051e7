#include "refrain/import.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "refrain/bundle.h"

namespace refrain {

namespace {

// Of entries of lists, which are small: a commit touches some pages of the database for each of its
// items, and the more items the more of them share a page.
constexpr std::size_t kBatchItems = 8192;
constexpr std::size_t kBatchBytes = std::size_t{64} << 20;

/// The bytes of an input, of which the first were looked at.
class Peeked {
  public:
    explicit Peeked(const FeedBytes& bytes) : bytes_(bytes) {
        constexpr std::size_t kAhead = 65'536;
        ahead_.resize(kAhead);
        std::size_t size = 0;
        while (size < kAhead && !failure_) {
            const auto got = bytes_(std::span(ahead_.data() + size, kAhead - size));
            if (!got) {
                failure_ = got.error();
            } else if (*got > kAhead - size) {
                failure_ =
                    Error{ErrorCode::kInvalidArgument, "a source gave more than it had room for"};
            }
            if (failure_ || *got == 0) {
                break;
            }
            size += *got;
        }
        ahead_.resize(size);
    }

    [[nodiscard]] std::string_view ahead() const { return ahead_; }

    /// All bytes from the beginning; this must outlive them.
    [[nodiscard]] FeedBytes all() {
        return [this](std::span<char> into) -> Result<std::size_t> {
            if (position_ < ahead_.size()) {
                const std::size_t size = std::min(into.size(), ahead_.size() - position_);
                std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(position_), size,
                            into.begin());
                position_ += size;
                return size;
            }
            return failure_ ? Result<std::size_t>(*failure_) : bytes_(into);
        };
    }

  private:
    const FeedBytes& bytes_;
    std::string ahead_;
    std::size_t position_ = 0;
    std::optional<Error> failure_;
};

Result<FeedFormat> format_of(const Peeked& peeked, FeedFormat wanted) {
    if (wanted != FeedFormat::kAuto) {
        return wanted;
    }
    const auto found = detect_feed(peeked.ahead());
    return found ? Result<FeedFormat>(*found)
                 : Error{ErrorCode::kUnsupportedFormat,
                         "no list, feed or bundle of a known format; --format names one"};
}

std::size_t weight_of(const Fingerprint& fingerprint) {
    std::size_t bytes = sizeof(NewItem) + fingerprint.frames.size() * sizeof(FrameHash);
    for (const LocalFrame& frame : fingerprint.local) {
        bytes += sizeof(LocalFrame) + frame.points.size() * sizeof(LocalPoint);
    }
    for (const Fingerprint& part : fingerprint.more_parts) {
        bytes += weight_of(part);
    }
    return bytes;
}

bool concerns_one_item(ErrorCode code) {
    return code == ErrorCode::kIdTaken || code == ErrorCode::kInvalidArgument ||
           code == ErrorCode::kTooLarge;
}

/// Puts items into the corpus, batch by batch, and counts what becomes of them.
class Importer {
  public:
    Importer(Corpus& corpus, const ImportOptions& options, const RefusalVisitor& refused)
        : corpus_(corpus), options_(options), refused_(refused) {}

    /// @return whether to go on
    bool take(NewItem&& item, std::uint64_t line) {
        const bool is_moved = !options_.bank.empty() && options_.bank != item.bank;
        if (is_moved) {
            item.bank = options_.bank;
            item.id.clear();
        } else if (item.bank.empty()) {
            item.bank = "default";
        }
        for (const auto& [name, value] : options_.labels) {
            item.labels.insert_or_assign(name, value);
        }
        if (!withdrawals_.empty() && !flush()) {
            return false;
        }
        bytes_ += weight_of(item.fingerprint);
        items_.push_back(std::move(item));
        lines_.push_back(line);
        return (items_.size() < kBatchItems && bytes_ < kBatchBytes) || flush();
    }

    /// Takes back what the source said. @return whether to go on
    bool withdraw(Withdrawal&& withdrawal, std::uint64_t line) {
        // In the order of the feed: an entry may come and go in one page.
        if (!items_.empty() && !flush()) {
            return false;
        }
        withdrawal.bank = options_.bank.empty() ? "default" : options_.bank;
        withdrawals_.push_back(std::move(withdrawal));
        lines_.push_back(line);
        return withdrawals_.size() < kBatchItems || flush();
    }

    /// How the source is called.
    [[nodiscard]] std::string source() const {
        return options_.source.empty() ? std::string(feed_format_name(counts_.format))
                                       : options_.source;
    }

    bool flush() {
        if (!items_.empty() && !counts_.error) {
            commit(std::span<const NewItem>(items_), lines_);
        }
        if (!withdrawals_.empty() && !counts_.error) {
            commit(std::span<const Withdrawal>(withdrawals_), lines_);
        }
        items_.clear();
        withdrawals_.clear();
        lines_.clear();
        bytes_ = 0;
        return !counts_.error.has_value();
    }

    void refuse(std::string_view reason, std::uint64_t line, std::string detail) {
        ++counts_.refused[std::string(reason)];
        tell({reason, line, std::move(detail)});
    }
    void tell(const ImportRefusal& refusal) {
        if (refused_) {
            refused_(refusal);
        }
    }

    [[nodiscard]] ImportCounts& counts() { return counts_; }

  private:
    void commit(std::span<const NewItem> items, std::span<const std::uint64_t> lines) {
        const auto outcomes = corpus_.add(items, {options_.author, LabelRule::kFillIn});
        if (!outcomes) {
            take_error(outcomes.error(), items, lines);
            return;
        }
        for (const AddOutcome& outcome : *outcomes) {
            ++(outcome.status == AddStatus::kAdded    ? counts_.added
               : outcome.status == AddStatus::kExists ? counts_.exists
                                                      : counts_.stale);
        }
    }

    void commit(std::span<const Withdrawal> withdrawals, std::span<const std::uint64_t> lines) {
        const auto outcomes = corpus_.withdraw(withdrawals, options_.author);
        if (!outcomes) {
            take_error(outcomes.error(), withdrawals, lines);
            return;
        }
        for (const WithdrawOutcome& outcome : *outcomes) {
            counts_.deleted += outcome.removed;
            counts_.kept += outcome.kept;
            counts_.stale += outcome.is_stale ? 1 : 0;
        }
    }

    /// What concerns one entry must not keep the others of its batch back.
    template <typename Entry>
    void take_error(const Error& error,
                    std::span<const Entry> entries,
                    std::span<const std::uint64_t> lines) {
        if (!concerns_one_item(error.code)) {
            counts_.error = error;
        } else if (entries.size() == 1) {
            refuse(error_code_name(error.code), lines.front(), error.message);
        } else {
            for (std::size_t i = 0; i < entries.size() && !counts_.error; ++i) {
                commit(entries.subspan(i, 1), lines.subspan(i, 1));
            }
        }
    }

    Corpus& corpus_;
    const ImportOptions& options_;
    const RefusalVisitor& refused_;
    ImportCounts counts_;
    std::vector<NewItem> items_;
    std::vector<Withdrawal> withdrawals_;  ///< empty where there are items
    std::vector<std::uint64_t> lines_;     ///< of either
    std::size_t bytes_ = 0;
};

void add_up(ImportCounts& counts, const FeedCounts& read) {
    counts.format = read.format;
    counts.lines = read.lines;
    counts.passed_over = read.passed_over;
    counts.unknown_fields = read.unknown_fields;
}

void add_refused(ImportCounts& counts, const std::map<std::string, std::uint64_t>& refused) {
    for (const auto& [reason, count] : refused) {
        counts.refused[reason] += count;
    }
}

SourceClaim claim_of(const FeedEntry& entry, std::string source) {
    SourceClaim claim;
    claim.source = std::move(source);
    claim.entry = entry.source_id;
    claim.opinion = entry.opinion;
    claim.opinions = entry.opinions;
    claim.stated_at_us = entry.at_us;
    return claim;
}

/// @return whether to go on
bool take_entry(Importer& importer, FeedEntry&& entry) {
    if (entry.action == FeedAction::kWithdraw) {
        if (entry.source_id.empty()) {
            importer.refuse("no_id", entry.line, "a withdrawal that does not say of what");
            return true;
        }
        return importer.withdraw({importer.source(), {}, entry.source_id, entry.at_us}, entry.line);
    }
    Result<NewItem> item = hash_only_item(entry);
    if (!item) {
        importer.refuse(error_code_name(item.error().code), entry.line, item.error().message);
        return true;
    }
    item->claims.push_back(claim_of(entry, importer.source()));
    item->disabled_until_us = entry.disabled_until_us;
    return importer.take(std::move(item).value(), entry.line);
}

Result<void> import_bundle(Importer& importer,
                           const FeedBytes& bytes,
                           const std::stop_token& stop) {
    std::uint64_t record = 0;
    const auto read =
        read_bundle(bytes,
                    {[&](NewItem&& item) {
                         if (is_hash_only(item.fingerprint.media)) {
                             item.claims.push_back(claim_of({}, importer.source()));
                         }
                         return importer.take(std::move(item), ++record);
                     },
                     [&](const BundleRefusal& refusal) {
                         record = refusal.record;
                         importer.tell({refusal.reason, refusal.record, refusal.detail});
                         return true;
                     }},
                    stop);
    importer.flush();
    if (!read) {
        return read.error();
    }
    importer.counts().lines = read->records;
    add_refused(importer.counts(), read->refused);
    return {};
}

Result<void> import_list(Importer& importer,
                         const FeedBytes& bytes,
                         const FeedOptions& options,
                         const std::stop_token& stop) {
    const auto read =
        read_feed(bytes, options,
                  {[&](FeedEntry&& entry) { return take_entry(importer, std::move(entry)); },
                   [&](const FeedRefusal& refusal) {
                       importer.tell({refusal.reason, refusal.line, refusal.detail});
                       return true;
                   }},
                  stop);
    importer.flush();
    if (!read) {
        return read.error();
    }
    add_up(importer.counts(), *read);
    add_refused(importer.counts(), read->refused);
    return {};
}

Error no_bytes() { return {ErrorCode::kInvalidArgument, "an import needs its bytes"}; }

}  // namespace

Result<ImportCounts> import_into(Corpus& corpus,
                                 const FeedBytes& bytes,
                                 const ImportOptions& options,
                                 const RefusalVisitor& refused,
                                 const std::stop_token& stop) {
    if (!bytes) {
        return no_bytes();
    }
    Peeked peeked(bytes);
    const Result<FeedFormat> format = format_of(peeked, options.format);
    if (!format) {
        return format.error();
    }
    Importer importer(corpus, options, refused);
    importer.counts().format = *format;
    Result<void> done;
    if (*format == FeedFormat::kRecords) {
        done = import_bundle(importer, peeked.all(), stop);
    } else {
        done = import_list(importer, peeked.all(), {*format, options.is_word_reversed}, stop);
    }
    // What was committed before the end is counted.
    if (!done && !importer.counts().error) {
        importer.counts().error = done.error();
    }
    return std::move(importer.counts());
}

Result<ImportCounts> inspect_import(const FeedBytes& bytes,
                                    const ImportOptions& options,
                                    const RefusalVisitor& refused,
                                    const std::stop_token& stop) {
    if (!bytes) {
        return no_bytes();
    }
    Peeked peeked(bytes);
    const Result<FeedFormat> format = format_of(peeked, options.format);
    if (!format) {
        return format.error();
    }
    ImportCounts counts;
    counts.format = *format;
    const auto tell = [&](std::string_view reason, std::uint64_t line, const std::string& detail) {
        if (refused) {
            refused({reason, line, detail});
        }
        return true;
    };
    if (*format == FeedFormat::kRecords) {
        const auto read =
            read_bundle(peeked.all(),
                        {[&](NewItem&&) {
                             ++counts.added;
                             return true;
                         },
                         [&](const BundleRefusal& refusal) {
                             return tell(refusal.reason, refusal.record, refusal.detail);
                         }},
                        stop);
        if (!read) {
            return read.error();
        }
        counts.lines = read->records;
        counts.refused = read->refused;
        return counts;
    }
    const auto read = read_feed(peeked.all(), {*format, options.is_word_reversed},
                                {[](FeedEntry&&) { return true; },
                                 [&](const FeedRefusal& refusal) {
                                     return tell(refusal.reason, refusal.line, refusal.detail);
                                 }},
                                stop);
    if (!read) {
        return read.error();
    }
    add_up(counts, *read);
    counts.added = read->asserted;
    counts.deleted = read->withdrawn;
    counts.refused = read->refused;
    return counts;
}

}  // namespace refrain
