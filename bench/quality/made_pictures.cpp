// More known pictures than there are photos, and what they cost a look-up.
//
//     made_pictures add CORPUS PREFIX COUNT
//     made_pictures compare CORPUS PREFIX PHOTOS OTHERS
//     made_pictures ask CORPUS LIST
//
// `add` makes COUNT pictures (quality/made_pictures.h) from those of CORPUS whose name begins with
// PREFIX, and makes them known there, after the ones that earlier calls made. `compare` prints how
// far made pictures are like these: what two halves of the real ones differ in stands beside it;
// the crops are of so many PHOTOS. OTHERS is a corpus of pictures that have nothing to do with
// them. `ask` looks up each picture of LIST, a file of paths, with one thread, and prints what that
// costs beside decoding, how many ask with all their points after the first look, and the memory of
// the process.

#include "quality/made_pictures.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

#include "corpus/item_cache.h"
#include "evidence/local/first_look.h"
#include "evidence/local/local_channel.h"
#include "evidence/saved_index.h"
#include "index/hamming_kernels.h"
#include "process_cost.h"
#include "require.h"
#include "store/location.h"
#include "timing.h"

namespace refrain::bench {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::size_t kCompared = 1000;  // pictures of each kind
constexpr std::size_t kAsking = 40;      // pictures of OTHERS whose codes are compared with all
constexpr std::size_t kPointsAsking = 400;
constexpr std::size_t kMomentCodes = 20'000;
constexpr std::array kNear{30, 40, 50};

/// The pictures with local features whose name begins so, and the first number that is free for
/// made ones.
struct Found {
    std::vector<Fingerprint> pictures;
    std::uint64_t made = 0;
};

Found pictures_in(const Corpus& corpus, std::string_view prefix) {
    Found found;
    const auto take = [&](const ItemSummary& item, Fingerprint&& fingerprint) {
        if (item.name.starts_with("made_")) {
            ++found.made;
        } else if (item.name.starts_with(prefix) && item.media.kind == MediaKind::kImage &&
                   fingerprint.local.size() == 1 && !fingerprint.frames.empty()) {
            found.pictures.push_back(std::move(fingerprint));
        }
        return true;
    };
    require(corpus.each_fingerprint(take).ok());
    return found;
}

int add(const std::string& folder, std::string_view prefix, std::uint64_t count) {
    Result<Corpus> corpus = Corpus::open(folder, CorpusMode::kReadWrite);
    require(corpus.ok());
    Found found = pictures_in(*corpus, prefix);
    require(found.pictures.size() >= 3);
    const std::uint64_t first = found.made;
    const PictureMaker maker(std::move(found.pictures));
    const double began = process_seconds();
    double making = 0;
    const double took = seconds([&] {
        for (std::uint64_t done = 0; done < count;) {
            const double before = process_seconds();
            std::vector<NewItem> batch;
            for (; batch.size() < kBatch && done < count; ++done) {
                batch.push_back(maker.made(first + done));
            }
            making += process_seconds() - before;
            require(corpus->add(batch).ok());
        }
    });
    const double added = process_seconds() - began - making;
    std::printf(
        "%llu pictures from %zu: made in %.1f s, added in %.1f s of processor time, %.1f s "
        "in all by the clock\n",
        static_cast<unsigned long long>(count), maker.donors().size(), making, added, took);
    const double before = process_seconds();
    const double opened = seconds([&] { require(corpus->finish_adding().ok()); });
    std::printf("indexes brought up to date in %.1f s of processor time, %.1f s by the clock, ",
                process_seconds() - before, opened);
    std::printf("%.0f MiB at most\n", status_mib("VmHWM"));
    return 0;
}

struct Spread {
    double sum = 0;
    double squares = 0;
    double count = 0;

