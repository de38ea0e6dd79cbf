package sprite.client.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.Cancel;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.Goodbye;
import sprite.common.wire.proto.KeepAlive;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.Welcome;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/**
 * A {@link ServerLink} over gRPC: one stream at a time, replaced when it breaks, and data calls beside it.
 *
 * <p>Thread-safe: fields guarded by {@code lock}. Frames go out under it, which gives them their order; replies and
 * callbacks are taken in on the stream's thread with the lock released.
 */
public final class GrpcServerLink implements ServerLink {
    private static final Logger log = LoggerFactory.getLogger(GrpcServerLink.class);
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(5);
    private static final Duration INTERRUPT_CHECK = Duration.ofMillis(20);
    private static final long RETRY_MILLIS_MAX = 1_000;

    private enum State {
        CONNECTING,
        READY,
        RECOVERING,
        CLOSED
    }

    private final LinkConfig config;
    private final LinkEvents events;
    private final Channels channels;
    private final Lease lease = new Lease();

    /** Guards what is said and to whom. Rank: below every cache's lock; nothing else is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Map<Long, PendingCall> pending = new LinkedHashMap<>();

    @GuardedBy("lock")
    private State state = State.CONNECTING;

    @GuardedBy("lock")
    private long nextSeq = 1;

    @GuardedBy("lock")
    private int streamNumber;

    @GuardedBy("lock")
    private @Nullable StreamObserver<ClientFrame> stream;

    /** The stream on which Hello has been said and Welcome not heard. */
    @GuardedBy("lock")
    private @Nullable StreamObserver<ClientFrame> helloStream;

    private volatile @Nullable Welcome welcome;
    private volatile long awaySinceNanos;

    private GrpcServerLink(String address, LinkConfig config, LinkEvents events, WireCounters counters) {
        this.config = config;
        this.events = events;
        this.channels = new Channels(address, counters);
    }

