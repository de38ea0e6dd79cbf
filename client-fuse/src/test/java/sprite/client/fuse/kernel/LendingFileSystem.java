package sprite.client.fuse.kernel;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Borrower;
import sprite.client.fs.Caller;
import sprite.client.fs.Handle;
import sprite.client.fuse.MemoryFileSystem;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** The twin, lending all that it tells for a long time, and calling nothing back by itself. Thread-safe. */
final class LendingFileSystem extends MemoryFileSystem {
    private static final long LONG_NANOS = 600_000_000_000L;

    /** How often it was asked for attributes or a name. */
    final AtomicInteger asked = new AtomicInteger();

    /** How many reads for pages have come. */
    final AtomicInteger fills = new AtomicInteger();

    /** What reads for pages wait for. */
    volatile CountDownLatch mayFill = new CountDownLatch(0);

    private final AtomicReference<Borrower> borrower = new AtomicReference<>(Borrower.NOBODY);

    /** What happens once, between the next answer's making and its sending. */
    private final AtomicReference<Meanwhile> meanwhile = new AtomicReference<>(() -> {});

    /** Likewise, when an entry of a listing has been made. */
    private final AtomicReference<Meanwhile> listing = new AtomicReference<>(() -> {});

    /** Something that another host does. */
    @FunctionalInterface
    interface Meanwhile {
        void run() throws FsException;
    }

    Borrower borrower() {
        return borrower.get();
    }

    /** To be done when the next answer has been made and not yet been sent. */
    void beforeNextAnswer(Meanwhile action) {
        meanwhile.set(action);
    }

    /** To be done when the first entry of the next listing has been made, and the listing has not been sent. */
    void amidNextListing(Meanwhile action) {
        listing.set(action);
    }

    private void answering() throws FsException {
        asked.incrementAndGet();
        meanwhile.getAndSet(() -> {}).run();
    }

    @Override
    public void lendTo(Borrower first) {
        borrower.set(first);
    }

    @Override
    public Attributes attributes(FileId file, Caller caller) throws FsException {
        Attributes found = super.attributes(file, caller);
        answering();
        return found;
    }

    @Override
    public Attributes lookup(FileId directory, FileName name, Caller caller) throws FsException {
        try {
            return super.lookup(directory, name, caller);
        } finally {
            answering();
        }
    }

    @Override
    public @Nullable Attributes attributesIfHeld(FileId file) throws FsException {
        Attributes found = super.attributes(file, Trusted.CALLER);
        listing.getAndSet(() -> {}).run();
        return found;
    }

    @Override
    public boolean lendPages(Handle handle) {
        return true;
    }

    @Override
    public int readForPages(Handle handle, long offset, MemorySegment into, Caller caller) throws FsException {
        fills.incrementAndGet();
        try {
            mayFill.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return super.readForPages(handle, offset, into, caller);
    }

    @Override
    public long lendAttributes(Attributes told) {
        return LONG_NANOS;
    }

    @Override
    public long lendName(FileId directory, FileName name, @Nullable FileId entry) {
        return LONG_NANOS;
    }
}
