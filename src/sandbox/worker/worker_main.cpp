// The helper program: decodes and hashes media for refrain where it can do no harm.
#include <unistd.h>

#include <cstdio>

#include "sandbox/worker/serve.h"

int main(int argc, char** argv) {
    using namespace refrain;  // NOLINT(google-build-using-namespace): the whole of main
    const Result<sandbox::WorkerOptions> options = sandbox::read_words(argc, argv);
    if (!options) {
        static_cast<void>(
            std::fprintf(stderr, "refrain-worker: %s\n", options.error().message.c_str()));
        return 2;
    }
    sandbox::ConfineOptions confine;
    confine.memory_bytes = options->memory_bytes;
    confine.cpu_seconds = options->cpu_seconds;
    // No handlers of libraries run: they would want files that are out of reach.
    ::_exit(sandbox::run_worker(confine, sandbox::serve_medium));
}
