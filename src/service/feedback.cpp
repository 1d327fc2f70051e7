#include "service/feedback.h"

#include <utility>

namespace refrain::service {

namespace {

Json line_of(const Feedback& feedback) {
    return {{"item", feedback.item},      {"sha256", feedback.query_sha256},
            {"right", feedback.is_right}, {"note", feedback.note},
            {"by", feedback.by},          {"at_us", feedback.at_us}};
}

Feedback feedback_of(const Json& line) {
    return {line.at("item").get<std::string>(), line.at("sha256").get<std::string>(),
            line.at("right").get<bool>(),       line.at("note").get<std::string>(),
            line.at("by").get<std::string>(),   line.at("at_us").get<std::int64_t>()};
}

}  // namespace

Result<std::unique_ptr<FeedbackBook>> FeedbackBook::open(const std::filesystem::path& file) {
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    std::unique_ptr<FeedbackBook> book(new FeedbackBook());
    auto journal = Journal::open(file, [&](const Json& line) { book->count(feedback_of(line)); });
    if (!journal) {
        return journal.error();
    }
    book->journal_ = std::move(journal).value();
    return book;
}

Result<void> FeedbackBook::add(const Feedback& feedback) {
    if (auto kept = journal_->append(line_of(feedback)); !kept) {
        return kept;
    }
    count(feedback);
    return {};
}

FeedbackOfItem FeedbackBook::of(const std::string& item) const {
    const std::scoped_lock lock(mutex_);
    const auto found = items_.find(item);
    return found == items_.end() ? FeedbackOfItem() : found->second;
}

void FeedbackBook::count(const Feedback& feedback) {
    const std::scoped_lock lock(mutex_);
    FeedbackOfItem& item = items_[feedback.item];
    ++(feedback.is_right ? item.right : item.wrong);
    if (item.latest.size() == kListed) {
        item.latest.erase(item.latest.begin());
    }
    item.latest.push_back(feedback);
}

}  // namespace refrain::service
