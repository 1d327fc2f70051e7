#pragma once

#include <cstdint>
#include <string>

#include "refrain/catalogue.h"
#include "refrain/result.h"

namespace refrain::store {

/// The last row of a page, behind which the next one begins. As a text it is the id, where items
/// are in order of time `MICROSECONDS.KEY`, in order of names `KEY.NAME`.
struct PageCursor {
    std::string id;
    std::int64_t at_us = 0;
    std::int64_t key = 0;
    std::string name = {};

    [[nodiscard]] std::string text(ItemOrder order) const;
    /// @param text  empty: before the first row
    /// @error kInvalidArgument  no such text
    [[nodiscard]] static Result<PageCursor> parse(const std::string& text, ItemOrder order);
};

}  // namespace refrain::store
