#include "cli/catalogue_options.h"

#include <unistd.h>

#include <array>
#include <cstddef>
#include <ctime>

#include <pwd.h>

#include "service/utc_time.h"

namespace refrain::cli {

namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::string login_name() {
    constexpr std::size_t kRoom = 16'384;
    std::vector<char> room(kRoom);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) == 0 &&
        found != nullptr) {
        return found->pw_name;
    }
    return "uid " + std::to_string(::geteuid());
}

}  // namespace

std::string time_text(std::int64_t microseconds) {
    const auto seconds = static_cast<std::time_t>(microseconds / kSecond);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

void add_author_options(CommandLine& line, Author& author) {
    author.by = login_name();
    line.add_text("--by", author.by, "Who changes it, for the log (default: the login name)");
    line.add_text("--reason", author.reason, "Why, for the log");
}

void add_filter_options(CommandLine& line, ItemFilter& filter, bool& is_disabled) {
    line.add_words("--bank", filter.banks, "Items of this bank; may be repeated (default: all)");
    line.add_labels(filter.labels, "KEY=VALUE that items have; may be repeated");
    line.add_text("--name", filter.name, "Pattern of names: * any, ? one, [a-z] one of these");
    line.add_value(
        "--kind", filter,
        [&filter](const std::string& word) -> std::optional<ItemFilter> {
            ItemFilter next = filter;
            if (word == "image" || word == "video") {
                next.kind = word == "image" ? MediaKind::kImage : MediaKind::kVideo;
                return next;
            }
            next.knowledge = knowledge_named(word);
            return next.knowledge ? std::optional(next) : std::nullopt;
        },
        "image, video, media, hash or digest",
        "image, video, or what is known: media, hash, digest; may be repeated");
    line.add_value("--since", filter.since_us, service::parse_utc_time,
                   "a time such as 2026-01-31T12:00:00Z",
                   "Added then or later (2026-01-31, 2026-01-31T12:00:00Z, @SECONDS)");
    line.add_value("--until", filter.until_us, service::parse_utc_time,
                   "a time such as 2026-01-31T12:00:00Z", "Added before");
    line.add_flag("--disabled", is_disabled, "Items that are disabled now");
}

}  // namespace refrain::cli
