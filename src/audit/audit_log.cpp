#include "audit/audit_log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "access/secrets.h"

namespace refrain::audit {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBegin = "audit-";
constexpr std::string_view kEnd = ".jsonl";
/// What stands before the first entry of all.
const std::string& no_hash() {
    static const std::string zeros(64, '0');
    return zeros;
}

Error file_error(const std::string& what) {
    const int code = errno;
    return {code == ENOSPC || code == EDQUOT ? ErrorCode::kDiskFull : ErrorCode::kUnreadable,
            "audit log: " + what + ": " + std::generic_category().message(code)};
}

std::string utc_text(std::int64_t us) {
    constexpr std::int64_t kSecond = 1'000'000;
    const std::time_t seconds = us / kSecond;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 16> tail{};
    std::snprintf(tail.data(), tail.size(), ".%06dZ", static_cast<int>(us % kSecond));
    return std::string(text.data(), length) + tail.data();
}

/// Files of the log, oldest first.
Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code failed;
    for (auto entry = std::filesystem::directory_iterator(folder, failed);
         !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
        const std::string name = entry->path().filename().native();
        if (name.starts_with(kBegin) && name.ends_with(kEnd)) {
            files.push_back(entry->path());
        }
    }
    if (failed) {
        return Error{ErrorCode::kUnreadable,
                     "audit log: " + folder.string() + ": " + failed.message()};
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string file_name(std::uint64_t first) {
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "%020llu", static_cast<unsigned long long>(first));
    return std::string(kBegin) + digits.data() + std::string(kEnd);
}

/// A text as JSON.
std::string quoted(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The line of an entry without its own digest: what `sealed` makes of it when it is read again.
std::string line_of(std::uint64_t number,
                    std::int64_t now_us,
                    const Fields& fields,
                    const std::string& previous) {
    std::string line = "{\"n\":" + std::to_string(number) + ",\"at\":\"" + utc_text(now_us) + '"';
    for (const auto& [name, value] : fields) {
        line += ',' + quoted(name) + ':' + quoted(value);
    }
    return line + ",\"previous\":\"" + previous + "\"}";
}

/// The line of an entry without its own digest, and that digest.
std::pair<std::string, std::string> sealed(Json entry) {
    entry.erase("hash");
    std::string text = entry.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string hash = access::sha256_hex(text);
    return {std::move(text), std::move(hash)};
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path folder, const AuditOptions& options)
    : folder_(std::move(folder)), options_(options), last_hash_(no_hash()) {}

AuditLog::~AuditLog() {
    sync();
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

Result<std::unique_ptr<AuditLog>> AuditLog::open(const std::filesystem::path& folder,
                                                 const AuditOptions& options,
                                                 std::int64_t now_us) {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    std::unique_ptr<AuditLog> log(new AuditLog(folder, options));
    auto files = files_of(folder);
    if (!files) {
        return files.error();
    }
    std::uint64_t torn = 0;
    if (!files->empty()) {
        const std::filesystem::path& last = files->back();
        std::ifstream stream(last, std::ios::binary);
        std::string line;
        std::string whole;
        std::uint64_t sound = 0;
        while (std::getline(stream, line) && !stream.eof()) {
            sound += line.size() + 1;
            whole = line;
        }
        torn = line.size();
        try {
            if (!whole.empty()) {
                const Json entry = Json::parse(whole);
                log->next_ = entry.at("n").get<std::uint64_t>() + 1;
                log->last_hash_ = entry.at("hash").get<std::string>();
            }
        } catch (const Json::exception&) {
            return Error{ErrorCode::kCorpusDamaged,
                         "audit log: " + last.string() + " ends in what is no entry"};
        }
        if (!stream.eof() || torn == 0) {
            torn = 0;
        } else if (::truncate(last.c_str(), static_cast<off_t>(sound)) != 0) {
            return file_error("truncate " + last.string());
        }
        log->descriptor_ = ::open(last.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
        if (log->descriptor_ < 0) {
            return file_error("open " + last.string());
        }
        log->file_bytes_ = sound;
    }
    if (torn > 0) {
        // Only a machine that went down leaves half an entry; nobody was told of it.
        if (auto noted =
                log->append({{"event", "recovered"}, {"bytes", std::to_string(torn)}}, now_us);
            !noted) {
            return noted.error();
        }
    }
    return log;
}

Result<void> AuditLog::start_file() {
    constexpr mode_t kOwnerOnly = 0600;
    const std::filesystem::path file = folder_ / file_name(next_);
    const int descriptor =
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kOwnerOnly);
    if (descriptor < 0) {
        return file_error("open " + file.string());
    }
    if (descriptor_ >= 0) {
        ::fdatasync(descriptor_);
        ::close(descriptor_);
    }
    descriptor_ = descriptor;
    file_bytes_ = 0;
    return {};
}

void AuditLog::forget_old_files(std::int64_t now_us) {
    if (options_.keep_seconds <= 0) {
        return;
    }
    const auto files = files_of(folder_);
    for (std::size_t i = 0; files && i + 1 < files->size(); ++i) {
        struct stat about {};
        const bool is_old = ::stat((*files)[i].c_str(), &about) == 0 &&
                            about.st_mtim.tv_sec + options_.keep_seconds < now_us / 1'000'000;
        if (!is_old) {
            return;
        }
        ::unlink((*files)[i].c_str());
    }
}

Result<void> AuditLog::append(const Fields& fields, std::int64_t now_us) {
    const std::scoped_lock lock(mutex_);
    if (descriptor_ < 0 || file_bytes_ >= options_.file_bytes) {
        if (auto started = start_file(); !started) {
            return started;
        }
        forget_old_files(now_us);
    }
    std::string line = line_of(next_, now_us, fields, last_hash_);
    const std::string hash = access::sha256_hex(line);
    line.insert(line.size() - 1, ",\"hash\":\"" + hash + "\"");
    line += '\n';
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size())) {
        const Error failure = file_error("write");
        if (written > 0) {
            // Half an entry would end the chain.
            static_cast<void>(!::ftruncate(descriptor_, static_cast<off_t>(file_bytes_)));
        }
        return failure;
    }
    file_bytes_ += line.size();
    last_hash_ = hash;
    ++next_;
    has_unsynced_ = true;
    return {};
}

void AuditLog::sync() {
    const std::scoped_lock lock(mutex_);
    if (has_unsynced_ && descriptor_ >= 0) {
        ::fdatasync(descriptor_);
        has_unsynced_ = false;
    }
}

std::uint64_t AuditLog::entries() const {
    const std::scoped_lock lock(mutex_);
    return next_ - 1;
}

Result<void> read_audit(const std::filesystem::path& folder,
                        const std::function<bool(std::string_view line)>& visit) {
    const auto files = files_of(folder);
    if (!files) {
        return files.error();
    }
    for (const std::filesystem::path& file : *files) {
        std::ifstream stream(file, std::ios::binary);
        std::string line;
        while (std::getline(stream, line)) {
            if (!visit(line)) {
                return {};
            }
        }
        if (stream.bad()) {
            return Error{ErrorCode::kUnreadable, "audit log: cannot read " + file.string()};
        }
    }
    return {};
}

namespace {

bool is_entry(const Json& entry) {
    return entry.is_object() && entry.contains("n") && entry["n"].is_number_unsigned() &&
           entry.contains("previous") && entry["previous"].is_string() && entry.contains("hash") &&
           entry["hash"].is_string();
}

/// Follows the chain of hashes from entry to entry.
class ChainCheck {
  public:
    void take(std::string_view line) {
        const Json entry = Json::parse(line, nullptr, false);
        if (!is_entry(entry)) {
            complain("what follows entry " + std::to_string(next_ == 0 ? 0 : next_ - 1) +
                     " is no entry");
            return;
        }
        const auto number = entry["n"].get<std::uint64_t>();
        const std::string name = "entry " + std::to_string(number);
        if (next_ == 0) {
            begin(number, entry["previous"].get<std::string>());
        }
        if (number != next_) {
            complain(name + " stands where entry " + std::to_string(next_) + " belongs");
        }
        if (entry["previous"].get<std::string>() != report_.last_hash) {
            complain(name + " does not follow from the one before it");
        }
        if (sealed(entry).second != entry["hash"].get<std::string>()) {
            complain(name + " was changed");
        }
        report_.last_hash = entry["hash"].get<std::string>();
        next_ = number + 1;
        ++report_.entries;
    }

    [[nodiscard]] AuditReport report() && { return std::move(report_); }

  private:
    /// The log may begin later than with entry 1: old files are dropped.
    void begin(std::uint64_t number, std::string previous) {
        report_.first = number;
        next_ = number;
        report_.last_hash = std::move(previous);
        if (number == 1 && report_.last_hash != no_hash()) {
            complain("entry 1 follows another one");
        }
    }

    void complain(const std::string& problem) {
        if (report_.problems.size() < AuditReport::kMaxProblems) {
            report_.problems.push_back(problem);
        }
    }

    AuditReport report_;
    std::uint64_t next_ = 0;  ///< number of the entry that has to follow; 0: none was read
};

}  // namespace

Result<AuditReport> verify_audit(const std::filesystem::path& folder) {
    ChainCheck check;
    const auto read = read_audit(folder, [&](std::string_view line) {
        check.take(line);
        return true;
    });
    if (!read) {
        return read.error();
    }
    return std::move(check).report();
}

}  // namespace refrain::audit
