#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/hash_index.h"
#include "index/position_set.h"

namespace refrain::index {

/// Codes that lie one after the other, and which of them are gone. Owns nothing.
struct CodeBlock {
    std::span<const Hash256> codes;
    std::span<const CodeId> ids;        ///< one for each code
    const PositionSet* dead = nullptr;  ///< null: none
};

/// Codes on their way into a segment. Thread safety: one thread at a time.
struct LooseCodes {
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;  ///< one for each code

    void reserve(std::size_t count);
    void append_live(const CodeBlock& block);
    /// `count` of them from `first` on: all of them are moved, some are copied.
    [[nodiscard]] LooseCodes taken(std::size_t first, std::size_t count);
    /// Into the order of their ids; equal ids keep theirs. Where they are in order already, this
    /// costs one pass.
    void sort_by_id();
};

}  // namespace refrain::index
