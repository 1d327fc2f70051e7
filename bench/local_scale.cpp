// What local features cost where many are known: local_scale FOLDER [CODES...]
//
// For each number of codes (default 200000 1000000) fills a local channel with pictures, lets it
// write its snapshot, and opens that in a process that holds nothing else, as a look-up does.
// Prints bytes on disk and in memory, opening, what 1,000 benign pictures cost by the first look
// and 20 of them by all their points, how many of the known pairs are found, and how soon a picture
// that is added is found.
//
// FOLDER takes the snapshot, 44 bytes a code, and is made empty again. REFRAIN_BENCH_LOCAL names
// files as quality/local_pairs.py writes them, apart by colons. Known are all pictures of files
// with queries, and of the others seven of eight blocks of 200; the eighth blocks are the benign
// pictures. Without files codes are made up. For volume the real ones come again, mixed with others
// of their word; where the points lie is made up always. Memory while filling: 50 bytes a code.
//
// REFRAIN_BENCH_GROUP names a folder of a memory group of its own (cgroup v1, such as
// /sys/fs/cgroup/memory/refrain; needs root). After filling the program goes into it, and gives it
// 16 bytes a code for all that it holds from then on, pages of the file in the system's cache too.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evidence/local/first_look.h"
#include "evidence/local/local_channel.h"
#include "evidence/local/local_votes.h"
#include "index/local_snapshot.h"
#include "local_codes.h"
#include "process_cost.h"
#include "require.h"
#include "timing.h"

namespace refrain::bench {
namespace {

constexpr std::size_t kBlock = 200;  // pictures: crops of one photo lie beside each other
constexpr std::size_t kHeldOut = 8;  // one of so many blocks
constexpr std::size_t kQueryPoints = 1500;
constexpr std::uint16_t kQuerySide = 768;
constexpr std::uint16_t kKnownSide = 512;
constexpr std::size_t kBenign = 1000;
constexpr std::size_t kVotesAlone = 100;
constexpr std::size_t kAskedByAll = 20;
constexpr std::size_t kPairsOfPicture = 24;
constexpr std::size_t kAsking = 1080;  // points of a first look, both mirrorings
constexpr std::size_t kAdded = 200;
constexpr int kNear = 50;
constexpr double kBytesInGroup = 16;  // a code
constexpr double kMib = 1 << 20;

void drop_from_cache(const std::filesystem::path& file) {
    const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    require(opened >= 0 && ::fsync(opened) == 0 &&
            ::posix_fadvise(opened, 0, 0, POSIX_FADV_DONTNEED) == 0);
    ::close(opened);
}

/// The codes of all files: what is known, what is asked, and what is known of neither.
struct Material {
    std::vector<std::vector<Hash256>> known;
    std::vector<PairedQuery> pairs;
    std::vector<std::vector<Hash256>> benign;
};

Material material() {
    std::vector<LocalCodes> files = local_codes_of_environment();
    if (files.empty()) {
        files = {made_local_codes(1), made_local_codes(2)};
        files[1].queries.clear();
    }
    Material all;
    for (const LocalCodes& file : files) {
        for (PairedQuery query : file.queries) {
            if (query.picture >= 0) {
                query.picture += static_cast<std::int32_t>(all.known.size());
                all.pairs.push_back(query);
            }
        }
        for (std::size_t i = 0; i < file.pictures.size(); ++i) {
            const bool is_benign = file.queries.empty() && i / kBlock % kHeldOut == kHeldOut - 1;
            if (!file.pictures[i].empty()) {
                (is_benign ? all.benign : all.known).push_back(file.pictures[i]);
            } else if (!file.queries.empty()) {
                all.known.emplace_back();  // its number is taken
            }
        }
    }
    if (all.benign.empty()) {
        all.benign = made_local_codes(3).pictures;
    }
    return all;
}

/// Points with these codes, anywhere in a picture.
LocalFrame frame_of(const std::vector<Hash256>& codes,
                    std::uint16_t side,
                    std::mt19937_64& random) {
    LocalFrame frame;
    frame.width = frame.height = side;
    for (const Hash256& code : codes) {
        const auto place = [&] {
            return static_cast<std::uint16_t>(random() % (side * LocalPoint::kPositionUnits));
        };
        frame.points.push_back({place(), place(), static_cast<std::uint8_t>(random() % 100),
                                static_cast<std::uint8_t>(random()), code});
    }
    return frame;
}

/// The known pictures, each made when it is asked for: the real ones, then mixed ones.
class MadeItems final : public evidence::ItemSource {
  public:
    explicit MadeItems(const Material& material) : known_(material.known), mixer_(material.known) {}

