package sprite.consistency.small;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.consistency.ClientFile;
import sprite.consistency.ClientId;
import sprite.consistency.OpenMode;
import sprite.consistency.sim.Bug;
import sprite.consistency.sim.Violation;

/** A client: its processes, what its daemon has of the file, its ends of the wires. Confined to one thread. */
final class Host {
    static final int NOTHING = -1;

    final int index;
    final ClientId id;
    /** The first of its processes, counted over all clients. */
    final int firstProcess;

    final int[] left;
    final @Nullable Call[] calls;
    final List<Handle> handles = new ArrayList<>();
    final List<Frame.Up> toServer = new ArrayList<>();
    final List<Frame.Down> toClient = new ArrayList<>();
    /** Requests that have arrived and wait for a thread of the server. */
    final List<Frame.Request> executing = new ArrayList<>();

    final List<Transfer> writeBacks = new ArrayList<>();
    private final List<Frame.Recall> obeying = new ArrayList<>();
    private final List<Integer> unsynced = new ArrayList<>();
    private ClientFile file = ClientFile.UNKNOWN;
    private int value = NOTHING;
    private boolean dirty;
    private boolean truncating;
    private boolean scanning;
    Frame.@Nullable Done lastDone;

    boolean dead;
    boolean buried;

    /** A write-back on its way there ({@code served} is false) or its answer on its way back. */
    record Transfer(int value, boolean served, boolean taken) {}

    Host(int index, int firstProcess, List<Integer> callCounts) {
        this.index = index;
        this.firstProcess = firstProcess;
        id = new ClientId(index + 1);
        left = callCounts.stream().mapToInt(Integer::intValue).toArray();
        calls = new @Nullable Call[left.length];
    }

    private Host(Host other) {
        index = other.index;
        id = other.id;
        firstProcess = other.firstProcess;
        left = other.left.clone();
        calls = other.calls.clone();
        handles.addAll(other.handles);
        toServer.addAll(other.toServer);
        toClient.addAll(other.toClient);
        executing.addAll(other.executing);
        writeBacks.addAll(other.writeBacks);
        obeying.addAll(other.obeying);
        unsynced.addAll(other.unsynced);
        file = other.file;
        value = other.value;
        dirty = other.dirty;
        truncating = other.truncating;
        scanning = other.scanning;
        lastDone = other.lastDone;
        dead = other.dead;
        buried = other.buried;
    }

    Host copy() {
        return new Host(this);
    }

    boolean isDirty() {
        return dirty;
    }

    int value() {
        return value;
    }

    boolean isTruncating() {
        return truncating;
    }

    List<Integer> unsynced() {
        return unsynced;
    }

    /** A scan could find something to do. */
    boolean mayScan() {
        return dirty && !scanning && obeying.isEmpty() && !truncating;
    }

    boolean mayEvict() {
        return value != NOTHING && !dirty && writeBacks.isEmpty();
    }

    // -------------------------------------------------------------------------------------- calls of processes

    void begin(World world, int process, Call.Kind kind, int handle) {
        int written = 1 + (firstProcess + process) * Scope.CALLS_MOST + Scope.CALLS_MOST - left[process];
        left[process]--;
        switch (kind) {
            case OPEN_READ, OPEN_WRITE -> {
                calls[process] = Call.of(kind, written, 0, Call.Stage.REQUESTED);
                toServer.add(new Frame.Request(process, Call.mode(kind), false, 0));
            }
            case READ -> {
                world.register().reads(firstProcess + process);
                calls[process] = Call.of(kind, handle, 0, Call.Stage.WAITING);
            }
            case WRITE -> {
                world.register().writes(firstProcess + process, written);
                calls[process] = Call.of(kind, handle, written, Call.Stage.WAITING);
            }
            case FSYNC -> calls[process] = Call.of(kind, handle, 0, Call.Stage.WAITING);
            case CLOSE -> handles.replaceAll(h -> h.number() == handle ? h.closed() : h);
            case TRUNCATE -> {
                world.register().writes(firstProcess + process, written);
                calls[process] = Call.of(kind, 0, written, Call.Stage.WAITING);
            }
        }
        proceed(world);
    }

    /** Lets go on whoever can: as the product's waiters, who are woken whenever something changes. */
    private void proceed(World world) {
        boolean again = true;
        while (again) {
            again = false;
            for (int process = 0; process < calls.length; process++) {
                Call call = calls[process];
                if (call != null && call.stage() == Call.Stage.WAITING && isReady(world)) {
                    run(world, process, call);
                    again = true;
                } else if (call != null && call.stage() == Call.Stage.DRAINING && isDrained()) {
                    calls[process] = call.at(Call.Stage.REQUESTED);
                    toServer.add(new Frame.Request(process, OpenMode.WRITE, true, call.value()));
                }
            }
        }
    }

