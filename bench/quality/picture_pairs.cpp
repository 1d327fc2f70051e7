// How edited copies and unrelated pictures are told apart by geometry. Driven by picture_pairs.py.
//
//     picture_pairs extract LIST PAIRS [--candidates N]
//     picture_pairs score PAIRS [--matching all|mutual|ratio] [--radius BITS] [--every N]
//
// LIST has one picture a line, five fields between tabs: `known` or `query`; its name; a group,
// which known pictures and queries must share to be compared; the name of the known picture that a
// query shows, or `-`; a path. Of a video every second frame that is a multiple of two seconds is
// taken. `extract` finds the points (known: 400 at 512 pixels, queries: 1200 at 768), and for each
// query the right known picture, and the N wrong ones with most points alike, as they are and
// mirrored, and writes all pairs of points within 64 bits. `score` places them and writes a line of
// comma-separated values for each.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "align/picture_match.h"
#include "hash/luma_hash.h"
#include "index/hash_index.h"
#include "local/local_features.h"
#include "media/byte_source.h"
#include "media/frame_reader.h"

namespace refrain {
namespace {

constexpr int kRadius = 64;
constexpr std::int64_t kPointsEach = 4096;

struct Picture {
    std::string name;
    std::string group;
    std::string right;
    local::Features features;
};

/// A query and a known picture, and whether the query is mirrored.
struct Case {
    std::uint32_t query = 0;
    std::uint32_t known = 0;
    std::uint32_t is_mirrored = 0;
    std::uint32_t is_right = 0;
    std::vector<align::PointPair> pairs;
};

[[noreturn]] void fail(const std::string& message) {
    std::fprintf(stderr, "picture_pairs: %s\n", message.c_str());
    std::exit(1);
}

float weight_of(int distance) {
    const double rarity = 7 - (distance - 24) * 0.0975;
    return static_cast<float>(std::clamp((rarity - 2.5) / 4.5, 0.05, 1.0));
}

/// Adds the pictures of a file: one, or of a video one every two seconds.
void read_pictures(const std::string& path,
                   const Picture& like,
                   local::Extractor& extractor,
                   std::vector<Picture>& out) {
    const auto source = media::ByteSource::open_file(path, {});
    if (!source) {
        fail(path + ": " + source.error().message);
    }
    const auto reader = media::open_frames(*source, {});
    if (!reader) {
        fail(path + ": " + reader.error().message);
    }
    hash::LumaConverter converter;
    double due = 0;
    while (true) {
        const auto header = (*reader)->next();
        if (!header || !header->has_value()) {
            return;
        }
        if ((**header).time.seconds() < due) {
            continue;
        }
        Picture picture = like;
        if (due > 0) {
            picture.name += "#" + std::to_string(static_cast<int>(due));
        }
        due += 2;
        if (const auto luma = (*reader)->luma()) {
            extractor.extract(*luma, picture.features);
        } else if (const auto rgb = (*reader)->picture()) {
            extractor.extract(converter.convert(*rgb), picture.features);
        }
        out.push_back(std::move(picture));
    }
}

struct Pictures {
    std::vector<Picture> known;
    std::vector<Picture> query;
};

Pictures read_list(const char* path) {
    std::ifstream file(path);
    local::Extractor known_extractor({512, 400});
    local::Extractor query_extractor({768, 1200});
    Pictures pictures;
    std::string line;
    while (std::getline(file, line)) {
        std::vector<std::string> fields(1);
        for (const char c : line) {
            if (c == '\t') {
                fields.emplace_back();
            } else {
                fields.back() += c;
            }
        }
        if (fields.size() != 5) {
            fail("not five fields: " + line);
        }
        const bool is_known = fields[0] == "known";
        read_pictures(fields[4], {fields[1], fields[2], fields[3], {}},
                      is_known ? known_extractor : query_extractor,
                      is_known ? pictures.known : pictures.query);
    }
    return pictures;
}

/// All pairs of a query with all known pictures of its group, by known picture.
std::vector<Case> cases_of(const Pictures& pictures,
                           std::uint32_t query,
                           const index::HashIndex& index,
                           bool is_mirrored) {
    const Picture& shown = pictures.query[query];
    std::vector<Hash256> codes;
    for (const local::Point& point : shown.features.points) {
        codes.push_back(is_mirrored ? local::mirrored(point.code) : point.code);
    }
    const auto hits = index.range_search(codes, kRadius);
    if (!hits) {
        fail(hits.error().message);
    }
    std::map<std::uint32_t, Case> cases;
    for (std::uint32_t i = 0; i < pictures.known.size(); ++i) {
        const Picture& known = pictures.known[i];
        if (known.group == shown.group && known.name != shown.name) {
            cases[i] = {query, i, is_mirrored, known.name == shown.right, {}};
        }
    }
    for (const index::Hit& hit : *hits) {
        const auto found = cases.find(static_cast<std::uint32_t>(hit.id / kPointsEach));
        if (found != cases.end()) {
            found->second.pairs.push_back({hit.query,
                                           static_cast<std::uint32_t>(hit.id % kPointsEach),
                                           weight_of(hit.distance), hit.distance});
        }
    }
    std::vector<Case> list;
    for (auto& [known, one] : cases) {
        list.push_back(std::move(one));
    }
    return list;
}

double promise(const Case& one) {
    double sum = 0;
    for (const align::PointPair& pair : one.pairs) {
        sum += std::pow(double{pair.weight}, 3);
    }
    return sum;
}

/// Calls `use` with the right case of each query and the most promising wrong ones.
template <class Use>
void for_each_case(const Pictures& pictures, std::size_t candidates, const Use& use) {
    const auto index = index::make_flat_index(1);
    for (std::size_t i = 0; i < pictures.known.size(); ++i) {
        std::vector<Hash256> codes;
        std::vector<index::CodeId> ids;
        for (const local::Point& point : pictures.known[i].features.points) {
            ids.push_back(static_cast<std::int64_t>(i) * kPointsEach +
                          static_cast<std::int64_t>(codes.size()));
            codes.push_back(point.code);
        }
        if (!index->add(codes, ids)) {
            fail("cannot index");
        }
    }
    for (std::uint32_t query = 0; query < pictures.query.size(); ++query) {
        std::vector<Case> cases = cases_of(pictures, query, *index, false);
        std::vector<Case> mirrored = cases_of(pictures, query, *index, true);
        cases.insert(cases.end(), std::make_move_iterator(mirrored.begin()),
                     std::make_move_iterator(mirrored.end()));
        std::stable_sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
            return a.is_right != b.is_right ? a.is_right > b.is_right : promise(a) > promise(b);
        });
        std::size_t wrong = 0;
        for (const Case& one : cases) {
            if (one.is_right == 0 && wrong++ >= candidates) {
                break;
            }
            use(one);
        }
    }
}

