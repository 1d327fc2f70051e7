#include "access/key_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "access/roles.h"
#include "access/secrets.h"

namespace refrain::access {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPrefix = "rk_";

std::string identity_of(const std::filesystem::path& file) {
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) {
        return "none";
    }
    return std::to_string(about.st_ino) + ":" + std::to_string(about.st_size) + ":" +
           std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec);
}

Json to_object(const Key& key) {
    return {{"id", key.id},
            {"name", key.name},
            {"role", key.role},
            {"sha256", key.hash},
            {"created", key.created_s},
            {"expires", key.expires_s},
            {"revoked", key.revoked_s},
            {"requests_per_second", key.requests_per_second}};
}

Key from_object(const Json& object) {
    Key key;
    key.id = object.at("id").get<std::string>();
    key.name = object.at("name").get<std::string>();
    key.role = object.at("role").get<std::string>();
    key.hash = object.at("sha256").get<std::string>();
    key.created_s = object.at("created").get<std::int64_t>();
    key.expires_s = object.at("expires").get<std::int64_t>();
    key.revoked_s = object.at("revoked").get<std::int64_t>();
    key.requests_per_second = object.at("requests_per_second").get<double>();
    return key;
}

Error file_error(const std::string& what) {
    const int code = errno;
    return {code == ENOSPC || code == EDQUOT ? ErrorCode::kDiskFull : ErrorCode::kUnreadable,
            "keys: " + what + ": " + std::generic_category().message(code)};
}

/// Writes a file that only its owner reads, and puts it in the other's place in one step.
Result<void> replace_file(const std::filesystem::path& file, const std::string& text) {
    constexpr mode_t kOwnerOnly = 0600;
    const std::string next = file.native() + ".new";
    const int descriptor =
        ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly);
    if (descriptor < 0) {
        return file_error("open " + next);
    }
    const bool is_written =
        ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(descriptor) == 0;
    const Error failure = is_written ? Error{} : file_error("write " + next);
    ::close(descriptor);
    if (!is_written) {
        return failure;
    }
    if (::rename(next.c_str(), file.c_str()) != 0) {
        return file_error("rename " + next);
    }
    return {};
}

/// Two commands at once take turns.
class FileLock {
  public:
    explicit FileLock(const std::filesystem::path& file)
        : descriptor_(
              ::open((file.native() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (descriptor_ >= 0) {
            ::flock(descriptor_, LOCK_EX);
        }
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

  private:
    int descriptor_;
};

}  // namespace

KeyRing::KeyRing(std::filesystem::path file) : file_(std::move(file)) {}

Result<void> KeyRing::refresh() {
    const std::string now = identity_of(file_);
    if (now == seen_) {
        return {};
    }
    if (now == "none") {
        keys_.clear();
        seen_ = now;
        return {};
    }
    std::ifstream stream(file_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) {
        return Error{ErrorCode::kUnreadable, "keys: cannot read " + file_.string()};
    }
    std::map<std::string, Key> keys;
    try {
        const Json document = Json::parse(text);
        for (const Json& object : document.at("keys")) {
            Key key = from_object(object);
            keys[key.id] = std::move(key);
        }
    } catch (const Json::exception& error) {
        return Error{ErrorCode::kCorpusDamaged,
                     "keys: " + file_.string() + " is damaged: " + error.what()};
    }
    keys_ = std::move(keys);
    seen_ = now;
    return {};
}

Result<void> KeyRing::write() const {
    Json document = {{"schema", "refrain.keys/1"}, {"keys", Json::array()}};
    for (const auto& [id, key] : keys_) {
        document["keys"].push_back(to_object(key));
    }
    std::error_code ignored;
    std::filesystem::create_directories(file_.parent_path(), ignored);
    return replace_file(file_, document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<std::string> KeyRing::create(const NewKey& wanted, std::int64_t now_s) {
    constexpr std::size_t kIdBytes = 6;
    constexpr std::size_t kSecretBytes = 32;
    if (!find_role(wanted.role)) {
        return Error{ErrorCode::kInvalidArgument, "there is no role " + wanted.role};
    }
    const std::scoped_lock lock(mutex_);
    std::error_code ignored;
    std::filesystem::create_directories(file_.parent_path(), ignored);
    const FileLock turn(file_);
    if (const auto read = refresh(); !read) {
        return read.error();
    }
    Key key;
    key.id = random_hex(kIdBytes);
    key.name = wanted.name;
    key.role = wanted.role;
    key.created_s = now_s;
    key.expires_s = wanted.expires_s;
    key.requests_per_second = wanted.requests_per_second;
    std::string secret = std::string(kPrefix) + key.id + "_" + random_hex(kSecretBytes);
    key.hash = sha256_hex(secret);
    keys_[key.id] = key;
    if (const auto written = write(); !written) {
        keys_.erase(key.id);
        return written.error();
    }
    return secret;
}

Result<void> KeyRing::revoke(const std::string& id, std::int64_t now_s) {
    const std::scoped_lock lock(mutex_);
    const FileLock turn(file_);
    if (const auto read = refresh(); !read) {
        return read.error();
    }
    const auto found = keys_.find(id);
    if (found == keys_.end()) {
        return Error{ErrorCode::kUnknownId, "there is no key " + id};
    }
    if (found->second.revoked_s == 0) {
        found->second.revoked_s = now_s;
    }
    return write();
}

Result<std::vector<Key>> KeyRing::list() {
    const std::scoped_lock lock(mutex_);
    if (const auto read = refresh(); !read) {
        return read.error();
    }
    std::vector<Key> all;
    for (const auto& [id, key] : keys_) {
        all.push_back(key);
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Key& a, const Key& b) { return a.created_s < b.created_s; });
    return all;
}

KeyRing::Checked KeyRing::check(std::string_view secret, std::int64_t now_s) {
    Checked checked;
    const std::string hash = sha256_hex(secret);
    std::string_view id = secret;
    if (id.starts_with(kPrefix)) {
        id.remove_prefix(kPrefix.size());
    }
    id = id.substr(0, id.find('_'));
    const std::scoped_lock lock(mutex_);
    static_cast<void>(refresh());
    const auto found = keys_.find(std::string(id));
    if (found == keys_.end() || !same_secret(found->second.hash, hash)) {
        return checked;
    }
    if (found->second.revoked_s != 0) {
        checked.refusal = KeyRefusal::kRevoked;
    } else if (found->second.expires_s != 0 && found->second.expires_s <= now_s) {
        checked.refusal = KeyRefusal::kExpired;
    } else {
        checked.key = found->second;
    }
    return checked;
}

}  // namespace refrain::access
