package sprite.client.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.call.Call;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.FormerSession;
import sprite.common.wire.proto.Goodbye;
import sprite.common.wire.proto.KeepAlive;
import sprite.common.wire.proto.LockType;
import sprite.common.wire.proto.Recovered;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.Welcome;

/**
 * A session over all its streams: numbers what goes out, matches what comes in, keeps the lease, and replaces a stream
 * that broke.
 *
 * <p>Thread-safe: fields guarded by {@code lock}. Frames go out under it, which gives them their order; what comes in
 * is handled on the stream's thread with the lock released.
 */
final class SessionStream {
    private static final Logger log = LoggerFactory.getLogger(SessionStream.class);
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Of calls of programs; there may be hundreds. */
    private static final long CALL_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final GrpcServerLink link;
    private final Channels channels;
    private final LinkConfig config;
    private final LinkEvents events;
    final Lease lease = new Lease();
    final Silence silence;

    /** Guards what is said and to whom. Rank: below every cache's lock; nothing else is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Unanswered pending;

    /** Changed with the lock held. */
    private volatile LinkState state = LinkState.CONNECTING;

    @GuardedBy("lock")
    private final Line line;

    /** How often the session was lost; until {@link #recovered} reaches it, the server is being told what was open. */
    @GuardedBy("lock")
    private int losses;

    @GuardedBy("lock")
    private int recovered;

    private volatile @Nullable Welcome welcome;

    final Numbering numbering;

    SessionStream(GrpcServerLink link, Channels channels, LinkConfig config, LinkEvents events, Origin origin) {
        this.link = link;
        this.channels = channels;
        this.config = config;
        this.events = events;
        this.silence = new Silence(channels.address());
        this.line = new Line(channels);
        this.pending = new Unanswered(origin.former(), origin.kept());
        this.numbering = new Numbering(pending, origin, lock);
        this.welcome = origin.former().hasWelcome() ? origin.former().getWelcome() : null;
    }

    List<Domain> domains() {
        Welcome current = welcome;
        return current == null ? List.of() : current.getDomainsList();
    }

    boolean isAway() {
        lock.lock();
        try {
            return !line.isUp();
        } finally {
            lock.unlock();
        }
    }

    boolean isReady() {
        return state == LinkState.READY;
    }

    /** Tells the server that this client lives, and hears the same of it. */
    void sayAlive() {
        send(Hellos.alive());
    }

    /** Numbers a request and sends it, as soon as there is a session to send it in. */
    PendingCall enqueue(ClientFrame.Builder request, ServerLink.Installer installer, BooleanSupplier interrupted)
            throws FsException {
        lock.lock();
        try {
            boolean recovering = PendingCall.isOfRecovery(request);
            // A lock that is given up must not stay with the server because the program had no patience.
            boolean unlocks = request.hasLock() && request.getLock().getType() == LockType.UNLOCK;
            boolean patient = recovering || (unlocks && Call.current() == null);
            awaitReady(PendingCall.name(request), recovering, patient ? null : config.patience(), interrupted);
            PendingCall call = numbering.number(request, installer);
            call.sending(System.nanoTime());
            line.say(call.frame());
            return call;
        } finally {
            lock.unlock();
        }
    }

    /** Sends a frame that has no reply, again if need be while the session lasts. */
    void send(ClientFrame.Builder frame) {
        lock.lock();
        try {
            if (frame.hasKeepAlive()) {
                silence.begin();
            }
            line.say(pending.unreplied(frame));
        } finally {
            lock.unlock();
        }
    }

