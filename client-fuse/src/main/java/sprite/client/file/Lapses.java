package sprite.client.file;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import sprite.client.fs.Deadline;
import sprite.client.session.ServerLink;

/**
 * Has the kernel forget the pages of many files, some at a time: when a lease is about to end, when a session is lost,
 * when the mount ends. Only files that are open count: pages of others nobody can read, and the next open finds out
 * whether they are still good. Thread-safe: a concurrent set.
 */
// See "Pages" in the design notes.
final class Lapses {
    /** Each takes a thread of the driver. */
    private static final int AT_ONCE = 64;

    /** When the mount ends, its end does not wait longer for a kernel that does not forget. */
    private static final Duration END_MAX = Duration.ofSeconds(3);

    /** Servers whose files' pages are being called back because the lease is about to end. */
    private final Set<ServerLink> ending = ConcurrentHashMap.newKeySet();

    /**
     * Calls back all pages of open files of servers whose leases are about to end. Waits for nothing: a kernel that
     * does not forget what came from one server keeps nobody from calling back what came from another.
     */
    void beforeLeasesEnd(Collection<CachedFile> files) {
        Map<ServerLink, List<CachedFile>> byServer = files.stream()
                .filter(file -> !Lending.isLeaseLong(file.link))
                .collect(Collectors.groupingBy(file -> file.link));
        byServer.forEach((link, ofServer) -> {
            if (ending.add(link)) {
                var _ = begin(ofServer).whenComplete((_, _) -> ending.remove(link));
            }
        });
    }

    /** The session is lost. Files that nobody has open may have been changed unnoticed. */
    static void afterLoss(Collection<CachedFile> files) {
        var _ = begin(files).join();
    }

    /** Nothing is lent any more. */
    static void atEnd(Collection<CachedFile> files, Deadline end) {
        try {
            Object _ = begin(files).get(end.left(END_MAX).toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return; // the kernel's matter; the programs will be gone with the mount
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for nothing. */
    private static CompletableFuture<Void> begin(Collection<CachedFile> files) {
        Semaphore free = new Semaphore(AT_ONCE);
        List<CachedFile> read = files.stream().filter(Lapses::mayBeRead).toList();
        CompletableFuture<?>[] all = new CompletableFuture<?>[read.size()];
        for (int i = 0; i < all.length; i++) {
            CachedFile file = read.get(i);
            CompletableFuture<Void> lapsed = new CompletableFuture<>();
            all[i] = lapsed;
            Thread.ofVirtual().name("pages of " + file.id).start(() -> {
                free.acquireUninterruptibly();
                try {
                    file.pages.lapse();
                } finally {
                    free.release();
                    lapsed.complete(null);
                }
            });
        }
        return CompletableFuture.allOf(all);
    }

    /** Whether a program can read the file's pages now; if not, they are looked at when it is opened again. */
    private static boolean mayBeRead(CachedFile file) {
        file.lock.lock();
        try {
            if (file.handles.isEmpty()) {
                file.pages.areOutOfDate();
                return false;
            }
            return file.pages.areHeld();
        } finally {
            file.lock.unlock();
        }
    }
}
