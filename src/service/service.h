#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "refrain/fingerprinter.h"
#include "refrain/log.h"
#include "refrain/result.h"

#include "server/url_fetcher.h"
#include "service/config.h"

namespace refrain::service {

/// What a service is started with beside its configuration.
struct ServiceStart {
    FingerprintOptions fingerprint;  ///< with the sandbox that media are decoded in
    LogSink* log = nullptr;          ///< borrowed, may be null
    /// Called once it listens, with HOST:PORT.
    std::function<void(const std::string& place)> listening;
    /// Whether certificates and keys are to be read again; asked every now and then.
    std::function<bool()> wants_reload;
    /// What `url=` is fetched through. Tests put a network of their own here; the program leaves it
    /// as it is, and no setting reaches it.
    server::FetchNetwork network;
};

/// Runs the service until it is told to stop, then lets requests in work end.
///
/// @return whether all of them did
/// @error kCorpusNotFound, kCorpusDamaged, kCorpusBusy, kCorpusReadOnly, kUnreadable,
///        kInvalidArgument, kDiskFull
[[nodiscard]] Result<bool> run_service(Config config,
                                       const ServiceStart& start,
                                       const std::stop_token& stop);

}  // namespace refrain::service
