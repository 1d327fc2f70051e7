#include <errno.h>
#include <unistd.h>

#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <poll.h>
#include <pybind11/stl.h>

#include "refrain/export.h"
#include "refrain/import.h"

#include "open_corpus.h"
#include "options.h"

namespace py = pybind11;

namespace refrain::python {

namespace {

/// The bytes of a file or pipe to its end. A stop is heard while it waits.
FeedBytes bytes_of(int descriptor, const std::stop_token& stop) {
    return [descriptor, stop](std::span<char> into) -> Result<std::size_t> {
        constexpr int kTickMilliseconds = 10;
        while (!stop.stop_requested()) {
            pollfd waiting{descriptor, POLLIN, 0};
            if (::poll(&waiting, 1, kTickMilliseconds) == 0) {
                continue;
            }
            const ssize_t got = ::read(descriptor, into.data(), into.size());
            if (got >= 0) {
                return static_cast<std::size_t>(got);
            }
            if (errno != EINTR && errno != EAGAIN) {
                return Error{ErrorCode::kUnreadable, "cannot be read to its end: " +
                                                         std::generic_category().message(errno)};
            }
        }
        return Error{ErrorCode::kCancelled, "stopped while reading"};
    };
}

/// The first refusals of an import: all are counted, and a hostile list has any number of them.
struct Refusals {
    static constexpr std::size_t kMost = 1000;
    std::vector<ImportRefusal> first;

    RefusalVisitor visitor() {
        return [this](const ImportRefusal& refusal) {
            if (first.size() < kMost) {
                first.push_back(refusal);
            }
        };
    }
    [[nodiscard]] py::list to_list() const {
        py::list made;
        for (const ImportRefusal& refusal : first) {
            made.append(py::make_tuple(std::string(refusal.reason), refusal.line,
                                       py::bytes(refusal.detail)));
        }
        return made;
    }
};

/// Takes bytes for a file.
BundleSink sink_of(int descriptor) {
    return [descriptor](std::span<const std::byte> bytes) -> Result<void> {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) {
                const bool is_full = errno == ENOSPC || errno == EDQUOT;
                return Error{is_full ? ErrorCode::kDiskFull : ErrorCode::kUnreadable,
                             "cannot be written: " + std::generic_category().message(errno)};
            }
            bytes = bytes.subspan(written < 0 ? 0 : static_cast<std::size_t>(written));
        }
        return {};
    };
}

}  // namespace

py::tuple OpenCorpus::export_list(int descriptor,
                                  const std::string& format,
                                  const py::dict& filter,
                                  const std::stop_source& stop) {
    ExportOptions options;
    const auto named = export_format_named(format);
    if (!named) {
        raise("invalid_argument", "nothing is exported in the format " + format);
    }
    options.format = *named;
    options.filter = filter_of(filter);
    const ExportCounts counts = unwrap(
        call(stop, [&](Corpus& corpus, const std::stop_token& token) -> Result<ExportCounts> {
            const Result<void> known = corpus.check_banks(options.filter.banks);
            return known ? export_items(corpus, options, sink_of(descriptor), token)
                         : Result<ExportCounts>(known.error());
        }));
    return py::make_tuple(counts.written, counts.left_out, counts.damaged);
}

py::tuple OpenCorpus::import_list(int descriptor,
                                  const py::dict& how,
                                  const std::stop_source& stop) {
    const ImportOptions options = import_options_of(how);
    Refusals refusals;
    ImportReport report;
    report.counts = unwrap(call(stop, [&](Corpus& corpus, const std::stop_token& token) {
        return import_into(corpus, bytes_of(descriptor, token), options, refusals.visitor(), token);
    }));
    return py::make_tuple(to_json(report), refusals.to_list());
}

py::tuple inspect_list(int descriptor, const py::dict& how) {
    const RunningCall running(forks());
    const ImportOptions options = import_options_of(how);
    Refusals refusals;
    ImportReport report;
    report.is_dry_run = true;
    report.counts = unwrap(run({}, [&](const std::stop_token& token) {
        return inspect_import(bytes_of(descriptor, token), options, refusals.visitor(), token);
    }));
    return py::make_tuple(to_json(report), refusals.to_list());
}

}  // namespace refrain::python