    /**
     * Opens the line to a server.
     *
     * @param address host:port
     * @throws FsException TIMED_OUT if it does not answer within 5 s, PROTOCOL_MISMATCH if it speaks another version
     */
    public static GrpcServerLink connect(String address, LinkConfig config, LinkEvents events, WireCounters counters)
            throws FsException {
        GrpcServerLink link = new GrpcServerLink(address, config, events, counters);
        CompletableFuture<Welcome> first = link.openStream();
        try {
            link.welcomed(first.get(FIRST_ANSWER.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            link.close();
            throw e.getCause() instanceof FsException refusal
                    ? refusal
                    : new FsException("connect", address, FsError.TIMED_OUT);
        } catch (TimeoutException e) {
            link.close();
            throw new FsException("connect", address, FsError.TIMED_OUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            link.close();
            throw new FsException("connect", address, FsError.INTERRUPTED);
        }
        Thread.ofVirtual().name("keep-alive " + address).start(link::keepAlive);
        return link;
    }

    @Override
    public String address() {
        return channels.address();
    }

    @Override
    public List<Domain> domains() {
        Welcome current = welcome;
        return current == null ? List.of() : current.getDomainsList();
    }

    @Override
    public boolean isLeaseValid() {
        return lease.isValidAt(System.nanoTime());
    }

    @Override
    public void awaitLease() throws FsException {
        lock.lock();
        try {
            awaitState("use", false, () -> false);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public ServerFrame call(ClientFrame.Builder request, Installer installer, BooleanSupplier interrupted)
            throws FsException {
        PendingCall call = enqueue(request, installer, interrupted);
        boolean cancelled = false;
        while (true) {
            try {
                return call.reply().get(INTERRUPT_CHECK.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (!cancelled && interrupted.getAsBoolean()) {
                    cancelled = true;
                    giveUp(call);
                }
                giveUpIfAwayTooLong(call);
            } catch (ExecutionException e) {
                throw refusal(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FsException(call.operation(), address(), FsError.INTERRUPTED);
            }
        }
    }

    @Override
    public CompletableFuture<ServerFrame> callAsync(ClientFrame.Builder request, Installer installer) {
        try {
            return enqueue(request, installer, () -> false).reply();
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void send(ClientFrame.Builder frame) {
        lock.lock();
        try {
            StreamObserver<ClientFrame> to = stream;
            if (to != null) {
                hand(to, frame.setSeq(0).setAckedSeq(acked()).build());
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CompletableFuture<ByteString> read(FileId file, long offset, int length) {
        return new DataCall<>(this, "read", stamp -> channels.read(stamp, file, offset, length)).start();
    }

    @Override
    public CompletableFuture<WriteReply> write(WriteRequest.Builder request) {
        // An append that may have been done must not be done again.
        boolean repeatable = !request.getAppend();
        var call = new DataCall<>(
                this, "write", stamp -> channels.write(request.setSession(stamp).build()));
        return repeatable ? call.start() : call.startOnce();
    }

    /** Asks the server, and through it its peers, who exports a prefix. */
    LocateReply locate(String prefix, long patience, TimeUnit unit) throws FsException {
        try {
            return channels.locate(prefix).get(patience, unit);
        } catch (ExecutionException e) {
            throw refusal(e.getCause());
        } catch (TimeoutException e) {
            throw away("locate");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException("locate", address(), FsError.INTERRUPTED);
        }
    }

    @Override
    public void close() {
        List<PendingCall> unanswered;
        lock.lock();
        try {
            StreamObserver<ClientFrame> to = stream;
            if (to != null) {
                hand(
                        to,
                        ClientFrame.newBuilder()
                                .setGoodbye(Goodbye.getDefaultInstance())
                                .build());
                to.onCompleted();
            }
            stream = null;
            state = State.CLOSED;
            unanswered = new ArrayList<>(pending.values());
            pending.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        lease.end();
        unanswered.forEach(call -> call.fail(away(call.operation())));
        channels.close();
    }

    /** The living session's stamp; waits, as patience allows, until there is one and recovery is over. */
    SessionStamp awaitStamp(String operation) throws FsException {
        lock.lock();
        try {
            awaitState(operation, false, () -> false);
            return stamp();
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@code stamp} is still the living session's. */
    boolean isCurrent(SessionStamp stamp) {
        return stamp.equals(stamp());
    }

    /** Waits for a moment, or until something changes on the line: between two tries of a data call. */
    void pause() {
        lock.lock();
        try {
            idle(INTERRUPT_CHECK.toNanos());
        } finally {
            lock.unlock();
        }
    }

    FsException away(String operation) {
        return new FsException(operation, "server " + address() + " is away", FsError.TIMED_OUT);
    }

    // ------------------------------------------------------------------------------------------------- requests

    private PendingCall enqueue(ClientFrame.Builder request, Installer installer, BooleanSupplier interrupted)
            throws FsException {
        lock.lock();
        try {
            awaitState(request.getBodyCase().name(), request.hasReopen(), interrupted);
            long seq = nextSeq++;
            PendingCall call =
                    new PendingCall(request.setSeq(seq).setAckedSeq(acked()).build(), installer);
            pending.put(seq, call);
            call.sending(System.nanoTime());
            StreamObserver<ClientFrame> to = stream;
            if (to != null) {
                hand(to, call.frame());
            }
            return call;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void awaitState(String operation, boolean reopening, BooleanSupplier interrupted) throws FsException {
        Duration patience = config.patience();
        while (!(state == State.READY && isLeaseValid()) && !(reopening && state == State.RECOVERING)) {
            if (state == State.CLOSED) {
                throw away(operation);
            }
            if (patience != null && state != State.READY && System.nanoTime() - awaySinceNanos > patience.toNanos()) {
                throw away(operation);
            }
            if (interrupted.getAsBoolean()) {
                throw new FsException(operation, address(), FsError.INTERRUPTED);
            }
            idle(INTERRUPT_CHECK.toNanos());
        }
    }

    /** Lets go of the lock for a while, shorter if something changes; an interrupt of this thread ends the wait. */
    @GuardedBy("lock")
    @SuppressWarnings("WaitNotInLoop") // the loops, and what they wait for, are the callers'
    private void idle(long nanos) {
        try {
            long _ = changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @GuardedBy("lock")
    private long acked() {
        return pending.isEmpty() ? nextSeq - 1 : pending.keySet().iterator().next() - 1;
    }

    /** onNext of a broken stream throws; the stream's own onError is the one that deals with it. */
    private void hand(StreamObserver<ClientFrame> to, ClientFrame frame) {
        try {
            channels.counters().sent(frame.getSerializedSize());
            to.onNext(frame);
        } catch (IllegalStateException | io.grpc.StatusRuntimeException e) {
            log.debug("{}: frame not sent, the stream is gone: {}", address(), e.getMessage());
        }
    }

    private void giveUp(PendingCall call) {
        if (call.frame().hasLock()) {
            send(ClientFrame.newBuilder()
                    .setCancel(Cancel.newBuilder().setTargetSeq(call.frame().getSeq())));
            return;
        }
        lock.lock();
        try {
            if (stream == null) {
                call.fail(new FsException(call.operation(), address(), FsError.INTERRUPTED));
            }
        } finally {
            lock.unlock();
        }
    }

    private void giveUpIfAwayTooLong(PendingCall call) {
        Duration patience = config.patience();
        if (patience == null) {
            return;
        }
        lock.lock();
        try {
            if (stream == null && System.nanoTime() - awaySinceNanos > patience.toNanos()) {
                call.fail(away(call.operation()));
            }
        } finally {
            lock.unlock();
        }
    }

    private FsException refusal(@Nullable Throwable cause) {
        return switch (cause) {
            case FsException e -> e;
            case RuntimeException bug -> throw bug;
            case Error bug -> throw bug;
            case null, default -> throw new IllegalStateException(cause);
        };
    }

    // --------------------------------------------------------------------------------------------------- stream

    private CompletableFuture<Welcome> openStream() {
        CompletableFuture<Welcome> answer = new CompletableFuture<>();
        lock.lock();
        try {
            int number = ++streamNumber;
            Welcome last = welcome;
            ClientFrame hello = Hellos.hello(config, last);
            long sentNanos = System.nanoTime();
            stream = null;
            StreamObserver<ClientFrame> fresh = channels.openSession(new Incoming(number, answer, sentNanos));
            helloStream = fresh;
            hand(fresh, hello);
        } finally {
            lock.unlock();
        }
        return answer;
    }

    /** Takes up the session that the server offers, old or new. */
    private void welcomed(Welcome fresh) {
        boolean lost;
        lock.lock();
        try {
            lost = welcome != null && !fresh.getResumed();
            welcome = fresh;
            stream = helloStream;
            state = lost ? State.RECOVERING : State.READY;
            StreamObserver<ClientFrame> to = stream;
            if (to != null && !lost) {
                repeat(to);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (lost) {
            log.warn("{}: the server no longer knows this mount; opening its files again", address());
            events.sessionLost(this, this::recovered);
        }
    }

    private void recovered() {
        lock.lock();
        try {
            if (state == State.RECOVERING) {
                state = State.READY;
                StreamObserver<ClientFrame> to = stream;
                if (to != null) {
                    repeat(to);
                }
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void repeat(StreamObserver<ClientFrame> to) {
        for (PendingCall call : pending.values()) {
            call.sending(System.nanoTime());
            hand(to, call.frame());
        }
    }

    private void received(ServerFrame frame) {
        channels.counters().received(frame.getSerializedSize());
        switch (frame.getBodyCase()) {
            case CALLBACK -> events.callback(this, frame.getCallback());
            case KEEP_ALIVE -> renew(frame.getKeepAlive().getStamp());
            default -> answered(frame);
        }
    }

    private void answered(ServerFrame frame) {
        PendingCall call;
        lock.lock();
        try {
            call = pending.remove(frame.getSeq());
        } finally {
            lock.unlock();
        }
        if (call != null) {
            renew(call.sentNanos());
            call.answer(frame);
        }
    }

    private void renew(long sentNanos) {
        Welcome current = welcome;
        if (current != null) {
            boolean wasValid = isLeaseValid();
            lease.renewed(sentNanos, TimeUnit.MILLISECONDS.toNanos(current.getLeaseMillis()));
            if (!wasValid) {
                lock.lock();
                try {
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    private void broken(int number, @Nullable FsException why) {
        boolean wasReady;
        lock.lock();
        try {
            if (number != streamNumber || state == State.CLOSED) {
                return;
            }
            wasReady = stream != null;
            stream = null;
            helloStream = null;
            if (wasReady) {
                state = State.CONNECTING;
                awaySinceNanos = System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
        if (wasReady) {
            log.warn(
                    "{}: the server is away ({}); calls wait",
                    address(),
                    why == null ? "it ended the line" : why.error());
            Thread.ofVirtual().name("reconnect " + address()).start(this::reconnect);
        }
    }

    private void reconnect() {
        long delayMillis = 20;
        while (true) {
            lock.lock();
            try {
                if (state == State.CLOSED) {
                    return;
                }
                idle(TimeUnit.MILLISECONDS.toNanos(delayMillis));
            } finally {
                lock.unlock();
            }
            try {
                channels.hurry();
                Welcome back = openStream().get(FIRST_ANSWER.toMillis(), TimeUnit.MILLISECONDS);
                log.warn("{}: the server is back", address());
                welcomed(back);
                return;
            } catch (ExecutionException | TimeoutException e) {
                delayMillis = Math.min(RETRY_MILLIS_MAX, delayMillis * 2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void keepAlive() {
        while (true) {
            lock.lock();
            try {
                if (state == State.CLOSED) {
                    return;
                }
                Welcome current = welcome;
                long leaseMillis = current == null ? 1_000 : current.getLeaseMillis();
                idle(TimeUnit.MILLISECONDS.toNanos(leaseMillis) / 4);
            } finally {
                lock.unlock();
            }
            send(ClientFrame.newBuilder().setKeepAlive(KeepAlive.newBuilder().setStamp(System.nanoTime())));
        }
    }

    private SessionStamp stamp() {
        Welcome current = welcome;
        return current == null
                ? SessionStamp.getDefaultInstance()
                : SessionStamp.newBuilder()
                        .setClient(config.client())
                        .setServerEpoch(current.getServerEpoch())
                        .setSessionEpoch(current.getSessionEpoch())
                        .build();
    }

    /** What arrives on one stream. Confined to that stream's thread. */
    private final class Incoming implements StreamObserver<ServerFrame> {
        private final int number;
        private final CompletableFuture<Welcome> firstAnswer;
        private final long helloNanos;

        Incoming(int number, CompletableFuture<Welcome> firstAnswer, long helloNanos) {
            this.number = number;
            this.firstAnswer = firstAnswer;
            this.helloNanos = helloNanos;
        }

        @Override
        public void onNext(ServerFrame frame) {
            if (frame.hasWelcome()) {
                Welcome offered = frame.getWelcome();
                lease.renewed(helloNanos, TimeUnit.MILLISECONDS.toNanos(offered.getLeaseMillis()));
                firstAnswer.complete(offered);
            } else if (!firstAnswer.isDone() && frame.hasError()) {
                firstAnswer.completeExceptionally(new FsException(
                        "connect",
                        address() + " (" + frame.getError().getDetail() + ")",
                        RpcErrors.named(frame.getError().getCode())));
            } else {
                received(frame);
            }
        }

        @Override
        public void onError(Throwable failure) {
            FsException why = failure instanceof io.grpc.StatusRuntimeException status
                    ? RpcErrors.fromStatus("session", address(), status)
                    : new FsException("session", address(), FsError.IO);
            firstAnswer.completeExceptionally(why);
            broken(number, why);
        }

        @Override
        public void onCompleted() {
            firstAnswer.completeExceptionally(away("session"));
            broken(number, null);
        }
    }
}
