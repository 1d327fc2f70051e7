#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "media/still_parts.h"
#include "media/tiff_file.h"
#include "media/tiff_page.h"

namespace refrain::media {
namespace {

// Helpers among the pages cost time as well, if less.
constexpr int kMaxDirectories = 4 * static_cast<int>(kMaxListedParts);

/// Takes the pages down in the order of the file. @return what kept further ones from the list
Result<std::string> list_pages(TiffFile& file, MediumPlan& plan, std::optional<PartPlan>& helper) {
    for (int page = 0; page < kMaxDirectories; ++page) {
        const int found = page == 0 ? TIFFSetSubDirectory(file.handle(), file.first_directory())
                                    : TIFFReadDirectory(file.handle());
        if (Result<void> alive = file.check(); !alive) {
            return alive.error();
        }
        const std::string problem = file.take_problem();
        if (found != 1) {
            if (page == 0) {
                return Error{ErrorCode::kCorrupt, "damaged TIFF directory: " + problem};
            }
            return fmt::format("page {} cannot be found: {}", page,
                               problem.empty() ? "no directory" : problem);
        }
        PartPlan part;
        part.format = Format::kTiff;
        part.offset = TIFFCurrentDirOffset(file.handle());
        part.entry = page;
        part.part.index = static_cast<std::uint32_t>(plan.parts.size());
        part.part.role = plan.parts.empty() ? PartRole::kMain : PartRole::kPicture;
        if (read_tiff_page(file).is_helper) {
            helper = helper ? helper : part;
        } else if (plan.parts.size() == kMaxListedParts) {
            return fmt::format("the file holds more than {} pages", kMaxListedParts);
        } else {
            plan.parts.push_back(part);
        }
        if (TIFFLastDirectory(file.handle()) != 0) {
            return std::string();
        }
    }
    return fmt::format("the file holds more than {} directories", kMaxDirectories);
}

}  // namespace

Result<MediumPlan> plan_tiff(const ByteSource& source, const ReaderOptions& options) {
    const Result<std::unique_ptr<TiffFile>> file = TiffFile::open(source, options);
    if (!file) {
        return file.error();
    }
    MediumPlan plan;
    std::optional<PartPlan> helper;
    Result<std::string> left_out = list_pages(**file, plan, helper);
    if (!left_out) {
        return left_out.error();
    }
    plan.left_out = std::move(left_out).value();
    if (plan.parts.empty() && helper) {
        // Raw pictures of cameras keep what others can show as a smaller copy.
        helper->part = {};
        plan.parts.push_back(*helper);
    }
    return plan;
}

}  // namespace refrain::media
