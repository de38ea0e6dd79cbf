package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import sprite.consistency.ClientFile;
import sprite.consistency.Event;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;

/**
 * What a client has of one file: the state of the right to cache, blocks, size, handles. {@link FileCalls} are the
 * calls of processes upon it. Confined to one thread.
 */
final class ClientCache {
    private final SimClient client;
    private final ServerFile server;
    private final Oracle oracle;
    private final SortedMap<Integer, Block> blocks = new TreeMap<>();
    private final List<Handle> handles = new ArrayList<>();
    private final List<Fetch> fetches = new ArrayList<>();
    private final List<Runnable> waiters = new ArrayList<>();
    private final List<Consumer<Boolean>> flushers = new ArrayList<>();
    private ClientFile file = ClientFile.UNKNOWN;
    private int size;
    private boolean ownSize;
    private int ownSizesLost;
    private boolean attributesHeld;
    private int obeying;
    private boolean truncating;
    private int uncachedInFlight;
    private int uncachedWritesEnded;
    private boolean sizeUnsure;
    private int writeBacksInFlight;
    private boolean noSpace;

    ClientCache(SimClient client, ServerFile server, Oracle oracle) {
        this.client = client;
        this.server = server;
        this.oracle = oracle;
    }

    SimClient client() {
        return client;
    }

    ServerFile server() {
        return server;
    }

    Oracle oracle() {
        return oracle;
    }

    List<Handle> handles() {
        return handles;
    }

    SortedMap<Integer, Block> blocks() {
        return blocks;
    }

    boolean cacheable() {
        return file.cacheable();
    }

    int size() {
        return size;
    }

    boolean attributesHeld() {
        return attributesHeld && !sizeUnsure && !truncating;
    }

    private boolean broken(Bug bug) {
        return client.rules().broken(bug);
    }

    // --------------------------------------------------------------------------------- waiting for one's turn

    /**
     * Reads and writes wait while a recall or a truncation is under way, and until those of the other kind are over.
     */
    boolean isReady() {
        if ((obeying > 0 && !(broken(Bug.NO_DRAIN_BEFORE_UNCACHED) && !cacheable())) || truncating) {
            return false;
        }
        return cacheable()
                ? (uncachedInFlight == 0 && !sizeUnsure) || broken(Bug.NO_DRAIN_BEFORE_CACHED)
                : (writeBacksInFlight == 0 && !isDirty()) || broken(Bug.NO_DRAIN_BEFORE_UNCACHED);
    }

    void whenReady(Runnable action) {
        if (isReady()) {
            action.run();
            return;
        }
        if (obeying > 0 && writeBacksInFlight > 0) {
            client.history().mark(Mark.IO_WAITED_FOR_WRITE_BACK);
        }
        if (cacheable() && uncachedInFlight > 0) {
            client.history().mark(Mark.IO_WAITED_FOR_UNCACHED);
        }
        waiters.add(action);
    }

    private void wake() {
        while (isReady() && !waiters.isEmpty()) {
            waiters.removeFirst().run();
        }
    }

    void uncachedBegins() {
        uncachedInFlight++;
    }

    void uncachedEnds() {
        uncachedInFlight--;
        if (sizeUnsure && uncachedInFlight == 0) {
            askForSize();
        }
        wake();
    }

    void uncachedWriteEnds() {
        uncachedWritesEnded++;
        uncachedEnds();
    }

    int uncachedWritesEnded() {
        return uncachedWritesEnded;
    }

    /** An uncached write crossed the open that allowed caching: which of them the server took first is unknown. */
    private void askForSize() {
        client.history().mark(Mark.SIZE_ASKED_AFTER_CROSSING);
        int writesEnded = uncachedWritesEnded;
        client.request(
                server + " stat",
                () -> server.stat(client.id(), reply -> {
                    if (uncachedInFlight > 0) {
                        return; // the right to cache came and went; asked again when they have ended
                    }
                    if (writesEnded != uncachedWritesEnded) {
                        askForSize();
                        return;
                    }
                    sizeUnsure = false;
                    known(reply);
                    wake();
                }));
    }

    // --------------------------------------------------------------------------------------------- blocks

    boolean isDirty() {
        return blocks.values().stream().anyMatch(b -> b.dirty);
    }

    void writeCached(int index, long value, Sizes.Change grown) {
        fetches.stream().filter(f -> f.block() == index).forEach(f -> f.overtakenByWrite = true);
        blocks.computeIfAbsent(index, _ -> new Block(value)).write(value, grown);
        size = Math.max(size, index + 1);
        ownSize = true;
    }

    Fetch fetch(int index) {
        Fetch fetch = new Fetch(index);
        fetches.add(fetch);
        return fetch;
    }

