package sprite.consistency.sim;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sprite.consistency.OpenMode;

/**
 * The calls that processes of one client make on one file. Each tells the oracle what it saw. Confined to one thread.
 */
final class FileCalls {
    private final ClientCache cache;
    private final SimClient client;
    private final ServerFile server;
    private final Oracle oracle;

    FileCalls(ClientCache cache) {
        this.cache = cache;
        client = cache.client();
        server = cache.server();
        oracle = cache.oracle();
    }

    private long now() {
        return client.agenda().now();
    }

    private void mark(Mark mark) {
        client.history().mark(mark);
    }

    private void line(String what) {
        client.history().line(client.id() + "", server + " " + what);
    }

    void open(OpenMode mode, Consumer<@Nullable Handle> done) {
        int writesEnded = cache.uncachedWritesEnded();
        client.request(
                server + " open " + mode,
                () -> server.open(client.id(), mode, reply -> {
                    if (reply == null) {
                        done.accept(null);
                        return;
                    }
                    Handle handle = new Handle(mode);
                    cache.handles().add(handle);
                    cache.opened(mode, reply, writesEnded);
                    done.accept(handle);
                }));
    }

    /** Runs {@code action} when the handle is open at the server and it is its turn. */
    private void use(Handle handle, Runnable action, Runnable failed) {
        cache.whenReady(() -> {
            if (!handle.detached) {
                handle.busy = true;
                action.run();
                return;
            }
            mark(Mark.DETACHED_HANDLE_REOPENED);
            int writesEnded = cache.uncachedWritesEnded();
            client.request(
                    server + " open again",
                    () -> server.open(client.id(), handle.mode(), reply -> {
                        if (reply == null) {
                            failed.run();
                            return;
                        }
                        handle.detached = false;
                        cache.opened(handle.mode(), reply, writesEnded);
                        use(handle, action, failed);
                    }));
        });
    }

    void read(Handle handle, int index, Runnable done) {
        long start = now();
        use(handle, () -> readNow(handle, index, start, done), done);
    }

    private void readNow(Handle handle, int index, long start, Runnable done) {
        Block cached = cache.cacheable() ? cache.blocks().get(index) : null;
        if (cached != null) {
            mark(Mark.CACHED_READ_HIT);
            line("reads " + index + "=" + cached.value + " (cached)");
            handle.busy = false;
            oracle.block(index).read(cached.value, start, now());
            done.run();
        } else if (cache.cacheable()) {
            Fetch fetch = cache.fetch(index);
            client.call(() -> server.read(index), value -> {
                cache.fetched(fetch, value);
                sawAtServer(handle, index, value, start);
                done.run();
            });
        } else {
            mark(Mark.UNCACHED_READ);
            cache.uncachedBegins();
            client.call(() -> server.read(index), value -> {
                sawAtServer(handle, index, value, start);
                cache.uncachedEnds();
                done.run();
            });
        }
    }

    private void sawAtServer(Handle handle, int index, long value, long start) {
        line("reads " + index + "=" + value);
        handle.busy = false;
        oracle.block(index).read(value, start, now());
    }

    void write(Handle handle, int index, long value, Runnable done) {
        long start = now();
        use(
                handle,
                () -> {
                    handle.flushed = false;
                    Sizes.Change grown = oracle.sizes().writing(index + 1, start);
                    oracle.block(index).writing(value, start);
                    if (cache.cacheable()) {
                        writeCached(handle, index, value, grown);
                        done.run();
                        return;
                    }
                    mark(Mark.UNCACHED_WRITE);
                    cache.uncachedBegins();
                    client.call(() -> server.write(client.id(), index, value), written -> {
                        uncachedWritten(handle, written, value, grown);
                        done.run();
                    });
                },
                done);
    }

    private void writeCached(Handle handle, int index, long value, Sizes.Change grown) {
        line("writes " + index + "=" + value + " (cached)");
        cache.writeCached(index, value, grown);
        handle.busy = false;
        oracle.block(index).wrote(value, now());
        grown.ended(now());
    }

