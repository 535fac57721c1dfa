// The Python program that serves the embedded model.

/// What `python3 -c` gets, and its arguments.
///
/// It is not installed with the model: a newer Baton may need another one for the same model.
enum ServerScript {
    /// The words after `python3`: isolated from the user's own Python settings, without `site`, without buffers.
    static func arguments(
        packages: String,
        model: String,
        name: String,
        socket: String,
        threads: Int,
        context: Int
    ) -> [String] {
        ["-I", "-S", "-u", "-c", text, packages, model, name, socket, String(threads), String(context)]
    }

    /// The line that it prints when it answers.
    static let readyLine = "ready"

    private static let text = """
        import os, sys, threading

        packages, model, name, socket, threads, context = sys.argv[1:7]


        def watch():
            # Only Baton holds the other end of standard input: when it closes, Baton is gone, however it ended.
            while os.read(0, 4096):
                pass
            try:
                os.unlink(socket)
            except OSError:
                pass
            os._exit(0)


        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()

        # Only one line may go to standard output, whatever the libraries print.
        news = os.dup(1)
        os.dup2(2, 1)
        os.umask(0o077)
        sys.path.insert(0, packages)
        import xllamacpp

        p = xllamacpp.CommonParams()
        p.model.path = model
        p.model_alias = {name}
        p.hostnames = [socket]
        p.port = 0
        p.ui = False
        p.n_ctx = int(context)
        p.n_parallel = 1
        p.cpuparams.n_threads = int(threads)
        p.cpuparams_batch.n_threads = int(threads)
        # Threads that wait actively take the processor from the ones they wait for when the machine is busy.
        p.cpuparams.poll = 0
        p.cpuparams_batch.poll = 0
        # A prompt that is partly in a cache is cut into other batches, which changes the last bits of its numbers and
        # so, sometimes, the answer: the same request must get the same bytes.
        p.cache_prompt = False
        p.cache_ram_mib = 0
        p.n_ctx_checkpoints = 0
        p.verbosity = 2
        server = xllamacpp.Server(p)
        os.write(news, b"ready\\n")
        watcher.join()
        """
}