    void fetched(Fetch fetch, long value) {
        fetches.remove(fetch);
        boolean good = true;
        if (fetch.overtakenByWrite) {
            client.history().mark(Mark.FETCH_OVERTAKEN_BY_WRITE);
            good = broken(Bug.FETCH_OUTRUNS_WRITE);
        }
        if (fetch.overtakenByDrop) {
            client.history().mark(Mark.FETCH_OVERTAKEN_BY_INVALIDATION);
            good = good && broken(Bug.FETCH_OUTRUNS_INVALIDATION);
        }
        if (good) {
            Block old = blocks.get(fetch.block());
            if (old == null || !old.dirty) {
                blocks.put(fetch.block(), new Block(value));
            }
        }
    }

    /** Memory is needed for something else. */
    void evict() {
        blocks.values().removeIf(b -> !b.dirty && b.inFlight == 0);
    }

    private void drop(int from, boolean dirtyToo) {
        fetches.stream().filter(f -> f.block() >= from).forEach(f -> f.overtakenByDrop = true);
        if (!dirtyToo && isDirty()) {
            throw new Violation(client.id() + " drops a dirty block of " + server);
        }
        blocks.tailMap(from).clear();
    }

    // ----------------------------------------------------------------------------------------- write-back

    /** Brings all dirty blocks home; tells whether they fitted. */
    void flush(Consumer<Boolean> done) {
        flushers.add(done);
        noSpace = false;
        continueFlush();
    }

    private void continueFlush() {
        blocks.forEach(this::startWriteBack);
        if (writeBacksInFlight == 0) {
            List<Consumer<Boolean>> waiting = List.copyOf(flushers);
            flushers.clear();
            boolean clean = !isDirty();
            waiting.forEach(f -> f.accept(clean));
        }
    }

    private void startWriteBack(int index, Block block) {
        if (!block.dirty || noSpace || (block.inFlight > 0 && !broken(Bug.TWO_WRITE_BACKS_OF_A_BLOCK))) {
            return;
        }
        long value = block.value;
        block.inFlight++;
        writeBacksInFlight++;
        client.call(() -> server.writeBack(client.id(), index, value), written -> {
            if (written.result() == ServerFile.Result.LOCKED) {
                return; // no answer
            }
            block.inFlight--;
            writeBacksInFlight--;
            client.history().line(client.id() + "", server + " wrote back " + index + "=" + value + " " + written);
            switch (written.result()) {
                case DONE -> block.arrived(value);
                case NO_SPACE -> {
                    client.history().mark(Mark.WRITE_BACK_WITHOUT_SPACE);
                    noSpace = true;
                }
                case STALE, TOO_BIG, LOCKED ->
                    throw new Violation(client.id() + ": dirty block " + index + " of " + server + " was refused");
            }
            if (flushers.isEmpty()) {
                wake();
            } else if (writeBacksInFlight == 0) {
                continueFlush();
                wake();
            }
        });
    }

    /** The daemon looks for old dirty blocks. */
    void scan() {
        if (!isDirty() || obeying > 0 || truncating) {
            return;
        }
        flush(clean -> {
            if (clean && obeying == 0 && !truncating) {
                OpenSeq seq = file.seq();
                int report = report();
                client.tell(server + " written back", () -> server.writtenBack(client.id(), seq, report));
            }
        });
    }

    private int report() {
        return ownSize || broken(Bug.SIZE_FROM_ANYONE) ? size : Answer.NOTHING;
    }

    // ------------------------------------------------------------------------------------- opens and closes

    /** @param writesEnded how many uncached writes had ended when the open was sent */
    void opened(OpenMode mode, Opened reply, int writesEnded) {
        boolean crossed = uncachedInFlight > 0 || uncachedWritesEnded > writesEnded;
        if (!cacheable() && reply.cacheable() && crossed && !broken(Bug.SIZE_FROM_CROSSED_OPEN)) {
            sizeUnsure = true;
        }
        ClientFile.Opened opened =
                client.rules().opened(file, mode.write(), reply.version(), reply.cacheable(), reply.seq());
        switch (opened.blocks()) {
            case KEEP -> {
                if (!blocks.isEmpty()) {
                    client.history().mark(Mark.BLOCKS_KEPT_AT_REOPEN);
                }
            }
            case WRITE_BACK_AND_DROP -> {
                if (reply.cacheable() && !blocks.isEmpty()) {
                    client.history().mark(Mark.BLOCKS_OUT_OF_DATE);
                }
                drop(0, false);
                loseOwnSize();
            }
        }
        file = opened.next();
        known(reply);
        if (sizeUnsure && uncachedInFlight == 0) {
            askForSize();
        }
        wake();
    }

    private void loseOwnSize() {
        if (ownSize) {
            ownSize = false;
            ownSizesLost++;
        }
    }

    /** How often this client ceased to know the size better than the server. */
    int ownSizesLost() {
        return ownSizesLost;
    }

