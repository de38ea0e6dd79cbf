package sprite.client.file;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Has the kernel forget the pages of many files, some at a time: when a lease is about to end, when a session is lost,
 * when the mount ends. Only files that are open count: pages of others nobody can read, and the next open finds out
 * whether they are still good. Pure functions.
 */
// See "Pages" in the design notes.
final class Lapses {
    /** Each takes a thread of the driver. */
    private static final int AT_ONCE = 64;

    /** When the mount ends, its end does not wait longer for a kernel that does not forget. */
    private static final long END_MILLIS_MAX = 3_000;

    private Lapses() {}

    /** Calls back all pages of open files of servers whose leases are about to end. */
    static void beforeLeasesEnd(Collection<CachedFile> files) {
        var _ = begin(files.stream()
                        .filter(file -> !Lending.isLeaseLong(file.link))
                        .toList())
                .join();
    }

    /** The session is lost. Files that nobody has open may have been changed unnoticed. */
    static void afterLoss(Collection<CachedFile> files) {
        var _ = begin(files).join();
    }

    /** Nothing is lent any more. */
    static void atEnd(Collection<CachedFile> files) {
        try {
            Object _ = begin(files).get(END_MILLIS_MAX, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return; // the kernel's matter; the programs will be gone with the mount
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static CompletableFuture<Void> begin(Collection<CachedFile> files) {
        Semaphore free = new Semaphore(AT_ONCE);
        List<CachedFile> read = files.stream().filter(Lapses::mayBeRead).toList();
        CompletableFuture<?>[] all = new CompletableFuture<?>[read.size()];
        for (int i = 0; i < all.length; i++) {
            CachedFile file = read.get(i);
            CompletableFuture<Void> lapsed = new CompletableFuture<>();
            all[i] = lapsed;
            free.acquireUninterruptibly();
            Thread.ofVirtual().name("pages of " + file.id).start(() -> {
                file.pages.lapse();
                free.release();
                lapsed.complete(null);
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