    void add(double value) {
        sum += value;
        squares += value * value;
        ++count;
    }
    [[nodiscard]] double mean() const { return sum / count; }
    [[nodiscard]] double deviation() const { return std::sqrt(squares / count - mean() * mean()); }
};

/// What is compared of some pictures.
using Row = std::map<std::string, double>;

void measure_words(const std::vector<std::vector<Hash256>>& pictures,
                   Row& row,
                   std::vector<double>& in_word) {
    Spread nearest;
    Spread second;
    in_word.assign(index::kLocalWords, 0);
    for (const std::vector<Hash256>& codes : pictures) {
        const auto words = index::nearest_words(codes, 2, index::local_kernels());
        for (std::size_t i = 0; i < codes.size(); ++i) {
            nearest.add(hamming_distance(codes[i], index::local_word(words[2 * i])));
            second.add(hamming_distance(codes[i], index::local_word(words[2 * i + 1])));
            ++in_word[words[2 * i]];
        }
    }
    row["1 nearest word, bits: mean"] = nearest.mean();
    row["1 nearest word, bits: deviation"] = nearest.deviation();
    row["1 second word, bits: mean"] = second.mean();
    for (double& count : in_word) {
        count /= nearest.count;
    }
    std::vector<double> sorted = in_word;
    std::sort(sorted.rbegin(), sorted.rend());
    row["2 share of codes in the fullest 41 words"] =
        std::accumulate(sorted.begin(), sorted.begin() + 41, 0.0);
    double squares = 0;
    for (const double share : in_word) {
        squares += share * share;
    }
    row["2 codes of the list of a code, of a million"] = 1e6 * squares;
}

void measure_inside(const std::vector<std::vector<Hash256>>& pictures, Row& row) {
    Spread between;
    double near = 0;
    double has_near = 0;
    double codes_seen = 0;
    for (std::size_t p = 0; p < pictures.size(); p += 8) {
        const std::vector<Hash256>& codes = pictures[p];
        for (std::size_t i = 0; i < codes.size(); ++i) {
            bool is_near = false;
            for (std::size_t j = 0; j < codes.size(); ++j) {
                if (i != j) {
                    const int distance = hamming_distance(codes[i], codes[j]);
                    between.add(distance);
                    near += distance <= 50 ? 1 : 0;
                    is_near = is_near || distance <= 50;
                }
            }
            has_near += is_near ? 1 : 0;
            ++codes_seen;
        }
    }
    row["3 two codes of a picture, bits: mean"] = between.mean();
    row["3 two codes of a picture, bits: deviation"] = between.deviation();
    row["3 of these within 50 bits, of a million"] = 1e6 * near / between.count;
    row["3 codes with one of their picture within 50 bits"] = has_near / codes_seen;
}

/// What codes of pictures that have nothing to do with these meet among them.
void measure_strangers(const std::vector<std::vector<Hash256>>& pictures,
                       const std::vector<std::vector<Hash256>>& asking,
                       Row& row) {
    std::vector<Hash256> all;
    std::vector<std::uint32_t> of;
    for (std::size_t p = 0; p < pictures.size(); ++p) {
        all.insert(all.end(), pictures[p].begin(), pictures[p].end());
        of.resize(all.size(), static_cast<std::uint32_t>(p));
    }
    std::array<double, kNear.size()> within{};
    std::map<int, double> with_hits;  // pictures with at least so many of one that asks
    double asked = 0;
    double met = 0;
    double best = 0;
    for (const std::vector<Hash256>& codes : asking) {
        std::map<std::uint32_t, std::set<std::size_t>> hits;
        for (std::size_t i = 0; i < std::min(codes.size(), kPointsAsking); ++i) {
            std::vector<index::Near> found;
            index::hamming_kernels().scan(all, 0, codes[i], kNear.back(), found);
            for (const index::Near& one : found) {
                for (std::size_t n = 0; n < kNear.size(); ++n) {
                    within[n] += one.distance <= kNear[n] ? 1 : 0;
                }
                hits[of[one.position]].insert(i);
            }
            met += found.empty() ? 0 : 1;
            ++asked;
        }
        std::size_t most = 0;
        for (const auto& [picture, points] : hits) {
            for (const int least : {1, 2, 4, 8}) {
                with_hits[least] += static_cast<int>(points.size()) >= least ? 1 : 0;
            }
            most = std::max(most, points.size());
        }
        best += static_cast<double>(most);
    }
    const double millions = static_cast<double>(all.size()) * 1e-6;
    for (std::size_t n = 0; n < kNear.size(); ++n) {
        row["4 codes within " + std::to_string(kNear[n]) + " bits of a stranger's, of a million"] =
            within[n] / asked / millions;
    }
    row["4 codes of strangers that meet one within 50 bits"] = met / asked;
    for (const auto& [least, count] : with_hits) {
        row["5 pictures that a stranger has hits in, >= " + std::to_string(least) +
            ", of a thousand"] =
            1e3 * count / static_cast<double>(asking.size()) / static_cast<double>(pictures.size());
    }
    row["5 most hits in one picture, mean"] = best / static_cast<double>(asking.size());
}

/// Distances of codes of whole pictures.
void measure_whole(const std::string& name,
                   const std::vector<Hash256>& codes,
                   const std::vector<Hash256>& asking,
                   Row& row) {
    Spread all;
    Spread nearest;
    for (const Hash256& one : asking) {
        int least = 256;
        for (const Hash256& other : codes) {
            const int distance = hamming_distance(one, other);
            all.add(distance);
            least = std::min(least, distance);
        }
        nearest.add(least);
    }
    row[name + ", bits: mean"] = all.mean();
    row[name + ", bits: deviation"] = all.deviation();
    row[name + ", bits: nearest"] = nearest.mean();
}

struct Whole {
    std::vector<Hash256> frames;
    std::vector<Hash256> edges;
};

Whole whole_codes(const std::vector<Fingerprint>& pictures) {
    Whole whole;
    for (const Fingerprint& picture : pictures) {
        whole.frames.push_back(picture.frames.front().hash);
        if (picture.local.front().edges) {
            whole.edges.push_back(*picture.local.front().edges);
        }
    }
    return whole;
}

std::vector<std::vector<Hash256>> codes_of(const std::vector<Fingerprint>& pictures) {
    std::vector<std::vector<Hash256>> codes;
    for (const Fingerprint& picture : pictures) {
        codes.push_back(PictureMaker::codes_of(picture));
    }
    return codes;
}

struct Measured {
    Row row;
    std::vector<double> in_word;
    BitMoments moments;
};

Measured measure(const std::vector<Fingerprint>& pictures, const std::vector<Fingerprint>& others) {
    Measured measured;
    const auto codes = codes_of(pictures);
    auto asking = codes_of(others);
    asking.resize(std::min(asking.size(), kAsking));
    measure_words(codes, measured.row, measured.in_word);
    measure_inside(codes, measured.row);
    measure_strangers(codes, asking, measured.row);
    const Whole whole = whole_codes(pictures);
    const Whole stranger = whole_codes(others);
    measure_whole("6 whole frames", whole.frames, stranger.frames, measured.row);
    measure_whole("7 edges", whole.edges, stranger.edges, measured.row);
    std::size_t taken = 0;
    double points = 0;
    for (const std::vector<Hash256>& one : codes) {
        points += static_cast<double>(one.size());
        for (std::size_t i = 0; i < one.size() && taken < kMomentCodes; i += 10, ++taken) {
            measured.moments.add(one[i]);
        }
    }
    measured.row["0 points of a picture"] = points / static_cast<double>(codes.size());
    return measured;
}

/// How far the bits of two kinds of pictures differ, against the first.
void compare_bits(const char* what, const Measured& real, const Measured& other) {
    Spread means;
    Spread pairs;
    Spread own;
    double words = 0;
    for (std::size_t i = 0; i < BitMoments::kBits; ++i) {
        means.add(real.moments.mean(i) - other.moments.mean(i));
        for (std::size_t j = 0; j < i; ++j) {
            const double correlation = real.moments.correlation(i, j);
            pairs.add(correlation - other.moments.correlation(i, j));
            own.add(correlation);
        }
    }
    for (std::size_t w = 0; w < index::kLocalWords; ++w) {
        words += std::abs(real.in_word[w] - other.in_word[w]) / 2;
    }
    const auto rms = [](const Spread& one) {
        return std::sqrt(one.squares / one.count);
    };
    std::printf(
        "%s: means of bits differ by %.4f (root of squares, of -1 to 1), correlations of "
        "two bits by %.4f (they are %.4f), %.3f of the codes would have to move to other "
        "words\n",
        what, rms(means), rms(pairs), rms(own), words);
}

/// Names end with a number after the prefix, as those of filled_corpus.py; crops of one photo have
/// the same number modulo that of the photos, and lie in one half.
int compare(const std::string& folder,
            std::string_view prefix,
            std::uint64_t photos,
            const std::string& other_folder) {
    const Result<Corpus> corpus = Corpus::open(folder, CorpusMode::kReadOnly);
    const Result<Corpus> other_corpus = Corpus::open(other_folder, CorpusMode::kReadOnly);
    require(corpus.ok() && other_corpus.ok());
    const std::vector<Fingerprint> others = pictures_in(*other_corpus, "").pictures;
    std::vector<Fingerprint> first;
    std::vector<Fingerprint> second;
    const auto take = [&](const ItemSummary& item, Fingerprint&& fingerprint) {
        if (item.name.starts_with(prefix) && fingerprint.local.size() == 1) {
            const std::uint64_t number = std::stoull(item.name.substr(prefix.size()));
            std::vector<Fingerprint>& half = number % photos < photos / 2 ? first : second;
            half.push_back(std::move(fingerprint));
        }
        return true;
    };
    require(corpus->each_fingerprint(take).ok());
    first.resize(std::min(first.size(), kCompared));
    second.resize(std::min(second.size(), kCompared));
    const Measured one = measure(first, others);
    const Measured two = measure(second, others);
    std::vector<Fingerprint> donors = first;
    donors.insert(donors.end(), second.begin(), second.end());
    const PictureMaker maker(std::move(donors));
    std::vector<Fingerprint> pictures;
    for (std::uint64_t i = 0; i < kCompared; ++i) {
        pictures.push_back(maker.made(i).fingerprint);
    }
    const Measured made = measure(pictures, others);
    std::printf("%-62s %10s %10s %10s\n", "", "half", "half", "made");
    for (const auto& [name, value] : one.row) {
        std::printf("%-62s %10.4g %10.4g %10.4g\n", name.c_str() + 2, value, two.row.at(name),
                    made.row.at(name));
    }
    compare_bits("the other half", one, two);
    compare_bits("made", one, made);
    return 0;
}

/// As the corpus tells a change from any other.
evidence::ChangeMark mark_in(const store::Catalogue& store) {
    return [&store](std::uint64_t sequence) -> std::optional<std::uint64_t> {
        const auto change = store.changes_after(sequence - 1, 1);
        require(change.ok() && change->size() == 1);
        const store::Change& one = change->front();
        return evidence::mark_of_text(
            std::to_string(one.sequence) + ' ' + std::to_string(static_cast<int>(one.kind)) + ' ' +
            std::to_string(one.key) + ' ' + std::to_string(one.at_us) + ' ' + one.id);
    };
}

std::vector<Fingerprint> asking_pictures(const std::string& list, std::vector<double>& extracted) {
    std::vector<Fingerprint> pictures;
    const Fingerprinter fingerprinter(FingerprintOptions().for_query());
    std::ifstream paths(list);
    for (std::string path; std::getline(paths, path);) {
        const double began = process_seconds();
        Result<FingerprintRun> run = fingerprinter.fingerprint_file(path);
        require(run.ok());
        extracted.push_back(1e3 * (process_seconds() - began - run->decode_time.seconds()));
        pictures.push_back(std::move(run->fingerprint));
    }
    return pictures;
}

void print_spread(const char* what, const std::vector<double>& values) {
    Spread spread;
    for (const double value : values) {
        spread.add(value);
    }
    std::printf("%s: mean %.1f, median %.1f, p95 %.1f ms of processor time\n", what, spread.mean(),
                percentile(values, 0.5), percentile(values, 0.95));
}

/// What the first look costs, and how many ask on.
void ask_first(const std::string& folder, const std::vector<Fingerprint>& pictures) {
    const auto location = store::Location::parse(folder);
    require(location.ok());
    auto store = store::open_catalogue(*location, store::Mode::kReadOnly, {});
    require(store.ok());
    corpus::DamageLedger damage(nullptr);
    corpus::ItemCache items(**store, damage);
    evidence::ChannelOptions options;
    options.folder = location->folder();
    options.mark_of = mark_in(**store);
    evidence::LocalChannel channel(options, items);
    if (!channel.load({})) {
        std::printf("the snapshot cannot be opened\n");
        return;
    }
    std::vector<double> took;
    std::size_t ask_on = 0;
    const std::uint32_t frame = 0;
    const FindOptions find;
    for (const Fingerprint& picture : pictures) {
        if (picture.local.empty()) {
            continue;
        }
        const double began = process_seconds();
        const auto is_worth =
            evidence::is_worth_asking({channel, items, picture, std::span(&frame, 1), find}, {});
        require(is_worth.ok());
        took.push_back(1e3 * (process_seconds() - began));
        ask_on += *is_worth ? 1 : 0;
    }
    std::printf("%zu codes known; %zu of %zu pictures ask on\n", channel.codes(), ask_on,
                took.size());
    print_spread("first look", took);
}

int ask(const std::string& folder, const std::string& list) {
    std::vector<double> extracted;
    const std::vector<Fingerprint> pictures = asking_pictures(list, extracted);
    print_spread("fingerprint beside decoding", extracted);
    std::printf("memory before opening: %.0f MiB of its own, %.0f mapped\n", status_mib("RssAnon"),
                status_mib("RssFile"));
    {
        const double began = process_seconds();
        Result<Corpus> corpus = Corpus::open(folder, CorpusMode::kReadOnly);
        require(corpus.ok());
        double wall = seconds([&] { require(corpus->prepare().ok()); });
        std::printf(
            "opened in %.2f s, %.2f s of processor time: %.0f MiB of its own, %.0f "
            "mapped\n",
            wall, process_seconds() - began, status_mib("RssAnon"), status_mib("RssFile"));
        std::vector<double> took;
        std::size_t matching = 0;
        for (const Fingerprint& picture : pictures) {
            const double before = process_seconds();
            const auto answer = corpus->find(picture);
            require(answer.ok());
            took.push_back(1e3 * (process_seconds() - before));
            matching += answer->matches.empty() ? 0 : 1;
        }
        std::printf("%zu of %zu match something\n", matching, pictures.size());
        print_spread("look-up beside decoding and fingerprint", took);
        std::printf("memory after it: %.0f MiB of its own, %.0f mapped\n", status_mib("RssAnon"),
                    status_mib("RssFile"));
    }
    ask_first(folder, pictures);
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "add" && argc == 5) {
        return refrain::bench::add(argv[2], argv[3], std::strtoull(argv[4], nullptr, 10));
    }
    if (what == "compare" && argc == 6) {
        const std::uint64_t photos = std::strtoull(argv[4], nullptr, 10);
        return photos == 0 ? 2 : refrain::bench::compare(argv[2], argv[3], photos, argv[5]);
    }
    if (what == "ask" && argc == 4) {
        return refrain::bench::ask(argv[2], argv[3]);
    }
    std::fprintf(stderr,
                 "usage: made_pictures add CORPUS PREFIX COUNT | compare CORPUS PREFIX PHOTOS "
                 "OTHERS | ask CORPUS LIST\n");
    return 2;
}
