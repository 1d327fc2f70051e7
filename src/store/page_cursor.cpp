#include "store/page_cursor.h"

#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace refrain::store {

namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

PageCursor before_all(ItemOrder order) {
    switch (order) {
        case ItemOrder::kAdded:
            return {{}, -kLast, 0};
        case ItemOrder::kNewest:
            return {{}, kLast, kLast};
        case ItemOrder::kId:
        case ItemOrder::kName:
            break;
    }
    return {};
}

}  // namespace

std::string PageCursor::text(ItemOrder order) const {
    switch (order) {
        case ItemOrder::kId:
            break;
        case ItemOrder::kName:
            return std::to_string(key) + "." + name;
        case ItemOrder::kAdded:
        case ItemOrder::kNewest:
            return std::to_string(at_us) + "." + std::to_string(key);
    }
    return id;
}

Result<PageCursor> PageCursor::parse(const std::string& text, ItemOrder order) {
    if (order == ItemOrder::kId) {
        return PageCursor{text, 0, 0};
    }
    if (text.empty()) {
        return before_all(order);
    }
    PageCursor cursor;
    const char* const end = text.data() + text.size();
    std::int64_t& number = order == ItemOrder::kName ? cursor.key : cursor.at_us;
    const auto first = std::from_chars(text.data(), end, number);
    bool is_sound = first.ec == std::errc() && first.ptr != end && *first.ptr == '.';
    if (is_sound && order == ItemOrder::kName) {
        cursor.name.assign(first.ptr + 1, end);
    } else if (is_sound) {
        const auto key = std::from_chars(first.ptr + 1, end, cursor.key);
        is_sound = key.ec == std::errc() && key.ptr == end;
    }
    return is_sound ? Result<PageCursor>(std::move(cursor))
                    : Error{ErrorCode::kInvalidArgument,
                            "corpus: no page of this order ended with " + text};
}

}  // namespace refrain::store