// --- The file between the two steps: sizes and plain structures in the machine's own order.

template <class T>
void put(std::FILE* file, const std::vector<T>& values) {
    const std::uint64_t count = values.size();
    if (std::fwrite(&count, sizeof count, 1, file) != 1 ||
        std::fwrite(values.data(), sizeof(T), count, file) != count) {
        fail("cannot write");
    }
}

template <class T>
std::vector<T> get(std::FILE* file) {
    std::uint64_t count = 0;
    if (std::fread(&count, sizeof count, 1, file) != 1) {
        return {};
    }
    std::vector<T> values(count);
    if (std::fread(values.data(), sizeof(T), count, file) != count) {
        fail("the file of pairs is cut short");
    }
    return values;
}

void put(std::FILE* file, const std::string& text) {
    put(file, std::vector<char>(text.begin(), text.end()));
}

void skip_pairs(std::FILE* file) {
    std::uint64_t count = 0;
    if (std::fread(&count, sizeof count, 1, file) != 1 ||
        std::fseek(file, static_cast<long>(count * sizeof(align::PointPair)), SEEK_CUR) != 0) {
        fail("the file of pairs is cut short");
    }
}

std::string get_text(std::FILE* file) {
    const std::vector<char> text = get<char>(file);
    return {text.begin(), text.end()};
}

void put(std::FILE* file, const std::vector<Picture>& pictures) {
    put(file, std::vector<std::uint64_t>{pictures.size()});
    for (const Picture& picture : pictures) {
        put(file, picture.name);
        put(file, picture.group);
        put(file, picture.right);
        put(file, std::vector<int>{picture.features.width, picture.features.height});
        put(file, picture.features.points);
    }
}

std::vector<Picture> get_pictures(std::FILE* file) {
    std::vector<Picture> pictures(get<std::uint64_t>(file).at(0));
    for (Picture& picture : pictures) {
        picture.name = get_text(file);
        picture.group = get_text(file);
        picture.right = get_text(file);
        const std::vector<int> size = get<int>(file);
        picture.features = {size.at(0), size.at(1), get<local::Point>(file)};
    }
    return pictures;
}

int extract(const char* list, const char* path, std::size_t candidates) {
    std::FILE* file = std::fopen(path, "wb");
    if (file == nullptr) {
        fail(std::string("cannot write ") + path);
    }
    const Pictures pictures = read_list(list);
    put(file, pictures.known);
    put(file, pictures.query);
    for_each_case(pictures, candidates, [file](const Case& one) {
        put(file, std::vector<std::uint32_t>{one.query, one.known, one.is_mirrored, one.is_right});
        put(file, one.pairs);
    });
    return std::fclose(file) == 0 ? 0 : 1;
}

// --- Scoring.

struct Matching {
    std::string kind = "all";
    int radius = kRadius;
    int every = 1;  ///< of the wrong pictures
};

