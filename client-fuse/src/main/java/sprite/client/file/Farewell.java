package sprite.client.file;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Deadline;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * What becomes of dirty data at the end of a mount: it goes home as long as something arrives there, and what cannot is
 * kept in local files. Thread-safe: state is in the files.
 */
final class Farewell {
    private static final Duration LOOK = Duration.ofMillis(100);

    /** A server that has not answered for so long is taken for one that is away. */
    private static final long SILENT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How much longer servers may take that answer, but write nothing. */
    private static final int ANSWERING = 3;

    /** And how much longer they may take to sync. */
    private static final int SYNCING = 15;

    private final FileTable files;
    private final WriteBack writeBack;
    private final LostAndFound lostAndFound;
    private final Counters counters;

    Farewell(FileTable files, WriteBack writeBack, LostAndFound lostAndFound, Counters counters) {
        this.files = files;
        this.writeBack = writeBack;
        this.lostAndFound = lostAndFound;
        this.counters = counters;
    }

    /** See {@link FileCache#writeBackAll}. */
    FlushReport writeBackAll(Duration patience, Deadline end) {
        Map<ServerLink, List<CachedFile>> byServer =
                files.all().stream().collect(Collectors.groupingBy(file -> file.link));
        Set<ServerLink> writing = ConcurrentHashMap.newKeySet();
        writing.addAll(byServer.keySet());
        Map<CachedFile, FsException> failed = new ConcurrentHashMap<>();
        List<CompletableFuture<?>> each = new ArrayList<>();
        byServer.forEach((link, ofServer) -> each.add(begin("write back all to " + link.address(), () -> {
            CompletableFuture<?> stored = writeBackStored(ofServer, failed);
            failed.putAll(writeBack.flushTogether(ofServer, Cause.UNMOUNT));
            stored.join();
            writing.remove(link);
            writeBack.committing.commitAll(link, ofServer);
        })));
        awaitProgress(together(each), patience, end, () -> writing.isEmpty() ? SYNCING : ANSWERING);
        List<FlushReport.Failure> failures = new ArrayList<>();
        for (CachedFile file : files.all()) {
            FlushReport.@Nullable Failure failure = failure(file, failed.get(file));
            if (failure != null) {
                failures.add(failure);
            }
        }
        return new FlushReport(failures);
    }

    private static CompletableFuture<?> begin(String name, Runnable action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().name(name).start(() -> {
            try {
                action.run();
            } finally {
                done.complete(null);
            }
        });
        return done;
    }

    private static CompletableFuture<?> together(List<CompletableFuture<?>> each) {
        return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new));
    }

    /** What programs stored into pages has to land before it can be written back. */
    private CompletableFuture<?> writeBackStored(List<CachedFile> all, Map<CachedFile, FsException> failed) {
        List<CompletableFuture<?>> each = new ArrayList<>();
        for (CachedFile file : all) {
            if (!Storing.hasLanded(file)) {
                each.add(begin("write back stored " + file.id, () -> {
                    Storing.awaitLanded(file);
                    failed.putAll(writeBack.flushTogether(List.of(file), Cause.UNMOUNT));
                }));
            }
        }
        return together(each);
    }

    /** @param times how many times the patience a server may take that answers; a disk may take long, for instance */
    private void awaitProgress(CompletableFuture<?> done, Duration patience, Deadline end, IntSupplier times) {
        long written = counters.writtenToServers.sum();
        long since = System.nanoTime();
        while (true) {
            try {
                Object _ = done.get(end.left(LOOK).toNanos(), TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                long now = counters.writtenToServers.sum();
                since = now == written ? since : System.nanoTime();
                written = now;
                long limit = patience.toNanos() * (isServerAway() ? 1 : times.getAsInt());
                if (end.isOver() || System.nanoTime() - since > limit) {
                    return; // what is still dirty then is in the report
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (ExecutionException e) {
                throw new IllegalStateException("only ever completed", e);
            }
        }
    }

    private boolean isServerAway() {
        return files.all().stream().anyMatch(file -> isHere(file) && file.link.silentNanos() > SILENT_NANOS);
    }

    /** Whether something may not be on the server's disk. */
    private static boolean isHere(CachedFile file) {
        file.lock.lock();
        try {
            return file.blocks.isDirty() || !file.blocks.uncommitted.isEmpty() || !file.stored.isEmpty();
        } finally {
            file.lock.unlock();
        }
    }

    private static FlushReport.@Nullable Failure failure(CachedFile file, @Nullable FsException why) {
        file.lock.lock();
        try {
            if (!isHere(file)) {
                return null;
            }
            FsError error = why == null ? FsError.TIMED_OUT : why.error();
            long bytes = file.blocks.unarrivedBytes() + file.stored.bytes();
            return new FlushReport.Failure(file.id, file.link.address(), bytes, error);
        } finally {
            file.lock.unlock();
        }
    }

    /** See {@link FileCache#keepUnwritten}. */
    List<FlushReport.Kept> keepUnwritten() {
        List<FlushReport.Kept> all = new ArrayList<>();
        for (CachedFile file : files.all()) {
            FlushReport.@Nullable Kept kept = lostAndFound.keepUnarrived(file);
            if (kept != null) {
                all.add(kept);
            }
        }
        return all;
    }
}