    /**
     * The living session's stamp; waits, as patience allows, until there is one and it is leased.
     *
     * @param recovering whether it need not have been recovered: data of a file that is open again goes home meanwhile,
     *     because the recovery of others may wait for that
     */
    SessionStamp awaitStamp(String operation, boolean recovering) throws FsException {
        lock.lock();
        try {
            awaitReady(operation, recovering, config.patience(), () -> false);
            return Hellos.stamp(config, welcome);
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@code stamp} is still the living session's. */
    boolean isCurrent(SessionStamp stamp) {
        return stamp.equals(Hellos.stamp(config, welcome));
    }

    /** Says goodbye; every call that is not answered fails. */
    void end() {
        List<PendingCall> unanswered;
        lock.lock();
        try {
            line.say(ClientFrame.newBuilder()
                    .setGoodbye(Goodbye.getDefaultInstance())
                    .build());
            line.end();
            state = LinkState.CLOSED;
            unanswered = pending.takeAll();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        lease.end();
        unanswered.forEach(call -> call.fail(silence.away(call.operation())));
    }

    // ------------------------------------------------------------------------- called on the stream's thread

    void received(ServerFrame frame) {
        channels.counters().received(frame.getSerializedSize());
        silence.end();
        switch (frame.getBodyCase()) {
            case CALLBACK -> events.callback(link, frame.getCallback());
            case KEEP_ALIVE -> keptAlive(frame.getKeepAlive());
            default -> answered(frame);
        }
    }

    /** Stream {@code number} is no more. */
    void broken(int number, FsException why) {
        lock.lock();
        try {
            if (state == LinkState.CLOSED || !line.broke(number)) {
                return;
            }
            state = LinkState.CONNECTING;
            silence.begin();
        } finally {
            lock.unlock();
        }
        log.warn("{}: the server is away ({}); calls wait for it", channels.address(), why.error());
        Reconnecting.begin(this, channels);
    }

    private void answered(ServerFrame frame) {
        PendingCall call;
        lock.lock();
        try {
            call = pending.take(frame.getSeq());
        } finally {
            lock.unlock();
        }
        if (call == null) {
            events.answeredBefore(link, frame);
        } else {
            lease.renewed(call.sentNanos());
            call.answer(frame);
        }
    }

    private void keptAlive(KeepAlive answer) {
        lease.renewed(answer.getStamp());
        link.committed.heard(answer.getCommitted());
        lock.lock();
        try {
            pending.heard(answer.getHeardNote());
        } finally {
            lock.unlock();
        }
    }

    /** Opens a stream and says Hello on it; gives the answer. */
    CompletableFuture<Welcome> greet() {
        CompletableFuture<Welcome> answer = new CompletableFuture<>();
        lock.lock();
        try {
            line.greet(number -> new Incoming(this, channels.address(), number, answer), Hellos.hello(config, welcome));
        } finally {
            lock.unlock();
        }
        return answer;
    }

    /** Takes up the session that the server offers, the old one or a new one. */
    void welcomed(Welcome offered) {
        boolean lost;
        boolean returns;
        boolean gone;
        int loss;
        long leasedFrom;
        List<PendingCall> ofLostSession = List.of();
        lock.lock();
        try {
            if (state == LinkState.CLOSED) { // it ended between the Hello and this
                line.decline();
                return;
            }
            silence.end();
            lost = welcome != null && !offered.getResumed();
            returns = numbering.welcomed(offered, lost);
            welcome = offered;
            link.committed.welcomed(offered);
            gone = !line.take(); // it broke after the answer
            leasedFrom = line.helloNanos();
            loss = lost || returns ? ++losses : losses;
            state = gone ? LinkState.CONNECTING : loss == recovered ? LinkState.READY : LinkState.RECOVERING;
            if (lost) {
                lease.end(); // until nothing of the session before is left in the caches
                ofLostSession = pending.endSession();
            } else {
                lease.granted(leasedFrom, TimeUnit.MILLISECONDS.toNanos(offered.getLeaseMillis()));
                pending.heard(offered.getHeardNote());
                boolean everything = state == LinkState.READY;
                repeat(call -> everything || call.isOfRecovery());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (lost) {
            log.warn("{}: the server no longer knows this mount; opening its files again", channels.address());
            events.sessionLost(link, () -> recovered(loss));
            lease.granted(leasedFrom, TimeUnit.MILLISECONDS.toNanos(offered.getLeaseMillis()));
            ofLostSession.forEach(
                    call -> call.fail(new FsException(call.operation(), "an older session", FsError.INTERRUPTED)));
        }
        if (returns) {
            events.sessionInherited(link, numbering.wasRecovering(), () -> recovered(loss));
        }
        if (gone) {
            Reconnecting.begin(this, channels);
        }
    }

    /** Breaks off without a goodbye. What the client's next life goes on with; calls are answered there. */
    FormerSession.Builder leave() {
        lock.lock();
        try {
            Welcome known = welcome;
            line.say(Hellos.alive().build()); // from now on the lease has to last
            line.end();
            state = LinkState.CLOSED;
            changed.signalAll();
            FormerSession.Builder left = pending.leave().setRecovering(recovered != losses);
            return known == null ? left : left.setWelcome(known);
        } finally {
            lock.unlock();
        }
    }

    /** All that was lost the {@code loss}-th time has been told, if it was not all in vain. */
    private void recovered(int loss) {
        lock.lock();
        try {
            if (loss != losses) {
                return;
            }
            recovered = loss;
            numbering.recovered();
            var _ = pending.unreplied(ClientFrame.newBuilder().setRecovered(Recovered.getDefaultInstance()));
            if (state == LinkState.RECOVERING) {
                state = LinkState.READY;
                repeat(_ -> true);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits, and tells whether there is still something to be done. */
    boolean isOpenAfter(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lock();
        try {
            while (deadline - System.nanoTime() > 0 && state != LinkState.CLOSED) {
                idle(deadline - System.nanoTime());
            }
            return state != LinkState.CLOSED;
        } finally {
            lock.unlock();
        }
    }

    /** @param limit of this wait's patience; null: none */
    @GuardedBy("lock")
    private void awaitReady(String operation, boolean reopening, @Nullable Duration limit, BooleanSupplier interrupted)
            throws FsException {
        if (state == LinkState.READY && lease.left() > 0 && silence.isOver()) {
            return;
        }
        Call call = Call.current();
        while (true) {
            if (state == LinkState.CLOSED) {
                throw silence.away(operation);
            }
            if (interrupted.getAsBoolean() || Thread.currentThread().isInterrupted()) {
                throw new FsException(operation, channels.address(), FsError.INTERRUPTED);
            }
            if (!line.isUp()) {
                silence.begin();
            }
            silence.mayWait(operation, limit);
            if ((state == LinkState.READY && lease.left() > 0) || (reopening && state == LinkState.RECOVERING)) {
                return;
            }
            if (call != null) {
                call.waitsFor("server " + channels.address());
            }
            idle(call == null ? WAIT_NANOS : CALL_WAIT_NANOS);
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
    private void repeat(Predicate<PendingCall> which) {
        Line to = line;
        if (to.isUp()) {
            pending.repeat(which, System.nanoTime(), to::say);
        }
    }
}
