// Catalogue commands on a large corpus: a page of a list in each order and by each filter, changing
// a label, disabling an item. Prints one JSON object of milliseconds: the median and the greatest
// of each.
//
//     catalogue_scale FOLDER
//
// FOLDER holds a corpus of lone PDQ codes, as `hash_lists` makes it. What is changed is changed
// back. After an item is disabled, another object over the same folder, as another process has it,
// must not find it.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "refrain/corpus.h"

#include "require.h"

namespace refrain::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTimes = 15;
constexpr std::size_t kPage = 100;

void measure(const char* name, const std::function<void(int)>& work) {
    std::vector<double> times;
    for (int i = 0; i < kTimes; ++i) {
        const auto began = Clock::now();
        work(i);
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    }
    std::ranges::sort(times);
    std::printf(",\n \"%s\": {\"median\": %.3g, \"most\": %.3g}", name, times[kTimes / 2],
                times.back());
    std::fflush(stdout);
}

/// Ids of items that lie far apart in the list.
std::vector<std::string> some_ids(const Corpus& corpus) {
    std::vector<std::string> ids;
    for (int i = 0; i < kTimes; ++i) {
        const std::string after = "m_" + std::string(1, "0123456789abcdef"[i]);
        ids.push_back(corpus.list({}, ItemOrder::kId, after, 1).value().items.front().id);
    }
    return ids;
}

void read_pages(const Corpus& corpus, const std::vector<std::string>& ids) {
    const auto page = [&](const ItemFilter& filter, ItemOrder order, const std::string& after) {
        return corpus.list(filter, order, after, kPage).value();
    };
    measure("list_by_id_ms",
            [&](int i) { page({}, ItemOrder::kId, ids[static_cast<std::size_t>(i)]); });
    measure("list_newest_ms", [&](int) { page({}, ItemOrder::kNewest, {}); });
    measure("list_oldest_ms", [&](int) { page({}, ItemOrder::kAdded, {}); });
    ItemFilter filter;
    filter.banks = {"default"};
    measure("list_of_a_bank_ms", [&](int) { page(filter, ItemOrder::kId, {}); });
    filter = {};
    filter.labels["bench"] = "1";
    measure("list_by_label_ms", [&](int) { page(filter, ItemOrder::kId, {}); });
    filter = {};
    filter.is_disabled = true;
    measure("list_disabled_ms", [&](int) { page(filter, ItemOrder::kId, {}); });
    filter = {};
    filter.name = "0*";
    measure("list_by_name_ms", [&](int) { page(filter, ItemOrder::kId, {}); });
}

void change(Corpus& corpus, const ItemEdit& edit) {
    require(corpus.edit(std::span(&edit, 1), {"bench", "measuring"}).value().front().status ==
            EditStatus::kChanged);
}

void change_items(Corpus& corpus, const std::vector<std::string>& ids) {
    const auto edit_of = [&](int i) {
        ItemEdit edit;
        edit.id = ids[static_cast<std::size_t>(i)];
        return edit;
    };
    measure("label_ms", [&](int i) {
        ItemEdit edit = edit_of(i);
        edit.labels["bench"] = "1";
        change(corpus, edit);
    });
    measure("disable_ms", [&](int i) {
        ItemEdit edit = edit_of(i);
        edit.is_searched = Switch::kDisable;
        change(corpus, edit);
    });
}

void restore_items(Corpus& corpus, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
        ItemEdit edit;
        edit.id = id;
        edit.is_searched = Switch::kEnable;
        edit.labels["bench"] = std::nullopt;
        change(corpus, edit);
    }
}

bool is_found(const Corpus& corpus, const Fingerprint& known, const std::string& id) {
    Fingerprint query = known;
    query.media.digest = {};
    const FindAnswer answer = corpus.find(query).value();
    return std::ranges::any_of(answer.matches, [&](const Match& match) { return match.id == id; });
}

int run(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: catalogue_scale FOLDER\n");
        return 2;
    }
    Corpus corpus = Corpus::open(arguments[1], CorpusMode::kReadWrite).value();
    const Corpus other = Corpus::open(arguments[1], CorpusMode::kReadOnly).value();
    const CorpusStats stats = other.stats().value();
    std::printf("{\"items\": %llu", static_cast<unsigned long long>(stats.items));
    const std::vector<std::string> ids = some_ids(corpus);
    const Fingerprint known = corpus.known_fingerprint(ids.front()).value().value();
    require(is_found(other, known, ids.front()));
    change_items(corpus, ids);
    require(!is_found(other, known, ids.front()));
    read_pages(corpus, ids);
    restore_items(corpus, ids);
    require(is_found(other, known, ids.front()));
    std::printf("}\n");
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int count, char** arguments) { return refrain::bench::run(count, arguments); }
