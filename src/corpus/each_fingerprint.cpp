#include <utility>

#include "corpus/corpus_impl.h"

namespace refrain {

Result<void> Corpus::each_fingerprint(
    const std::function<bool(const ItemSummary&, Fingerprint&&)>& visit,
    const std::function<void(const Damage&)>& damaged) const {
    if (!visit) {
        return Error{ErrorCode::kInvalidArgument, "the fingerprints need a visitor"};
    }
    const auto note = [&](const store::DamagedRow& row) {
        impl_->damage.note(row);
        if (damaged) {
            damaged(corpus::damage_of(row));
        }
        return true;
    };
    const auto read = impl_->store.each_record(
        {[&](const store::StoredItem& row, std::span<const std::byte> record) {
             Result<Fingerprint> fingerprint = decode_fingerprint(record);
             if (!fingerprint) {
                 return note({row.key, row.id, row.source, fingerprint.error().message});
             }
             return visit(corpus::summary_of(row), std::move(fingerprint).value());
         },
         note});
    return read ? Result<void>() : Result<void>(read.error());
}

}  // namespace refrain
