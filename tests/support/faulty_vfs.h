#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#include <signal.h>
#include <sqlite3.h>

namespace refrain::test {

/// What goes wrong with SQLite's files, and when. A step is a write, a sync, a cut, a removal or
/// the making of a file. With several threads the steps of all are counted.
struct FaultPlan {
    static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t steps = 0;              ///< so far
    std::uint64_t kill_at = kNever;       ///< the process is killed instead of doing this step
    bool tears_write = false;             ///< but half of what was to be written is
    std::uint64_t room = kNever;          ///< bytes by which files may still grow: a full disk
    std::uint64_t fail_sync_at = kNever;  ///< a sync at this step or the first after it fails once
};

inline FaultPlan& fault_plan() {
    static FaultPlan plan;
    return plan;
}

/// A file of the system's, which follows the plan.
struct FaultyFile {
    sqlite3_file base;
    sqlite3_file* real;
};

namespace faulty {

inline sqlite3_vfs* system_vfs() {
    static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
    return vfs;
}

inline sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file)->real; }

/// @return whether this is the step to die at
inline bool is_last_step() {
    FaultPlan& plan = fault_plan();
    return std::atomic_ref(plan.steps).fetch_add(1) == plan.kill_at;
}

inline void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;) {
        ::pause();
    }
}

inline void count_step() {
    if (is_last_step()) {
        die();
    }
}

inline int close(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
inline int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), bytes, count, at);
}

inline int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    FaultPlan& plan = fault_plan();
    sqlite3_file* const below = real(file);
    if (is_last_step()) {
        if (plan.tears_write) {
            below->pMethods->xWrite(below, bytes, count / 2, at);
        }
        die();
    }
    if (plan.room != FaultPlan::kNever) {
        sqlite3_int64 size = 0;
        below->pMethods->xFileSize(below, &size);
        const sqlite3_int64 growth = at + count - size;
        if (growth > 0 && static_cast<std::uint64_t>(growth) > plan.room) {
            return SQLITE_FULL;
        }
        plan.room -= growth > 0 ? static_cast<std::uint64_t>(growth) : 0;
    }
    return below->pMethods->xWrite(below, bytes, count, at);
}

inline int truncate(sqlite3_file* file, sqlite3_int64 size) {
    count_step();
    return real(file)->pMethods->xTruncate(real(file), size);
}

inline int sync(sqlite3_file* file, int flags) {
    count_step();
    FaultPlan& plan = fault_plan();
    if (plan.steps > plan.fail_sync_at) {
        plan.fail_sync_at = FaultPlan::kNever;
        return SQLITE_IOERR_FSYNC;
    }
    return real(file)->pMethods->xSync(real(file), flags);
}

inline int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
inline int lock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
inline int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
inline int check_reserved(sqlite3_file* file, int* result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
inline int control(sqlite3_file* file, int what, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), what, argument);
}
inline int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
inline int characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
inline int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
inline int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
inline void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
inline int shm_unmap(sqlite3_file* file, int drop) {
    return real(file)->pMethods->xShmUnmap(real(file), drop);
}

inline const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods all{2,
                                        close,
                                        read,
                                        write,
                                        truncate,
                                        sync,
                                        file_size,
                                        lock,
                                        unlock,
                                        check_reserved,
                                        control,
                                        sector_size,
                                        characteristics,
                                        shm_map,
                                        shm_lock,
                                        shm_barrier,
                                        shm_unmap,
                                        nullptr,
                                        nullptr};
    return &all;
}

inline int open(sqlite3_vfs* /*vfs*/,
                const char* name,
                sqlite3_file* file,
                int flags,
                int* out_flags) {
    if ((flags & SQLITE_OPEN_CREATE) != 0) {
        count_step();
    }
    auto* const ours = new (file) FaultyFile{};
    ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
    std::memset(ours->real, 0, static_cast<std::size_t>(system_vfs()->szOsFile));
    const int code = system_vfs()->xOpen(system_vfs(), name, ours->real, flags, out_flags);
    ours->base.pMethods = ours->real->pMethods == nullptr ? nullptr : methods();
    return code;
}

inline int remove(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
    count_step();
    return system_vfs()->xDelete(system_vfs(), name, sync_folder);
}

}  // namespace faulty

/// From now on every database of this process follows `fault_plan()`. For a forked child.
inline void install_faulty_vfs(const FaultPlan& plan) {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs ours = *faulty::system_vfs();
        ours.szOsFile = static_cast<int>(sizeof(FaultyFile)) + ours.szOsFile;
        ours.zName = "faulty";
        ours.pNext = nullptr;
        ours.xOpen = faulty::open;
        ours.xDelete = faulty::remove;
        return ours;
    }();
    fault_plan() = plan;
    sqlite3_vfs_register(&vfs, 1);
}

}  // namespace refrain::test
