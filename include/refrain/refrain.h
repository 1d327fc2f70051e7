#pragma once

/// Everything: media into fingerprints (fingerprinter.h), known media and look-ups (corpus.h),
/// answers (verdict.h), pictures that say why (explain.h), their JSON (json.h), and the processes
/// that media are decoded in (sandbox.h).
///
/// Rules for the whole API: borrowed arguments are used for the call only; results are values;
/// failures are `Error`s, thrown is only std::bad_alloc; each type states its thread safety.

#include "refrain/api.h"
#include "refrain/corpus.h"
#include "refrain/error.h"
#include "refrain/explain.h"
#include "refrain/fingerprint.h"
#include "refrain/fingerprinter.h"
#include "refrain/hash256.h"
#include "refrain/json.h"
#include "refrain/limits.h"
#include "refrain/log.h"
#include "refrain/media_time.h"
#include "refrain/result.h"
#include "refrain/sandbox.h"
#include "refrain/verdict.h"
#include "refrain/version.h"