    private boolean isReady(World world) {
        boolean hasty = world.broken(Bug.NO_DRAIN_BEFORE_UNCACHED);
        if ((!obeying.isEmpty() && !(hasty && !file.cacheable())) || truncating) {
            return false;
        }
        return file.cacheable()
                ? !isUncachedInFlight() || world.broken(Bug.NO_DRAIN_BEFORE_CACHED)
                : (writeBacks.isEmpty() && !dirty) || hasty;
    }

    private boolean isUncachedInFlight() {
        for (Call call : calls) {
            if (call != null && call.isInFlight() && !call.fetch()) {
                return true;
            }
        }
        return false;
    }

    private boolean isDrained() {
        return writeBacks.isEmpty() && !isUncachedInFlight();
    }

    private void run(World world, int process, Call call) {
        switch (call.kind()) {
            case READ, WRITE -> {
                Handle handle = handle(call.handle());
                if (handle.detached()) {
                    calls[process] = call.at(Call.Stage.REOPENING);
                    toServer.add(new Frame.Request(process, handle.mode(), false, 0));
                } else if (call.kind() == Call.Kind.READ) {
                    read(world, process, call);
                } else {
                    write(world, process, call);
                }
            }
            case FSYNC -> {
                calls[process] = call.at(Call.Stage.FLUSHING);
                continueFlush(world);
            }
            case TRUNCATE -> {
                truncating = true;
                calls[process] = call.at(Call.Stage.DRAINING);
                if (world.broken(Bug.DROPPED_BEFORE_TRUNCATION)) {
                    drop(true);
                }
            }
            case OPEN_READ, OPEN_WRITE, CLOSE -> throw new IllegalStateException("does not wait: " + call);
        }
    }

    private Handle handle(int number) {
        return handles.stream().filter(h -> h.number() == number).findAny().orElseThrow();
    }

    private void read(World world, int process, Call call) {
        if (file.cacheable() && value != NOTHING) {
            calls[process] = null;
            world.register().hasRead(firstProcess + process, value);
        } else {
            calls[process] = call.sent(file.cacheable());
        }
    }

    private void write(World world, int process, Call call) {
        handles.replaceAll(h -> h.number() == call.handle() ? h.written() : h);
        if (!file.cacheable()) {
            calls[process] = call.sent(false);
            return;
        }
        calls[process] = null;
        overtake(true, false);
        value = call.value();
        dirty = true;
        unsynced.add(value);
        world.register().hasWritten(firstProcess + process);
    }

    private void overtake(boolean byWrite, boolean byDrop) {
        for (int i = 0; i < calls.length; i++) {
            Call call = calls[i];
            if (call != null) {
                calls[i] = call.overtaken(byWrite, byDrop);
            }
        }
    }

    /** The answer to a read or write beside the stream. */
    void answered(World world, int process) {
        Call call = required(process);
        calls[process] = null;
        if (call.kind() == Call.Kind.WRITE) {
            if (call.value() == NOTHING) {
                throw new Violation("client " + id + ": an uncached write was refused");
            }
            world.register().hasWritten(firstProcess + process);
        } else {
            boolean good = call.fetch()
                    && (!call.overtakenByWrite() || world.broken(Bug.FETCH_OUTRUNS_WRITE))
                    && (!call.overtakenByDrop() || world.broken(Bug.FETCH_OUTRUNS_INVALIDATION));
            if (good && !dirty) {
                value = call.value();
            }
            world.register().hasRead(firstProcess + process, call.value());
        }
        proceed(world);
    }

    Call required(int process) {
        Call call = calls[process];
        if (call == null) {
            throw new IllegalStateException("process " + process + " of " + id + " has no call");
        }
        return call;
    }

    // -------------------------------------------------------------------------------------------- what arrives

    void receive(World world) {
        switch (toClient.removeFirst()) {
            case Frame.Opened opened -> opened(world, opened);
            case Frame.Truncated truncated -> truncated(world, truncated);
            case Frame.Recall recall -> recalled(world, recall);
        }
        proceed(world);
    }

    private void opened(World world, Frame.Opened reply) {
        Call call = required(reply.process());
        if (call.stage() == Call.Stage.REOPENING) {
            handles.replaceAll(h -> h.number() == call.handle() ? h.attach() : h);
        } else {
            handles.add(new Handle(call.handle(), firstProcess + reply.process(), reply.mode(), false, false, false));
        }
        ClientFile.Opened next =
                world.rules().opened(file, reply.mode().write(), reply.version(), reply.cacheable(), reply.seq());
        if (next.blocks() == ClientFile.Blocks.WRITE_BACK_AND_DROP) {
            drop(false);
        }
        file = next.next();
        calls[reply.process()] = call.stage() == Call.Stage.REOPENING ? call.at(Call.Stage.WAITING) : null;
    }

