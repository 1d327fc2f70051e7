// Random operations on a whole corpus against a plain map, by processes that are killed at any
// moment. REFRAIN_MODEL_OPERATIONS is how many; without it, few. REFRAIN_MODEL_SEED is where the
// random numbers begin.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "support/child_process.h"
#include "support/random_hash.h"
#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"

namespace refrain::test {
namespace {

constexpr std::uint64_t kSubjects = 150;  ///< media that may be known; those from here on never are
constexpr std::uint64_t kStrangers = 20;
/// A code that four items share counts for less, and a single picture is then no match.
constexpr std::uint64_t kBanks = 3;
constexpr std::uint64_t kMostFlippedBits = 12;  ///< of 256

/// A medium of one picture or, every third one, of four frames.
Fingerprint subject(std::uint64_t number) {
    std::mt19937_64 random(number);
    Fingerprint made;
    const int frames = number % 3 == 0 ? 4 : 1;
    made.media.kind = frames == 1 ? MediaKind::kImage : MediaKind::kVideo;
    made.media.width = 640;
    made.media.height = 360;
    made.media.digest.bytes = 1000 + number;
    for (std::uint8_t& byte : made.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    for (int i = 0; i < frames; ++i) {
        made.frames.push_back({MediaTime::from_seconds(i), random_hash(random), 90, i == 0});
    }
    made.decode.decoded_frames = static_cast<std::uint64_t>(frames);
    if (frames > 1) {
        made.media.duration = MediaTime::from_seconds(frames);
        made.decode.decoded_until = made.media.duration;
    }
    return made;
}

std::string bank_name(std::uint64_t number) { return "bank" + std::to_string(number); }

struct Entry {
    std::uint64_t subject = 0;
    std::string bank;
    auto operator<=>(const Entry&) const = default;

    [[nodiscard]] std::string id() const { return bank + "-" + std::to_string(subject); }
};

enum class Kind { kFind, kFindBytes, kPage, kWhole, kAdd, kTakenId, kRemove, kReopen, kFinish };

struct Operation {
    Kind kind = Kind::kFind;
    std::vector<Entry> entries;  ///< to add or remove; else the first is what is asked for
    std::vector<std::string> banks;
    std::string text;  ///< where a page begins, or an id
    std::size_t limit = 0;
    int flipped_bits = 0;
    bool by_reader = false;  ///< asked of the handle that does not write
};

/// What the corpus should hold.
struct Model {
    std::map<std::string, Entry> items;
    std::set<std::string> banks;  ///< that ever had an item

    std::vector<AddStatus> add(const std::vector<Entry>& entries) {
        std::vector<AddStatus> outcomes;
        for (const Entry& entry : entries) {
            const bool is_new = items.emplace(entry.id(), entry).second;
            banks.insert(entry.bank);
            outcomes.push_back(is_new ? AddStatus::kAdded : AddStatus::kExists);
        }
        return outcomes;
    }
    std::vector<bool> remove(const std::vector<Entry>& entries) {
        std::vector<bool> outcomes;
        for (const Entry& entry : entries) {
            outcomes.push_back(items.erase(entry.id()) > 0);
        }
        return outcomes;
    }
    void apply(const Operation& operation) {
        if (operation.kind == Kind::kAdd) {
            static_cast<void>(add(operation.entries));
        } else if (operation.kind == Kind::kRemove) {
            static_cast<void>(remove(operation.entries));
        }
    }
    [[nodiscard]] std::set<std::string> found(const Operation& operation) const {
        std::set<std::string> ids;
        for (const auto& [id, entry] : items) {
            const bool is_wanted =
                operation.banks.empty() || std::find(operation.banks.begin(), operation.banks.end(),
                                                     entry.bank) != operation.banks.end();
            if (is_wanted && entry.subject == operation.entries[0].subject) {
                ids.insert(id);
            }
        }
        return ids;
    }
};

Kind draw_kind(Draw& draw) {
    const std::uint64_t number = draw.below(2000);
    const auto below = [number](std::uint64_t limit) {
        return number < limit;
    };
    return below(1)     ? Kind::kReopen
           : below(2)   ? Kind::kFinish
           : below(6)   ? Kind::kWhole
           : below(10)  ? Kind::kTakenId
           : below(30)  ? Kind::kRemove
           : below(60)  ? Kind::kAdd
           : below(160) ? Kind::kPage
           : below(700) ? Kind::kFindBytes
                        : Kind::kFind;
}

Entry draw_entry(Draw& draw, std::uint64_t subjects) {
    const std::uint64_t number = draw.below(subjects);
    return {number, bank_name(draw.below(kBanks))};
}

Operation draw_operation(Draw& draw) {
    Operation operation;
    operation.kind = draw_kind(draw);
    const bool changes = operation.kind == Kind::kAdd || operation.kind == Kind::kRemove;
    const std::size_t count = changes ? 1 + draw.below(8) : 1;
    for (std::size_t i = 0; i < count; ++i) {
        operation.entries.push_back(draw_entry(draw, kSubjects + (changes ? 0 : kStrangers)));
    }
    for (std::uint64_t i = draw.below(3); i > 0; --i) {
        operation.banks.push_back(bank_name(draw.below(kBanks)));
    }
    operation.text = draw.coin() ? draw_entry(draw, kSubjects).id() : std::string();
    operation.limit = 1 + draw.below(50);
    operation.flipped_bits = static_cast<int>(draw.below(kMostFlippedBits + 1));
    operation.by_reader = draw.coin();
    return operation;
}

std::vector<NewItem> items_of(const std::vector<Entry>& entries) {
    std::vector<NewItem> items;
    for (const Entry& entry : entries) {
        NewItem item;
        item.fingerprint = subject(entry.subject);
        item.bank = entry.bank;
        item.id = entry.id();
        item.name = "subject " + std::to_string(entry.subject);
        items.push_back(std::move(item));
    }
    return items;
}

/// The corpus, held by a process that may be killed.
class Holder {
  public:
    explicit Holder(std::filesystem::path folder) : folder_(std::move(folder)) { open(); }

    /// Does an operation on the corpus and on the model. @return what differs; empty: nothing
    std::string run(const Operation& operation, Model& model) {
        switch (operation.kind) {
            case Kind::kFind:
                return find(operation, model);
            case Kind::kFindBytes:
                return find_bytes(operation, model);
            case Kind::kPage:
                return page(operation, model);
            case Kind::kWhole:
                return ids() == ids_of(model) ? "" : "the whole list differs";
            case Kind::kAdd:
                return add(operation, model);
            case Kind::kTakenId:
                return take_id(operation, model);
            case Kind::kRemove:
                return remove(operation, model);
            case Kind::kReopen:
                open();
                return "";
            case Kind::kFinish:
                return writer_->finish_adding() ? "" : "adding cannot be finished";
        }
        return "no such operation";
    }

    /// The ids that the corpus lists.
    [[nodiscard]] std::vector<std::string> ids() const {
        std::vector<std::string> all;
        const Result<void> listed = reader_->list([&](const ItemSummary& item) {
            all.push_back(item.id);
            return true;
        });
        return listed ? all : std::vector<std::string>{"error: " + listed.error().message};
    }
    static std::vector<std::string> ids_of(const Model& model) {
        std::vector<std::string> all;
        for (const auto& [id, entry] : model.items) {
            all.push_back(id);
        }
        return all;
    }

  private:
    void open() {
        reader_.reset();
        writer_.reset();
        writer_.emplace(Corpus::open(folder_, CorpusMode::kCreate).value());
        reader_.emplace(Corpus::open(folder_, CorpusMode::kReadOnly).value());
    }
    [[nodiscard]] const Corpus& asked(const Operation& operation) const {
        return operation.by_reader ? *reader_ : *writer_;
    }

    [[nodiscard]] std::string find(const Operation& operation, const Model& model) const {
        std::mt19937_64 random(operation.entries[0].subject + operation.limit);
        Fingerprint query = subject(operation.entries[0].subject);
        if (operation.flipped_bits > 0) {
            ++query.media.digest.sha256[0];
            for (FrameHash& frame : query.frames) {
                frame.hash = with_flipped_bits(frame.hash, operation.flipped_bits, random);
            }
        }
        FindOptions options;
        options.banks = operation.banks;
        const Result<FindAnswer> answer = asked(operation).find(query, options);
        const bool is_known =
            std::all_of(operation.banks.begin(), operation.banks.end(),
                        [&](const auto& bank) { return model.banks.contains(bank); });
        if (!is_known) {
            return !answer && answer.error().code == ErrorCode::kUnknownBank
                       ? ""
                       : "a bank that never had an item was searched";
        }
        if (!answer) {
            return "find: " + answer.error().message;
        }
        std::set<std::string> found;
        for (const Match& match : answer->matches) {
            found.insert(match.id);
        }
        const std::set<std::string> expected = model.found(operation);
        const bool is_match = answer->status == FindStatus::kMatch;
        return found == expected && found.size() == answer->matches.size() &&
                       is_match == !expected.empty()
                   ? ""
                   : "find: " + std::to_string(found.size()) + " matches instead of " +
                         std::to_string(expected.size());
    }

    [[nodiscard]] std::string find_bytes(const Operation& operation, const Model& model) const {
        const Entry& entry = operation.entries[0];
        const auto known =
            asked(operation).find_bytes(entry.bank, subject(entry.subject).media.digest.sha256);
        if (!known) {
            return "find_bytes: " + known.error().message;
        }
        const bool is_expected = model.items.contains(entry.id());
        return known->has_value() == is_expected &&
                       (!is_expected || (*known)->item.id == entry.id())
                   ? ""
                   : "find_bytes differs for " + entry.id();
    }

    [[nodiscard]] std::string page(const Operation& operation, const Model& model) const {
        const Result<ItemPage> page = asked(operation).list(operation.text, operation.limit);
        if (!page) {
            return "list: " + page.error().message;
        }
        auto next =
            operation.text.empty() ? model.items.begin() : model.items.upper_bound(operation.text);
        for (const ItemSummary& item : page->items) {
            if (next == model.items.end() || item.id != next->first ||
                item.bank != next->second.bank) {
                return "a page differs at " + item.id;
            }
            ++next;
        }
        // A full page may leave it to the next one to say that nothing follows.
        const bool is_last = next == model.items.end();
        const bool is_full = page->items.size() == operation.limit;
        const bool is_sound = page->next.empty() ? is_last : is_full;
        return is_sound ? "" : "a page ends too early or too late";
    }

    std::string add(const Operation& operation, Model& model) {
        const auto outcomes = writer_->add(items_of(operation.entries));
        if (!outcomes) {
            return "add: " + outcomes.error().message;
        }
        std::vector<AddStatus> got;
        for (const AddOutcome& outcome : *outcomes) {
            got.push_back(outcome.status);
        }
        return got == model.add(operation.entries) ? "" : "add tells other outcomes";
    }

    /// An id that another medium has is refused, and nothing of its batch is kept.
    std::string take_id(const Operation& operation, const Model& model) {
        const Entry& wanted = operation.entries[0];
        const auto other = model.items.lower_bound(operation.text);
        if (other == model.items.end() || model.items.contains(wanted.id()) ||
            other->second.subject == wanted.subject) {
            return "";
        }
        std::vector<NewItem> items = items_of({wanted, {kSubjects + kStrangers, wanted.bank}});
        items[0].id = other->first;
        const auto outcomes = writer_->add(items);
        return !outcomes && outcomes.error().code == ErrorCode::kIdTaken ? ""
                                                                         : "a taken id is given";
    }

    std::string remove(const Operation& operation, Model& model) {
        std::vector<Entry> entries = operation.entries;
        std::sort(entries.begin(), entries.end());
        entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
        std::vector<std::string> ids;
        for (const Entry& entry : entries) {
            ids.push_back(entry.id());
        }
        const auto outcomes = writer_->remove(ids);
        if (!outcomes) {
            return "remove: " + outcomes.error().message;
        }
        return *outcomes == model.remove(entries) ? "" : "remove tells other outcomes";
    }

    std::filesystem::path folder_;
    std::optional<Corpus> writer_;
    std::optional<Corpus> reader_;
};

/// What a child says: which state it found, then one number for each operation that is done.
constexpr std::uint64_t kIsAbsent = 0;
constexpr std::uint64_t kIsThere = 1;
constexpr std::uint64_t kIsNeither = 2;

/// Plays the model beside a chain of children, of which each but the last is killed.
class ModelRun {
  public:
    ModelRun(std::uint64_t operations, std::uint64_t seed)
        : operations_(operations), seed_(seed), draw_(seed) {}

    void run() {
        Draw kills(seed_ + 84);
        while (done_ < operations_) {
            const std::uint64_t first_kill = 1 + operations_ / 200;
            const std::uint64_t life = 1 + kills.below(2 * first_kill);
            play(life, kills);
            ASSERT_FALSE(testing::Test::HasFailure()) << "after " << done_ << " operations";
        }
        std::printf(
            "seed %llu: %llu operations, %llu kills, %llu of an unfinished change: %llu kept\n",
            count(seed_), count(done_), count(kills_), count(pending_changes_),
            count(kept_changes_));
    }

  private:
    static unsigned long long count(std::uint64_t number) { return number; }

    int child(int pipe) const {
        Holder holder(folder_ / "corpus");
        Model model = model_;
        const std::vector<std::string> ids = holder.ids();
        std::uint64_t state = ids == Holder::ids_of(model) ? kIsAbsent : kIsNeither;
        if (state == kIsNeither && pending_) {
            model.apply(*pending_);
            state = ids == Holder::ids_of(model) ? kIsThere : kIsNeither;
        }
        ChildProcess::send(pipe, state);
        if (state == kIsNeither) {
            return 1;
        }
        Draw draw = draw_;
        for (std::uint64_t i = done_; i < operations_; ++i) {
            const std::string difference = holder.run(draw_operation(draw), model);
            if (!difference.empty()) {
                std::fprintf(stderr, "operation %llu: %s\n", count(i), difference.c_str());
                return 1;
            }
            ChildProcess::send(pipe, i);
        }
        return 0;
    }

    /// One child. It is killed once it has done `life` operations, if there are so many left.
    void play(std::uint64_t life, Draw& kills) {
        ChildProcess process([this](int pipe) { return child(pipe); });
        std::uint64_t state = kIsNeither;
        ASSERT_TRUE(process.receive(state)) << "the child died before it had opened the corpus";
        ASSERT_NE(state, kIsNeither) << "a change was lost, torn or made up";
        if (state == kIsThere) {
            model_.apply(*pending_);
            ++kept_changes_;
        }
        pending_.reset();
        // A change takes longer than its neighbours: half of the kills wait for one.
        const bool waits_for_change = kills.coin();
        bool is_killed = false;
        std::uint64_t at = 0;
        while (process.receive(at)) {
            ASSERT_EQ(at, done_);
            model_.apply(draw_operation(draw_));
            ++done_;
            Draw ahead = draw_;
            const Kind next = draw_operation(ahead).kind;
            const bool is_change = next == Kind::kAdd || next == Kind::kRemove;
            if (!is_killed && life <= 1 && (is_change || !waits_for_change)) {
                process.kill_now();
                is_killed = true;
            }
            life -= life > 1 ? 1 : 0;
        }
        const int status = process.wait();
        kills_ += status == -1 ? 1 : 0;
        ASSERT_TRUE(status == 0 || (status == -1 && is_killed)) << "status " << status;
        if (done_ < operations_) {
            pending_ = draw_operation(draw_);
            ++done_;
            const bool is_change = pending_->kind == Kind::kAdd || pending_->kind == Kind::kRemove;
            pending_changes_ += is_change ? 1 : 0;
        }
    }

    const std::uint64_t operations_;
    const std::uint64_t seed_;
    TempFolder folder_;
    Model model_;
    Draw draw_;
    std::optional<Operation> pending_;  ///< what the killed child was at
    std::uint64_t done_ = 0;
    std::uint64_t kills_ = 0;
    std::uint64_t pending_changes_ = 0;
    std::uint64_t kept_changes_ = 0;
};

/// A number of the environment.
std::uint64_t given(const char* name, std::uint64_t otherwise) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
}

TEST(Corpus, IsThePlainMapThatItShouldBeWhateverKillsItsProcess) {
    ModelRun(given("REFRAIN_MODEL_OPERATIONS", 4'000), given("REFRAIN_MODEL_SEED", 15)).run();
}

}  // namespace
}  // namespace refrain::test
