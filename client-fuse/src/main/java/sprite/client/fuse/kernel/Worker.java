package sprite.client.fuse.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import sprite.client.box.CallTrail;
import sprite.client.box.Slot;
import sprite.client.box.Trails;

/**
 * A thread that reads requests from the kernel, carries each out and answers it, in memory of its own that it uses
 * again and again. Which of them read at a time is the {@link Crew}'s decision. Confined to itself, but for
 * {@link #request}.
 */
final class Worker extends Thread {
    private final Crew crew;
    private final Channel channel;
    private final Operations operations;
    private final Gate gate;
    private volatile @Nullable Request request;

    private final Trails trails;

    /** Whether the crew counts on this worker to read next. */
    private boolean reads;

    /** Where it is kept what the calls do that this worker carries out, one after the other. */
    private Slot slot;

    Worker(Crew crew, Channel channel, Operations operations, Gate gate, Trails trails) {
        super(null, null, "fuse-" + crew.nextNumber(), 0, false);
        this.crew = crew;
        this.gate = gate;
        this.channel = channel;
        this.operations = operations;
        this.trails = trails;
        this.slot = trails.slot();
        setDaemon(true);
    }

    /** The request that is carried out, if any; it may be answered already. From any thread. */
    @Nullable
    Request request() {
        return request;
    }

    @Override
    public void run() {
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            // A thread that is being killed gets no more pages, and the kernel fails a request that it then cannot
            // copy (fuse_dev_do_read: EIO), though another daemon could carry it out.
            boolean whole = slot.isKept();
            MemorySegment input = Libc.map(errors, Channel.REQUEST_MAX, whole);
            MemorySegment output = Libc.map(errors, Reply.BYTES, whole);
            try {
                serve(errors, input, new Reply(output));
            } finally {
                Libc.unmap(errors, input);
                Libc.unmap(errors, output);
            }
        } finally {
            slot.free();
            crew.ended(this);
        }
    }

    private void serve(Libc.Errors errors, MemorySegment input, Reply reply) {
        while (reads || crew.mayRead()) {
            reads = false;
            int length = channel.read(errors, input);
            if (length == 0) {
                crew.mountIsOver();
                return;
            }
            var next = new Request(input, length);
            request = next;
            CallTrail trail = trail(next);
            if (trail != null) {
                next.call().leaves(trail);
            }
            crew.startsWork(next);
            while (!isDone(next, errors, reply)) {
                next.renew(); // it was to be carried out by another daemon, which did not take over
            }
            if (trail != null) {
                trail.end();
                next.call().answered();
            }
            request = null;
        }
    }

    /** A request that the daemon's life before had begun goes on where that stopped; null if nothing is kept. */
    private @Nullable CallTrail trail(Request next) {
        CallTrail former = Trails.isAgain(next.unique()) ? trails.claim(next.unique()) : null;
        if (former == null) {
            return slot.isKept() ? new CallTrail(slot, next.unique()) : null;
        }
        slot.free();
        slot = former.slot();
        return former;
    }

    /** Carries a request out and answers it; false if it was withdrawn. */
    private boolean isDone(Request next, Libc.Errors errors, Reply reply) {
        gate.enter();
        try {
            if (gate.isClosing()) {
                next.withdraw();
            }
            int answer = operations.carryOut(next, reply);
            if (next.isWithdrawn(answer)) {
                return false;
            }
            if (answer != Operations.NO_REPLY) {
                send(errors, next, reply, answer);
            }
            return true;
        } finally {
            gate.leave();
        }
    }

    private void send(Libc.Errors errors, Request answered, Reply reply, int answer) {
        int payload = Math.max(answer, 0);
        long address = reply.seal(answered.unique(), Math.min(answer, 0), payload);
        reads = crew.reads();
        boolean taken = channel.write(errors, address, (int) Out.Header.BYTES + payload);
        if (!taken && answer >= 0) {
            if (reads) {
                reads = false;
                crew.readsNot();
            }
            operations.undelivered(answered, reply);
        }
    }
}