    /** Attributes came from the server. What this client wrote since is not in them. */
    void known(Opened reply) {
        if (!ownSize || reply.version().compareTo(file.version()) > 0) {
            size = reply.size();
        }
        attributesHeld = reply.attributesGranted();
    }

    /** Nothing is told if the server was told before, in a recall. */
    void release(Handle handle) {
        if (truncating && !broken(Bug.CLOSED_WHILE_TRUNCATING)) {
            client.later(3, () -> release(handle)); // its report of the size would be older than the truncation
            return;
        }
        handles.remove(handle);
        if (!handle.detached) {
            boolean dirty = broken(Bug.CLOSED_WITHOUT_DIRTY)
                    ? blocks.values().stream().anyMatch(b -> b.dirty && b.inFlight == 0)
                    : isDirty();
            close(handle, dirty);
        }
    }

    private void close(Handle handle, boolean dirty) {
        int report = report();
        client.tell(
                server + " close dirty=" + dirty + " size=" + report,
                () -> server.close(client.id(), handle.mode(), dirty, report));
    }

    // ------------------------------------------------------------------------------------------ callbacks

    void recalled(long id, boolean writeBack, boolean invalidate) {
        if (handles.isEmpty() && broken(Bug.NO_HANDLE_NO_ANSWER)) {
            return;
        }
        ClientFile before = file;
        obeying++;
        if (truncating) {
            client.history().mark(Mark.RECALLED_WHILE_TRUNCATING);
        }
        if (invalidate) {
            file = file.invalidated();
            attributesHeld = false;
        }
        if (writeBack) {
            flush(clean -> obeyed(id, clean, invalidate, before));
        } else {
            obeyed(id, true, invalidate, before);
        }
    }

    private void obeyed(long id, boolean clean, boolean invalidate, ClientFile before) {
        obeying--;
        if (!clean) {
            file = before;
            client.answer(id, new Answer(Event.Outcome.NO_SPACE, report()));
            wake();
            return;
        }
        if (invalidate) {
            detachFlushed();
        }
        client.answer(id, new Answer(Event.Outcome.OBEYED, report()));
        if (invalidate) {
            drop(0, false);
            loseOwnSize();
        }
        wake();
    }

    /** Handles for writing that wait for their release only are closed at once, so that the opener may cache. */
    private void detachFlushed() {
        List<Handle> writing =
                handles.stream().filter(h -> !h.detached && h.mode().write()).toList();
        if (writing.stream().allMatch(h -> h.flushed && !h.busy)) {
            for (Handle handle : writing) {
                handle.detached = true;
                close(handle, false);
            }
        }
    }

    void revoked(long id) {
        attributesHeld = false;
        client.answer(id, Answer.FORGOTTEN);
    }

    /** Somebody asks how large the file is. */
    void report(long id) {
        if (sizeUnsure) {
            client.later(3, () -> report(id));
            return;
        }
        client.answer(id, new Answer(Event.Outcome.OBEYED, cacheable() || ownSize ? size : Answer.NOTHING));
    }

    // ---------------------------------------------------------------------------------------- truncation

    /** Runs {@code ask} when nothing is in flight that could overtake it. */
    void truncating(int newSize, Runnable ask) {
        whenReady(() -> {
            truncating = true;
            if (isDirty()) {
                client.history().mark(Mark.TRUNCATED_OVER_OWN_DIRTY);
            }
            if (broken(Bug.DROPPED_BEFORE_TRUNCATION)) {
                drop(newSize, true);
            }
            askWhenDrained(ask);
        });
    }

    private void askWhenDrained(Runnable ask) {
        if (writeBacksInFlight == 0 && uncachedInFlight == 0) {
            ask.run();
        } else {
            client.later(3, () -> askWhenDrained(ask));
        }
    }

    void truncated(int newSize, Opened reply) {
        truncating = false;
        drop(newSize, true);
        if (file.version().next().equals(reply.version())) {
            file = new ClientFile(reply.version(), file.cacheable(), file.seq());
        }
        size = newSize;
        loseOwnSize();
        attributesHeld = reply.attributesGranted();
        wake();
    }

    boolean isTruncating() {
        return truncating;
    }

    void truncationRefused() {
        truncating = false;
        wake();
    }

    /** What nobody else has seen may be gone with the client; or it is still under way in a slow network. */
    void die() {
        blocks.forEach((index, block) -> {
            if (block.dirty) {
                long value = block.value;
                client.agenda().after(client.agenda().random(600), () -> server.writeBack(client.id(), index, value));
            }
        });
        blocks.forEach((index, block) -> block.unsynced.forEach(write -> {
            oracle.block(index).mayBeLost(write.value());
            write.grown().mayBeLost();
        }));
    }

    Version version() {
        return file.version();
    }
}
