#pragma once

#include <memory>

#include "refrain/json.h"
#include "refrain/result.h"

#include "server/clamd_server.h"
#include "server/router.h"
#include "server/spool.h"
#include "service/context.h"

namespace refrain::service::doors {

/// What a door tells its client of a look-up.
using DoorAnswer = server::Response (*)(const Context&, const server::Request&, const FindReport&);

/// Adds a route on which an upload is looked up at once, film or not, and answered as `answer`
/// says. Parameters are passed over: the clients name accounts and records, which are not needed.
///
/// @param route  pattern, summary, types and schema are set
void add_door(Context& context, server::Router& router, server::Route route, DoorAnswer answer);

/// `POST /v1/validate`: 200 takes a file, 4xx refuses it (pict-rs, Lemmy).
void add_validate_route(Context& context, server::Router& router);

/// `POST /xrpc/com.atproto.unspecced.scanBlob`: the scanner that Bluesky's hepa asks.
void add_scan_blob_route(Context& context, server::Router& router);

/// ClamAV's daemon protocol on a port of its own (Discourse, ownCloud, rspamd).
///
/// @error as of server::ClamdServer::start
[[nodiscard]] Result<std::unique_ptr<server::ClamdServer>> start_clamd(
    Context& context,
    const std::shared_ptr<server::Spool>& spool);

}  // namespace refrain::service::doors
