#include <algorithm>

#include "store/catalogue_interface.h"

namespace refrain::store {

namespace {

constexpr std::size_t kRecordsPerPage = 1000;

/// Hands a page over by key. @return whether to go on
Result<bool> visit(const RecordList& rows,
                   std::int64_t newest_key,
                   const Catalogue::RecordVisitor& visitor,
                   std::uint64_t& visited) {
    auto item = rows.items.begin();
    auto damaged = rows.damaged.begin();
    while (item != rows.items.end() || damaged != rows.damaged.end()) {
        const bool is_sound = damaged == rows.damaged.end() ||
                              (item != rows.items.end() && item->item.key < damaged->key);
        if ((is_sound ? item->item.key : damaged->key) > newest_key) {
            return false;
        }
        if (!is_sound && !visitor.damaged) {
            return Error{ErrorCode::kCorpusDamaged, damaged->problem};
        }
        ++visited;
        const bool goes_on =
            is_sound ? visitor.sound(item->item, item->record) : visitor.damaged(*damaged);
        if (!goes_on) {
            return false;
        }
        is_sound ? static_cast<void>(++item) : static_cast<void>(++damaged);
    }
    return true;
}

}  // namespace

Result<Catalogue::Snapshot> Catalogue::each_record(const RecordVisitor& visitor) const {
    Snapshot snapshot;
    std::int64_t newest_key = 0;
    std::int64_t after = 0;
    do {
        const Result<RecordPage> page = records_after(after, kRecordsPerPage);
        if (!page) {
            return page.error();
        }
        if (after == 0) {
            snapshot.last_sequence = page->last_sequence;
            newest_key = page->newest_key;
        }
        const Result<bool> goes_on = visit(page->rows, newest_key, visitor, snapshot.items);
        if (!goes_on) {
            return goes_on.error();
        }
        after = *goes_on ? page->next : 0;
    } while (after != 0);
    return snapshot;
}

}  // namespace refrain::store
