#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "store/sqlite/connection.h"

namespace refrain::store {

/// Now, in microseconds since 1970 UTC.
[[nodiscard]] inline std::int64_t now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// One transaction over all of `inputs`: `write(writer, input)` for each, in order, then the
/// commit.
///
/// @param make  makes the writer, whose statements are prepared once
template <typename Output, typename Input, typename Make, typename Write>
[[nodiscard]] Result<std::vector<Output>> write_batch(sqlite3* connection,
                                                      std::span<const Input> inputs,
                                                      const Make& make,
                                                      const Write& write) {
    Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::kWrite);
    if (!transaction) {
        return transaction.error();
    }
    std::vector<Output> outputs;
    outputs.reserve(inputs.size());
    {
        // Gone before the commit: a statement that still stands on a row would make it fail.
        auto writer = make();
        for (const Input& input : inputs) {
            Result<Output> output = write(writer, input);
            if (!output) {
                return output.error();
            }
            outputs.push_back(std::move(*output));
        }
    }
    if (const Result<void> committed = transaction->commit(); !committed) {
        return committed.error();
    }
    return outputs;
}

}  // namespace refrain::store