    [[nodiscard]] evidence::KnownItem item(std::int64_t key) const {
        const auto number = static_cast<std::size_t>(key);
        std::mt19937_64 random(number);
        evidence::KnownItem made;
        made.key = key;
        made.local.push_back(frame_of(
            number < known_.size() ? known_[number] : mixer_.mixed(number % known_.size(), random),
            kKnownSide, random));
        return made;
    }

    Result<evidence::KnownItemPtr> find(std::int64_t key) override {
        return std::make_shared<const evidence::KnownItem>(item(key));
    }
    Result<std::vector<evidence::KnownItemPtr>> find_bytes(const Sha256& /*sha256*/) override {
        return std::vector<evidence::KnownItemPtr>();
    }
    void forget(std::int64_t /*key*/) override {}

  private:
    const std::vector<std::vector<Hash256>>& known_;
    CodeMixer mixer_;
};

evidence::ChannelOptions options_of(const std::filesystem::path& folder) {
    evidence::ChannelOptions options;
    options.folder = folder;
    options.mark_of = [](std::uint64_t sequence) {
        return std::optional(sequence);
    };
    options.threads = 2;
    return options;
}

/// In a process of its own, so that the one that measures has never held more than it needs.
/// @return the keys that are taken
std::int64_t fill(const std::filesystem::path& folder, MadeItems& items, std::size_t codes) {
    const std::filesystem::path count = folder / "items";
    const pid_t child = ::fork();
    require(child >= 0);
    if (child == 0) {
        std::int64_t key = 0;
        {
            evidence::LocalChannel channel(options_of(folder), items);
            for (std::size_t put = 0; put < codes; ++key) {
                const evidence::KnownItem item = items.item(key);
                put += item.local[0].points.size();
                require(channel.add_in_bulk(item).ok());
            }
            require(channel.finish_bulk().ok());
            channel.set_sequence(1);
            channel.save_if_due({});
        }
        std::ofstream(count) << key;
        ::_exit(0);
    }
    int status = 0;
    require(::waitpid(child, &status, 0) == child && status == 0);
    std::int64_t keys = 0;
    std::ifstream(count) >> keys;
    std::filesystem::remove(count);
    return keys;
}

/// Pictures that are not known: several held out ones side by side, the most telling points first.
std::vector<Fingerprint> benign_queries(const Material& material) {
    std::vector<Fingerprint> queries;
    std::mt19937_64 random(7);
    for (std::size_t i = 0; i < kBenign; ++i) {
        std::vector<const std::vector<Hash256>*> shown;
        std::size_t most = 0;
        for (std::size_t points = 0; points < kQueryPoints;) {
            shown.push_back(&material.benign[random() % material.benign.size()]);
            points += shown.back()->size();
            most = std::max(most, shown.back()->size());
        }
        std::vector<Hash256> codes;
        for (std::size_t rank = 0; rank < most; ++rank) {
            for (const std::vector<Hash256>* one : shown) {
                if (rank < one->size() && codes.size() < kQueryPoints) {
                    codes.push_back((*one)[rank]);
                }
            }
        }
        queries.emplace_back();
        queries.back().media.kind = MediaKind::kImage;
        queries.back().local.push_back(frame_of(codes, kQuerySide, random));
    }
    return queries;
}

/// What this process holds beyond what it held before it opened the channel.
class Memory {
  public:
    explicit Memory(double codes) : codes_(codes) {}

    void print_since(const char* when) const {
        print((std::string("anonymous_bytes_per_code_") + when).c_str(),
              (kMib * status_mib("RssAnon") - anonymous_) / codes_);
        print((std::string("mapped_bytes_per_code_") + when).c_str(),
              (kMib * status_mib("RssFile") - mapped_) / codes_);
    }
    void set_codes(double codes) { codes_ = codes; }

  private:
    double codes_;
    double anonymous_ = kMib * status_mib("RssAnon");
    double mapped_ = kMib * status_mib("RssFile");
};

/// Goes into the memory group that the environment names, if it does.
void go_into_group(double codes) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts
    const char* const group = std::getenv("REFRAIN_BENCH_GROUP");
    if (group == nullptr) {
        return;
    }
    const std::filesystem::path folder = group;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "memory.limit_in_bytes")
        << static_cast<std::uint64_t>(kBytesInGroup * codes);
    std::ofstream(folder / "cgroup.procs") << ::getpid();
    std::ifstream file(folder / "cgroup.procs");
    const std::vector<std::string> inside{std::istream_iterator<std::string>(file), {}};
    require(std::find(inside.begin(), inside.end(), std::to_string(::getpid())) != inside.end());
}