    private void uncachedWritten(Handle handle, ServerFile.Written written, long value, Sizes.@Nullable Change grown) {
        line("writes " + written.block() + "=" + value + " " + written);
        handle.busy = false;
        switch (written.result()) {
            case DONE -> {
                oracle.block(written.block()).wrote(value, now());
                if (grown != null) {
                    grown.ended(now());
                }
            }
            case NO_SPACE -> oracle.block(written.block()).forget(value);
            case TOO_BIG -> {}
            case STALE, LOCKED ->
                throw new Violation(client.id() + ": an uncached write to " + server + " was refused");
        }
        cache.uncachedWriteEnds();
    }

    void append(Handle handle, long value, Runnable done) {
        long start = now();
        use(handle, () -> appendNow(handle, value, start, done), done);
    }

    private void appendNow(Handle handle, long value, long start, Runnable done) {
        handle.flushed = false;
        if (!cache.cacheable()) {
            mark(Mark.UNCACHED_APPEND);
            cache.uncachedBegins();
            Sizes.@Nullable Change[] grown = new Sizes.Change[1];
            client.call(
                    () -> {
                        ServerFile.Written written = server.append(client.id(), value);
                        if (written.result() == ServerFile.Result.DONE) {
                            grown[0] = appending(written.block(), value, start);
                        }
                        return written;
                    },
                    written -> {
                        uncachedWritten(handle, written, value, grown[0]);
                        done.run();
                    });
            return;
        }
        int index = cache.size();
        handle.busy = false;
        if (index < ServerFile.BLOCKS) {
            mark(Mark.CACHED_APPEND);
            writeCached(handle, index, value, appending(index, value, start));
        }
        done.run();
    }

    private Sizes.Change appending(int index, long value, long start) {
        oracle.sizes().seen("an append", index, start);
        oracle.block(index).writing(value, start);
        return oracle.sizes().writing(index + 1, start);
    }

    void truncate(int size, long value, Runnable done) {
        long start = now();
        Sizes.Change cut = oracle.sizes().truncating(size, start);
        for (int i = size; i < ServerFile.BLOCKS; i++) {
            oracle.block(i).writing(value, start);
        }
        cache.truncating(
                size,
                () -> client.request(
                        server + " truncate " + size,
                        () -> server.truncate(client.id(), size, value, reply -> {
                            if (reply == null) {
                                for (int i = size; i < ServerFile.BLOCKS; i++) {
                                    oracle.block(i).forget(value);
                                }
                                cache.truncationRefused();
                            } else {
                                cache.truncated(size, reply);
                                cut.ended(now());
                                for (int i = size; i < ServerFile.BLOCKS; i++) {
                                    oracle.block(i).wrote(value, now());
                                }
                            }
                            done.run();
                        })));
    }

    void stat(Runnable done) {
        long start = now();
        boolean writesItself = cache.cacheable()
                && cache.isReady()
                && cache.handles().stream()
                        .anyMatch(h -> !h.detached && h.mode().write());
        if (cache.attributesHeld() || writesItself) {
            mark(cache.attributesHeld() ? Mark.STAT_FROM_GRANT : Mark.STAT_BY_WRITER_ITSELF);
            line("stat " + cache.size() + " (cached)");
            oracle.sizes().seen("a stat from the cache", cache.size(), start);
            done.run();
        } else {
            askForStat(start, done);
        }
    }

    private void askForStat(long start, Runnable done) {
        int lost = cache.ownSizesLost();
        client.request(
                server + " stat",
                () -> server.stat(client.id(), reply -> {
                    boolean doubtful = lost != cache.ownSizesLost() || cache.isTruncating();
                    if (doubtful && !client.rules().broken(Bug.OWN_SIZE_FORGOTTEN_ON_THE_WAY)) {
                        mark(Mark.STAT_ASKED_AGAIN); // the server may have counted on this client to know better
                        askForStat(start, done);
                        return;
                    }
                    cache.known(reply);
                    oracle.sizes().seen("a stat", cache.size(), start);
                    done.run();
                }));
    }

    void fsync(Runnable done) {
        cache.whenReady(() -> cache.flush(_ -> done.run()));
    }

    /** close(2): what is known at once; the release comes when it comes. */
    void close(Handle handle) {
        handle.flushed = true;
        client.later(client.agenda().random(80), () -> cache.release(handle));
    }
}
