#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "refrain/corpus.h"
#include "refrain/json.h"
#include "refrain/media_time.h"

/// Text for people. Free to change; scripts use --json.
namespace refrain::cli {

/// `printf` into a string.
[[nodiscard]] __attribute__((format(printf, 1, 2))) std::string formatted(const char* format, ...);

/// `text` safe for a terminal, on one line: control characters, line and direction marks become
/// escapes such as \n and \u202e, bytes that are not UTF-8 become \xHH.
[[nodiscard]] std::string printable(std::string_view text);

/// `1:02:03.456`, `2:03.456`.
[[nodiscard]] std::string clock_text(MediaTime time);

/// `61.2 KiB`.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

[[nodiscard]] std::string hash_text(const HashReport& report);
[[nodiscard]] std::string add_text(const AddReport& report);
[[nodiscard]] std::string find_text(const FindReport& report);
[[nodiscard]] std::string item_text(const ItemSummary& item);
[[nodiscard]] std::string stats_text(const CorpusStats& stats);
[[nodiscard]] std::string copied_text(const CopiedCorpus& copy, const char* done);
[[nodiscard]] std::string repair_text(const RepairReport& report);
[[nodiscard]] std::string verify_text(const VerifyReport& report);

}  // namespace refrain::cli