/// Codes that lie in the lists of a code, on average over a query.
double compared(const std::filesystem::path& file,
                const Fingerprint& query,
                std::span<const std::uint32_t> points,
                std::size_t lists) {
    std::string why;
    const auto snapshot = index::Snapshot::open(file, index::kLocalSnapshot, why);
    require(snapshot.has_value());
    const auto parts = index::load_local_parts(*snapshot);
    require(parts.ok());
    std::vector<double> in_list(index::kLocalWords);
    for (const index::LocalPart& part : *parts) {
        const auto all = part.segment->lists();
        for (std::size_t i = 0; i + 1 < all.size(); ++i) {
            in_list[all[i].word] += all[i + 1].begin - all[i].begin;
        }
    }
    std::vector<Hash256> codes;
    for (const std::uint32_t point : points) {
        codes.push_back(query.local[0].points[point].code);
    }
    double sum = 0;
    for (const std::uint16_t word : index::nearest_words(codes, lists, index::local_kernels())) {
        sum += in_list[word];
    }
    return sum / static_cast<double>(codes.size());
}

void ask_first(const evidence::LocalChannel& channel,
               MadeItems& items,
               std::span<const Fingerprint> queries) {
    const FindOptions options;
    std::vector<double> whole;
    std::vector<double> waited;
    std::vector<double> votes;
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    double asks_on = 0;
    const std::uint32_t frame = 0;
    for (const Fingerprint& query : queries) {
        double began = thread_seconds();
        waited.push_back(1e3 * seconds([&] {
                             const auto is_worth = evidence::is_worth_asking(
                                 {channel, items, query, std::span(&frame, 1), options}, {});
                             require(is_worth.ok());
                             asks_on += *is_worth ? 1 : 0;
                         }));
        whole.push_back(1e3 * (thread_seconds() - began));
        if (votes.size() == kVotesAlone) {
            continue;
        }
        began = thread_seconds();
        require(evidence::vote_for_pictures(channel, query, std::span(&frame, 1), {},
                                            {.is_first_look = true,
                                             .by_signature = true,
                                             .lists = evidence::kFirstLookRules.lists,
                                             .fewest_pairs = 2})
                    .ok());
        votes.push_back(1e3 * (thread_seconds() - began));
    }
    print("first_look_p50_ms", percentile(whole, 0.5));
    print("first_look_p99_ms", percentile(whole, 0.99));
    print("first_look_wall_p50_ms", percentile(waited, 0.5));
    print("first_look_wall_p99_ms", percentile(waited, 0.99));
    print("first_look_wall_of_the_last_hundred_p50_ms",
          percentile(
              {waited.end() - static_cast<std::ptrdiff_t>(std::min(kVotesAlone, waited.size())),
               waited.end()},
              0.5));
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    print("major_faults", static_cast<double>(after.ru_majflt - before.ru_majflt));
    print("mib_read_from_disk", static_cast<double>(after.ru_inblock - before.ru_inblock) / 2048);
    print("first_look_votes_p50_ms", percentile(votes, 0.5));
    print("benign_that_ask_on", asks_on / static_cast<double>(queries.size()));
}

void ask_all(const evidence::LocalChannel& channel, std::span<const Fingerprint> queries) {
    std::vector<double> took;
    const std::uint32_t frame = 0;
    for (const Fingerprint& query : queries) {
        const double began = thread_seconds();
        require(evidence::vote_for_pictures(channel, query, std::span(&frame, 1), {}).ok());
        took.push_back(1e3 * (thread_seconds() - began));
    }
    print("all_points_p50_ms", percentile(took, 0.5));
}

/// Pairs within kNear bits of one known picture, asked for as its copy would: among other points.
struct CopyQuery {
    std::vector<Hash256> codes;  ///< those of the pairs, then such as are not known
    std::vector<PairedQuery> pairs;
};

std::vector<CopyQuery> copy_queries(const Material& material, std::span<const Fingerprint> others) {
    std::map<std::int32_t, std::vector<PairedQuery>> near;
    for (const PairedQuery& pair : material.pairs) {
        const auto& picture = material.known[static_cast<std::size_t>(pair.picture)];
        if (hamming_distance(picture[static_cast<std::size_t>(pair.point)], pair.code) <= kNear) {
            near[pair.picture].push_back(pair);
        }
    }
    std::vector<CopyQuery> queries;
    std::mt19937_64 random(5);
    for (auto& [picture, pairs] : near) {
        std::shuffle(pairs.begin(), pairs.end(), random);
        pairs.resize(std::min(pairs.size(), kPairsOfPicture));
        CopyQuery query{{}, pairs};
        for (const PairedQuery& pair : pairs) {
            query.codes.push_back(pair.code);
        }
        for (const LocalPoint& point : others[queries.size() % others.size()].local[0].points) {
            if (query.codes.size() < kAsking) {
                query.codes.push_back(point.code);
            }
        }
        queries.push_back(std::move(query));
    }
    return queries;
}

