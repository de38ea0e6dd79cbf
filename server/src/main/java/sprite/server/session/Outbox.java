package sprite.server.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.common.wire.proto.ServerFrame;

/**
 * What is said to one client, in order, over all its streams. Replies are kept until the client acknowledges them and
 * callbacks until it answers them; on a new stream all of those are said again in the order in which they were first
 * said, so that a reply that grants something never comes behind the callback that took it back.
 *
 * <p>Thread-safe: fields guarded by {@code lock}. Saying something never blocks: what the network does not take is
 * queued, and a client that lets too much pile up loses its stream.
 */
final class Outbox {
    /** Most bytes that wait for the network, and most bytes of replies that wait to be acknowledged. */
    static final long BACKLOG_MAX = 64L << 20;

    /** Something said, and when in the order of everything said. Immutable. */
    private record Said(long order, ServerFrame frame) {}

    /** A callback that the client has not answered. Immutable. */
    private record Debt(Said said, CallbackHandler handler, long sentNanos) {}

    /** Guards everything here. A leaf: nothing is locked while it is held, except inside gRPC's own send. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Traffic traffic;

    /** By request number; null: being executed. */
    @GuardedBy("lock")
    private final Map<Long, @Nullable Said> requests = new HashMap<>();

    @GuardedBy("lock")
    private final Map<Long, Debt> debts = new HashMap<>();

    @GuardedBy("lock")
    private final Deque<ServerFrame> backlog = new ArrayDeque<>();

    @GuardedBy("lock")
    private @Nullable ClientStream stream;

    @GuardedBy("lock")
    private long backlogBytes;

    @GuardedBy("lock")
    private long keptBytes;

    @GuardedBy("lock")
    private long order;

    @GuardedBy("lock")
    private long acked;

    @GuardedBy("lock")
    private boolean closed;

    /**
     * Nothing said yet.
     *
     * @param epoch of the session: callbacks of different sessions have different numbers, so that an answer that
     *     arrives in the next session is not taken for one to a callback of that session
     */
    Outbox(Traffic traffic, long epoch) {
        this.traffic = traffic;
        this.order = (epoch >>> 32 & 0x7FFF) << 48 | (epoch & 0xFFFF) << 32;
    }

    /** Begins a stream: {@code first}, then everything that may not have arrived. */
    void attach(ClientStream fresh, ServerFrame first) {
        lock.lock();
        try {
            ClientStream old = stream;
            if (old != null) {
                old.end("the client came back on another stream");
            }
            backlog.clear();
            backlogBytes = 0;
            stream = fresh;
            push(first);
            List<Said> again = new ArrayList<>();
            for (Said reply : requests.values()) {
                if (reply != null) {
                    again.add(reply);
                }
            }
            debts.values().forEach(debt -> again.add(debt.said));
            again.sort(Comparator.comparingLong(Said::order));
            again.forEach(said -> push(said.frame));
        } finally {
            lock.unlock();
        }
    }