/// Pairs that a caller would pass: within the radius, and the nearest of both points, or of the
/// query's point with no second within a quarter more.
std::vector<align::PointPair> chosen_pairs(const Case& one, const Matching& matching) {
    std::map<std::uint32_t, std::pair<int, int>> by_query;  // nearest and second distance
    std::map<std::uint32_t, int> by_known;
    for (const align::PointPair& pair : one.pairs) {
        auto& [first, second] = by_query.try_emplace(pair.query, 999, 999).first->second;
        if (pair.distance < first) {
            second = first;
            first = pair.distance;
        } else {
            second = std::min<int>(second, pair.distance);
        }
        int& nearest = by_known.try_emplace(pair.known, 999).first->second;
        nearest = std::min<int>(nearest, pair.distance);
    }
    std::vector<align::PointPair> chosen;
    for (const align::PointPair& pair : one.pairs) {
        const auto& [first, second] = by_query.at(pair.query);
        const bool is_mutual = pair.distance == first && pair.distance == by_known.at(pair.known);
        const bool is_clear = pair.distance == first && 5 * first <= 4 * second;
        if (pair.distance <= matching.radius &&
            (matching.kind == "all" || (matching.kind == "mutual" ? is_mutual : is_clear))) {
            chosen.push_back(pair);
        }
    }
    return chosen;
}

std::vector<align::PointPlace> places_of(const local::Features& features, bool is_mirrored) {
    std::vector<align::PointPlace> places;
    for (const local::Point& point : features.points) {
        places.push_back({point.x, point.y, point.scale, point.angle});
        if (is_mirrored) {
            places.back().x = static_cast<float>(features.width) - point.x;
            places.back().angle = static_cast<float>(std::numbers::pi) - point.angle;
        }
    }
    return places;
}

int score(const char* path, const Matching& matching) {
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) {
        fail(std::string("cannot read ") + path);
    }
    const std::vector<Picture> known = get_pictures(file);
    const std::vector<Picture> query = get_pictures(file);
    std::puts(
        "query,group,known,right,mirrored,pairs,placements,inliers,weight,spread,expected,"
        "blank_share,overlap_known,overlap_query,scale,perspective,chance,score,us");
    int wrong = 0;
    while (true) {
        const std::vector<std::uint32_t> head = get<std::uint32_t>(file);
        if (head.size() != 4) {
            break;
        }
        if (head[3] == 0 && ++wrong % matching.every != 0) {
            skip_pairs(file);
            continue;
        }
        const Case one{head[0], head[1], head[2], head[3], get<align::PointPair>(file)};
        const local::Features& k = known[one.known].features;
        const local::Features& q = query[one.query].features;
        const std::vector<align::PointPair> pairs = chosen_pairs(one, matching);
        const auto known_places = places_of(k, false);
        const auto query_places = places_of(q, one.is_mirrored != 0);
        const auto begin = std::chrono::steady_clock::now();
        const auto placements = align::place_pictures(pairs, known_places, query_places,
                                                      {k.width, k.height}, {q.width, q.height}, {});
        const std::chrono::duration<double, std::micro> time =
            std::chrono::steady_clock::now() - begin;
        align::PicturePlacement best;
        if (!placements.empty()) {
            best = placements[0];
        }
        std::printf(
            "%s,%s,%s,%u,%u,%zu,%zu,%zu,%.2f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%d,%.2f,%.2f,%.0f\n",
            query[one.query].name.c_str(), query[one.query].group.c_str(),
            known[one.known].name.c_str(), one.is_right, one.is_mirrored, pairs.size(),
            placements.size(), best.inliers.size(), best.weight, best.spread, best.expected_share,
            best.blank_share, best.overlap_known, best.overlap_query, best.scale,
            best.kind == align::MapKind::kPerspective ? 1 : 0, best.log10_chance,
            placements.empty() ? 0 : align::placement_score(best), time.count());
    }
    std::fclose(file);
    return 0;
}

}  // namespace
}  // namespace refrain

int main(int count, char** words) {
    using namespace refrain;  // NOLINT(google-build-using-namespace): a program of one file
    const auto value_of = [&](const char* name, const char* otherwise) {
        for (int i = 1; i + 1 < count; ++i) {
            if (std::strcmp(words[i], name) == 0) {
                return std::string(words[i + 1]);
            }
        }
        return std::string(otherwise);
    };
    if (count >= 4 && std::strcmp(words[1], "extract") == 0) {
        return extract(words[2], words[3], std::stoul(value_of("--candidates", "20")));
    }
    if (count >= 3 && std::strcmp(words[1], "score") == 0) {
        return score(words[2],
                     {value_of("--matching", "all"), std::stoi(value_of("--radius", "64")),
                      std::stoi(value_of("--every", "1"))});
    }
    std::fputs("usage: picture_pairs extract LIST PAIRS | score PAIRS\n", stderr);
    return 2;
}