/// The share of the pairs whose known code is among the hits.
void find_pairs(const evidence::LocalChannel& channel, std::span<const CopyQuery> queries) {
    const auto print_found = [&](const char* name, const auto& ask) {
        double right = 0;
        double all = 0;
        for (const CopyQuery& query : queries) {
            const auto hits = ask(query.codes);
            require(hits.ok());
            right += static_cast<double>(
                std::count_if(hits->begin(), hits->end(), [&](const evidence::LocalPointHit& hit) {
                    return hit.query < query.pairs.size() &&
                           hit.key == query.pairs[hit.query].picture &&
                           hit.point == static_cast<std::uint32_t>(query.pairs[hit.query].point);
                }));
            all += static_cast<double>(query.pairs.size());
        }
        print(name, right / all);
    };
    const int first = evidence::kFirstLookRules.lists;
    print_found("pairs_found_by_first_look",
                [&](const auto& codes) { return channel.likely_near_points(codes, first, 1); });
    print_found("pairs_found_by_codes_in_as_many_lists",
                [&](const auto& codes) { return channel.near_points(codes, first); });
    print_found("pairs_found_by_all_points",
                [&](const auto& codes) { return channel.near_points(codes); });
}

void add_and_find(evidence::LocalChannel& channel, MadeItems& items, std::int64_t key) {
    std::vector<double> took;
    for (std::size_t i = 0; i < kAdded; ++i, ++key) {
        const evidence::KnownItem item = items.item(key);
        std::vector<Hash256> codes;
        for (const LocalPoint& point : item.local[0].points) {
            codes.push_back(point.code);
        }
        if (codes.empty()) {
            continue;
        }
        codes.resize(std::min<std::size_t>(codes.size(), 8));
        bool is_found = false;
        took.push_back(1e3 * seconds([&] {
                           require(channel.add(item).ok());
                           const auto hits = channel.near_points(codes, 1);
                           is_found = hits.ok() &&
                                      std::any_of(hits->begin(), hits->end(),
                                                  [&](const auto& hit) { return hit.key == key; });
                       }));
        require(is_found);
    }
    print("add_to_found_p50_ms", percentile(took, 0.5));
    print("add_to_found_p99_ms", percentile(took, 0.99));
    print("add_to_found_max_ms", *std::max_element(took.begin(), took.end()));
}

void measure(const std::filesystem::path& folder,
             MadeItems& items,
             std::span<const Fingerprint> queries,
             std::span<const CopyQuery> copies,
             std::size_t size) {
    const double began = thread_seconds();
    std::int64_t keys = 0;
    const double filling = seconds([&] { keys = fill(folder, items, size); });
    const std::filesystem::path file = folder / std::string(evidence::LocalChannel::kSnapshotName);
    drop_from_cache(file);
    Memory memory(1);
    go_into_group(static_cast<double>(size));
    evidence::LocalChannel channel(options_of(folder), items);
    const double opening = seconds([&] { require(channel.load({})); });
    const auto codes = static_cast<double>(channel.codes());
    std::printf("{\"codes\": %.0f, \"pictures\": %zu, \"fill_and_write_s\": %.1f", codes,
                channel.pictures(), filling);
    print("open_from_disk_s", opening);
    print("disk_bytes_per_code", static_cast<double>(std::filesystem::file_size(file)) / codes);
    memory.set_codes(codes);
    memory.print_since("opened");
    ask_first(channel, items, queries);
    memory.print_since("asked_first");
    ask_all(channel, queries.first(std::min(kAskedByAll, queries.size())));
    memory.print_since("asked_by_all");
    find_pairs(channel, copies);
    add_and_find(channel, items, keys);
    const auto first = evidence::first_points(queries[0].local[0]);
    std::vector<std::uint32_t> all(queries[0].local[0].points.size());
    std::iota(all.begin(), all.end(), 0U);
    print("compared_with_a_code_first",
          compared(file, queries[0], first,
                   static_cast<std::size_t>(evidence::kFirstLookRules.lists)));
    print(
        "compared_with_a_code_by_all",
        compared(file, queries[0], all, static_cast<std::size_t>(evidence::LocalChannel::kLists)));
    print("cpu_s", thread_seconds() - began);
    std::puts("\n}");
    std::filesystem::remove(file);
}

int run(const std::filesystem::path& folder, std::span<char*> sizes) {
    std::vector<std::size_t> codes;
    for (const char* size : sizes) {
        codes.push_back(std::stoul(size));
    }
    if (codes.empty()) {
        codes = {200'000, 1'000'000};
    }
    std::filesystem::create_directories(folder);
    const Material all = material();
    MadeItems items(all);
    const std::vector<Fingerprint> queries = benign_queries(all);
    const std::vector<CopyQuery> copies = copy_queries(all, queries);
    for (const std::size_t size : codes) {
        measure(folder, items, queries, copies, size);
    }
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: local_scale FOLDER [CODES...]\n", stderr);
        return 2;
    }
    return refrain::bench::run(argv[1], {argv + 2, argv + argc});
}
