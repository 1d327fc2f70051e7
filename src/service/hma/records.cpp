#include "service/hma/records.h"

#include <algorithm>
#include <utility>

namespace refrain::service::hma {

namespace {

Json to_line(const ContentRecord& content) {
    return {{"content", content.id},       {"bank", content.bank},
            {"item", content.item},        {"type", content.signal_type},
            {"signal", content.signal},    {"disable_until", content.disable_until},
            {"note", content.note},        {"uri", content.uri},
            {"metadata", content.metadata}};
}

ContentRecord from_line(const Json& line) {
    ContentRecord content;
    content.id = line.at("content").get<std::int64_t>();
    content.bank = line.at("bank").get<std::string>();
    content.item = line.at("item").get<std::string>();
    content.signal_type = line.at("type").get<std::string>();
    content.signal = line.at("signal").get<std::string>();
    content.disable_until = line.at("disable_until").get<std::int64_t>();
    content.note = line.at("note").get<std::string>();
    content.uri = line.at("uri").get<std::string>();
    content.metadata = line.at("metadata");
    return content;
}

std::string lower_case(std::string hex) {
    for (char& digit : hex) {
        digit = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit;
    }
    return hex;
}

}  // namespace

Result<std::unique_ptr<Records>> Records::open(const std::filesystem::path& file) {
    auto records = std::make_unique<Records>();
    auto journal = Journal::open(file, [&](const Json& line) { records->apply(line); });
    if (!journal) {
        return journal.error();
    }
    records->journal_ = std::move(journal).value();
    return records;
}

Result<void> Records::write(const Json& line) {
    if (auto kept = journal_->append(line); !kept) {
        return kept;
    }
    apply(line);
    return {};
}

void Records::apply(const Json& line) {
    if (line.contains("set_bank")) {
        const auto name = line.at("set_bank").get<std::string>();
        banks_[name] = {name, line.at("ratio").get<double>()};
    } else if (line.contains("drop_bank")) {
        banks_.erase(line.at("drop_bank").get<std::string>());
    } else if (line.contains("setting")) {
        auto& kind = settings_[line.at("setting").get<std::string>()];
        const auto name = line.at("name").get<std::string>();
        if (line.at("value").is_null()) {
            kind.erase(name);
        } else {
            kind[name] = line.at("value");
        }
    } else if (line.contains("drop_content")) {
        const auto id = line.at("drop_content").get<std::int64_t>();
        codes_.remove(id);
        std::erase_if(by_item_, [&](const auto& entry) { return entry.second == id; });
        std::erase_if(by_md5_, [&](const auto& entry) { return entry.second == id; });
        contents_.erase(id);
    } else {
        ContentRecord content = from_line(line);
        const bool is_new = !contents_.contains(content.id);
        next_ = std::max(next_, content.id + 1);
        if (is_new) {
            by_item_.emplace(content.item, content.id);
            const auto code = hash256_from_hex(content.signal);
            if (code && content.signal_type == "pdq") {
                codes_.add(content.id, *code);
            }
            if (content.signal_type == "video_md5" && !content.signal.empty()) {
                by_md5_.emplace(lower_case(content.signal), content.id);
            }
        }
        contents_[content.id] = std::move(content);
    }
}

std::vector<BankRecord> Records::banks() const {
    const std::scoped_lock lock(mutex_);
    std::vector<BankRecord> all;
    for (const auto& [name, bank] : banks_) {
        all.push_back(bank);
    }
    return all;
}

std::optional<BankRecord> Records::bank(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const auto found = banks_.find(name);
    return found == banks_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> Records::put_bank(const BankRecord& bank) {
    const std::scoped_lock lock(mutex_);
    return write({{"set_bank", bank.name}, {"ratio", bank.enabled_ratio}});
}

Result<void> Records::rename_bank(const std::string& from, const std::string& to) {
    const std::scoped_lock lock(mutex_);
    if (auto kept = write({{"set_bank", to}, {"ratio", banks_[from].enabled_ratio}}); !kept) {
        return kept;
    }
    std::vector<ContentRecord> moved;
    for (const auto& [id, content] : contents_) {
        if (content.bank == from) {
            moved.push_back(content);
            moved.back().bank = to;
        }
    }
    for (const ContentRecord& content : moved) {
        if (auto kept = write(to_line(content)); !kept) {
            return kept;
        }
    }
    return write({{"drop_bank", from}});
}

Result<void> Records::drop_bank(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    return write({{"drop_bank", name}});
}

std::optional<ContentRecord> Records::content(std::int64_t id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = contents_.find(id);
    return found == contents_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ContentRecord> Records::contents_of(const std::string& item) const {
    const std::scoped_lock lock(mutex_);
    std::vector<ContentRecord> all;
    const auto [begin, end] = by_item_.equal_range(item);
    for (auto at = begin; at != end; ++at) {
        all.push_back(contents_.at(at->second));
    }
    return all;
}

std::vector<ContentRecord> Records::contents_in(const std::string& bank) const {
    const std::scoped_lock lock(mutex_);
    std::vector<ContentRecord> all;
    for (const auto& [id, content] : contents_) {
        if (content.bank == bank) {
            all.push_back(content);
        }
    }
    return all;
}

Result<std::int64_t> Records::put_content(ContentRecord content) {
    const std::scoped_lock lock(mutex_);
    if (content.id == 0) {
        content.id = next_;
    }
    if (const auto kept = write(to_line(content)); !kept) {
        return kept.error();
    }
    return content.id;
}

Result<void> Records::drop_content(std::int64_t id) {
    const std::scoped_lock lock(mutex_);
    return write({{"drop_content", id}});
}

std::vector<std::pair<std::int64_t, int>> Records::near(const Hash256& code) const {
    const std::scoped_lock lock(mutex_);
    return codes_.near(code);
}

std::vector<std::int64_t> Records::with_md5(const std::string& hex) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::int64_t> ids;
    const auto [begin, end] = by_md5_.equal_range(lower_case(hex));
    for (auto at = begin; at != end; ++at) {
        ids.push_back(at->second);
    }
    std::ranges::sort(ids);
    return ids;
}

std::size_t Records::signals(const std::string& type) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(contents_.begin(), contents_.end(), [&](const auto& entry) {
            return entry.second.signal_type == type && !entry.second.signal.empty();
        }));
}

std::optional<Json> Records::setting(const std::string& kind, const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const auto all = settings_.find(kind);
    if (all == settings_.end()) {
        return std::nullopt;
    }
    const auto found = all->second.find(name);
    return found == all->second.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Records::settings(const std::string& kind) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    const auto all = settings_.find(kind);
    for (const auto& [name, value] :
         all == settings_.end() ? std::map<std::string, Json>() : all->second) {
        names.push_back(name);
    }
    return names;
}

Result<void> Records::put_setting(const std::string& kind,
                                  const std::string& name,
                                  const Json& value) {
    const std::scoped_lock lock(mutex_);
    return write({{"setting", kind}, {"name", name}, {"value", value}});
}

}  // namespace refrain::service::hma