    private void truncated(World world, Frame.Truncated reply) {
        truncating = false;
        drop(true);
        if (file.version().next().equals(reply.version())) {
            file = new ClientFile(reply.version(), file.cacheable(), file.seq());
        }
        calls[reply.process()] = null;
        world.register().hasWritten(firstProcess + reply.process());
    }

    private void drop(boolean dirtyToo) {
        if (dirty && !dirtyToo) {
            throw new Violation("client " + id + " drops a dirty block");
        }
        overtake(false, true);
        value = NOTHING;
        dirty = false;
        unsynced.clear();
    }

    void evict() {
        value = NOTHING;
    }

    private void recalled(World world, Frame.Recall recall) {
        obeying.add(recall);
        if (recall.invalidate()) {
            file = file.invalidated();
        }
        if (recall.writeBack()) {
            continueFlush(world);
        } else {
            obeyed(recall);
        }
    }

    private void obeyed(Frame.Recall recall) {
        obeying.remove(recall);
        if (recall.invalidate()) {
            detachFlushed();
        }
        lastDone = new Frame.Done(recall.callback());
        toServer.add(lastDone);
        if (recall.invalidate()) {
            drop(false);
        }
    }

    private void detachFlushed() {
        List<Handle> writing =
                handles.stream().filter(h -> !h.detached() && h.mode().write()).toList();
        if (writing.stream().allMatch(h -> h.flushed() && !isBusy(h))) {
            handles.replaceAll(h -> writing.contains(h) ? h.detach() : h);
            writing.forEach(h -> toServer.add(new Frame.Close(h.mode(), false)));
        }
    }

    private boolean isBusy(Handle handle) {
        for (Call call : calls) {
            if (call != null && call.isInFlight() && call.handle() == handle.number()) {
                return true;
            }
        }
        return false;
    }

    /** The kernel's release of a handle that was closed. */
    void release(World world, int number) {
        Handle handle = handle(number);
        handles.remove(handle);
        if (!handle.detached()) {
            boolean reported = dirty && !(world.broken(Bug.CLOSED_WITHOUT_DIRTY) && !writeBacks.isEmpty());
            toServer.add(new Frame.Close(handle.mode(), reported));
        }
    }

    // --------------------------------------------------------------------------------------------- write-backs

    void scan(World world) {
        scanning = true;
        continueFlush(world);
    }

    private boolean isFlushing() {
        if (scanning || obeying.stream().anyMatch(Frame.Recall::writeBack)) {
            return true;
        }
        for (Call call : calls) {
            if (call != null && call.stage() == Call.Stage.FLUSHING) {
                return true;
            }
        }
        return false;
    }

    private void continueFlush(World world) {
        if (!isFlushing()) {
            return;
        }
        boolean may = writeBacks.isEmpty()
                || (world.broken(Bug.TWO_WRITE_BACKS_OF_A_BLOCK)
                        && writeBacks.stream().noneMatch(t -> t.value() == value));
        if (dirty && may) {
            writeBacks.add(new Transfer(value, false, false));
        }
        if (!writeBacks.isEmpty()) {
            return;
        }
        for (int i = 0; i < calls.length; i++) {
            Call call = calls[i];
            if (call != null && call.stage() == Call.Stage.FLUSHING) {
                calls[i] = null;
            }
        }
        if (scanning) {
            scanning = false;
            if (obeying.isEmpty() && !truncating) {
                toServer.add(new Frame.WrittenBack(file.seq()));
            }
        }
        List.copyOf(obeying).stream().filter(Frame.Recall::writeBack).forEach(this::obeyed);
    }

    void stored(World world, int transfer) {
        Transfer arrived = writeBacks.remove(transfer);
        if (!arrived.taken()) {
            throw new Violation("client " + id + ": the dirty block was refused");
        }
        int place = unsynced.indexOf(arrived.value());
        if (place >= 0) {
            unsynced.subList(0, place + 1).clear();
        }
        if (value == arrived.value()) {
            dirty = false;
        }
        continueFlush(world);
        proceed(world);
    }

    void encode(Fingerprint to) {
        to.put(dead).put(buried).put(value).put(dirty).put(truncating).put(scanning);
        to.put(file.version().value()).put(file.cacheable()).put(file.seq());
        for (int i = 0; i < calls.length; i++) {
            Call call = calls[i];
            to.put(left[i]).put(call != null);
            if (call != null) {
                call.encode(to);
            }
        }
        handles.forEach(h -> h.encode(to));
        to.put(-1);
        toServer.forEach(f -> f.encode(to));
        to.put(-1);
        toClient.forEach(f -> f.encode(to));
        to.put(-1);
        executing.forEach(f -> f.encode(to));
        to.put(-1);
        writeBacks.forEach(t -> to.put(t.value()).put(t.served()).put(t.taken()));
        to.put(-1);
        obeying.forEach(r -> r.encode(to));
        to.put(-1);
        unsynced.forEach(to::put);
        to.put(-1);
    }
}