    /** The stream broke; what is said from now on waits for the next one. */
    void detach(ClientStream gone) {
        lock.lock();
        try {
            if (gone.equals(stream)) {
                stream = null;
                backlog.clear();
                backlogBytes = 0;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether {@code seq} is a request that has not been seen before; from now on it has. One that has been answered is
     * answered once more: to a client that has the answer already, for it was said again at the stream's beginning,
     * that is nothing new.
     */
    boolean begin(long seq) {
        lock.lock();
        try {
            if (closed || seq <= acked) {
                return false;
            }
            if (!requests.containsKey(seq)) {
                requests.put(seq, null);
                return true;
            }
            Said reply = requests.get(seq);
            if (reply != null) {
                push(reply.frame);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@code seq} has begun and is not answered. */
    boolean isUnderWay(long seq) {
        lock.lock();
        try {
            return requests.containsKey(seq) && requests.get(seq) == null;
        } finally {
            lock.unlock();
        }
    }

    /** Answers request {@code seq}, unless it has been answered. */
    void reply(long seq, ServerFrame frame) {
        lock.lock();
        try {
            if (closed || !requests.containsKey(seq) || requests.get(seq) != null) {
                return;
            }
            requests.put(seq, new Said(++order, frame));
            keptBytes += frame.getSerializedSize();
            if (keptBytes > BACKLOG_MAX) {
                cut("replies are never acknowledged");
            }
            push(frame);
        } finally {
            lock.unlock();
        }
    }

    /** All replies up to {@code seq} have arrived; true if that is news. */
    boolean acknowledge(long seq) {
        lock.lock();
        try {
            if (seq <= acked) {
                return false;
            }
            if (seq - acked > requests.size()) {
                for (Long number : List.copyOf(requests.keySet())) {
                    if (number <= seq && forget(requests.get(number))) {
                        requests.remove(number);
                    }
                }
            } else {
                for (long done = acked + 1; done <= seq; done++) {
                    if (forget(requests.get(done))) {
                        requests.remove(done);
                    }
                }
            }
            acked = seq;
            return true;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean forget(@Nullable Said reply) {
        if (reply == null) {
            return false;
        }
        keptBytes -= reply.frame.getSerializedSize();
        return true;
    }

    /** Says something that nobody need repeat. */
    void say(ServerFrame frame) {
        lock.lock();
        try {
            push(frame);
        } finally {
            lock.unlock();
        }
    }

    /** Calls the client back; false if it is dead. The order number is the callback's id. */
    boolean call(Callback.Builder callback, CallbackHandler handler, long nowNanos) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            long id = ++order;
            ServerFrame frame =
                    ServerFrame.newBuilder().setCallback(callback.setId(id)).build();
            debts.put(id, new Debt(new Said(id, frame), handler, nowNanos));
            push(frame);
            traffic.calledBack();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The handler that waits for this answer, or null if none does any more. */
    @Nullable
    CallbackHandler answered(CallbackDone done) {
        lock.lock();
        try {
            Debt debt = debts.remove(done.getId());
            return debt == null ? null : debt.handler;
        } finally {
            lock.unlock();
        }
    }

    /** How long the oldest callback has waited for its answer; {@link Long#MIN_VALUE} if none does. */
    long oldestDebtAgeNanos(long nowNanos) {
        lock.lock();
        try {
            long age = Long.MIN_VALUE;
            for (Debt debt : debts.values()) {
                age = Math.max(age, nowNanos - debt.sentNanos);
            }
            return age;
        } finally {
            lock.unlock();
        }
    }

    /** The client is dead: nothing more is said. Returns who waited for its answers. */
    List<CallbackHandler> close(String why) {
        lock.lock();
        try {
            closed = true;
            List<CallbackHandler> waiting =
                    debts.values().stream().map(Debt::handler).toList();
            debts.clear();
            requests.clear();
            keptBytes = 0;
            cut(why);
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** The network takes more again. */
    void drain() {
        lock.lock();
        try {
            ClientStream to = stream;
            while (to != null && to.isReady() && !backlog.isEmpty()) {
                ServerFrame frame = backlog.remove();
                backlogBytes -= frame.getSerializedSize();
                send(to, frame);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void push(ServerFrame frame) {
        ClientStream to = stream;
        if (to == null) {
            return;
        }
        if (backlog.isEmpty() && to.isReady()) {
            send(to, frame);
            return;
        }
        backlog.add(frame);
        backlogBytes += frame.getSerializedSize();
        if (backlogBytes > BACKLOG_MAX) {
            cut("the client does not read its stream");
        }
    }

    @GuardedBy("lock")
    private void send(ClientStream to, ServerFrame frame) {
        to.send(frame);
        traffic.sent(frame.getSerializedSize());
    }

    @GuardedBy("lock")
    private void cut(String why) {
        ClientStream to = stream;
        stream = null;
        backlog.clear();
        backlogBytes = 0;
        if (to != null) {
            to.end(why);
        }
    }
}
