#include "store/page_cursor.h"

#include <charconv>
#include <limits>
#include <system_error>

namespace refrain::store {

std::string PageCursor::text(ItemOrder order) const {
    return order == ItemOrder::kId ? id : std::to_string(at_us) + "." + std::to_string(key);
}

Result<PageCursor> PageCursor::parse(const std::string& text, ItemOrder order) {
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
    if (order == ItemOrder::kId) {
        return PageCursor{text, 0, 0};
    }
    if (text.empty()) {
        return order == ItemOrder::kAdded ? PageCursor{{}, -kLast, 0}
                                          : PageCursor{{}, kLast, kLast};
    }
    PageCursor cursor;
    const char* const end = text.data() + text.size();
    const auto time = std::from_chars(text.data(), end, cursor.at_us);
    const bool has_time = time.ec == std::errc() && time.ptr != end && *time.ptr == '.';
    const auto key = has_time ? std::from_chars(time.ptr + 1, end, cursor.key) : time;
    if (!has_time || key.ec != std::errc() || key.ptr != end) {
        return Error{ErrorCode::kInvalidArgument,
                     "corpus: no page of this order ended with " + text};
    }
    return cursor;
}

}  // namespace refrain::store
