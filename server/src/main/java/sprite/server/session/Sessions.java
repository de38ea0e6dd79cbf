package sprite.server.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Protocol;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.Hello;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.Welcome;
import sprite.consistency.ClientId;

/** The living sessions. Thread-safe: births and deaths under {@code lock}, look-ups without. */
public final class Sessions {
    private static final Logger log = LoggerFactory.getLogger(Sessions.class);

    /** A client that has not answered a callback for so long, nor written anything, is as good as dead. */
    private static final long CALLBACK_LIMIT_NANOS = 60_000_000_000L;

    /** Epochs of sessions are unique over restarts because the server's is in the upper half. */
    private static final int EPOCH_SHIFT = 32;

    /** All that say they are clients and are not here: each may call itself another one each time. */
    private static final String STRANGERS = "strangers";

    private final ServerIdentity identity;
    private final List<Domain> domains;
    private final LongSupplier nanoTime;
    private final Traffic traffic;
    private final Executor workers;
    private final int grantsMax;
    private final ClientRoll roll;
    private final Grace grace;
    private final Refusals refusals = new Refusals();

    /** Guards births, deaths and their order. Nothing but an outbox is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Held while a client enters, or is given up for not having come: it is not struck off after it has come. Held for
     * the disk, so it is taken first, and by nobody who serves those that are here.
     */
    private final ReentrantLock entering = new ReentrantLock();

    private final Map<ClientId, Session> living = new ConcurrentHashMap<>();

    @GuardedBy("lock")
    private long lastEpoch;

    private volatile Consumer<Session> undertaker = _ -> {};

    /**
     * No sessions yet.
     *
     * @param nanoTime a monotonic clock, for leases
     * @param workers runs what may wait
     * @param grantsMax most grants of a client
     * @param roll the clients, for the server's next life
     * @param grace of this life
     */
    public Sessions(
            ServerIdentity identity,
            List<Domain> domains,
            LongSupplier nanoTime,
            Traffic traffic,
            Executor workers,
            int grantsMax,
            ClientRoll roll,
            Grace grace) {
        this.identity = identity;
        this.domains = List.copyOf(domains);
        this.nanoTime = nanoTime;
        this.traffic = traffic;
        this.workers = workers;
        this.grantsMax = grantsMax;
        this.roll = roll;
        this.grace = grace;
        this.lastEpoch = identity.epoch() << EPOCH_SHIFT;
    }

    /** Who frees what a session held when it ends; called once for each, with no lock held. */
    public void onDeath(Consumer<Session> freesEverything) {
        undertaker = freesEverything;
    }

    /**
     * Takes up a client: resumes the session that it names if that lives, else begins a new one, and says Welcome.
     *
     * @throws FsException PROTOCOL_MISMATCH; BAD_REQUEST for a client without a number
     */
    public Session hello(Hello hello, ClientStream stream) throws FsException {
        if (hello.getProtocol() != Protocol.VERSION) {
            String subject = "the client speaks version " + hello.getProtocol() + " of the protocol, this server "
                    + Protocol.VERSION;
            throw new FsException("connect", subject, FsError.PROTOCOL_MISMATCH);
        }
        if (hello.getClient() == 0) {
            throw new FsException("connect", "client 0", FsError.BAD_REQUEST);
        }
        ClientId client = new ClientId(hello.getClient());
        Session stale;
        Session session;
        lock.lock();
        try {
            Session old = living.get(client);
            if (old != null
                    && !old.isDead()
                    && hello.getServerEpoch() == identity.epoch()
                    && hello.getSessionEpoch() == old.epoch()) {
                old.heard(nanoTime.getAsLong());
                old.attach(stream, welcome(old, true));
                log.info("{} is back", old);
                return old;
            }
            stale = old;
        } finally {
            lock.unlock();
        }
        if (stale != null) {
            end(stale, "the client began anew", !grace.isOver());
            stale.awaitBurial();
        }
        enter(client, hello.getSessionEpoch() != 0);
        lock.lock();
        try {
            session = new Session(
                    new Session.Birth(
                            client, hello.getName(), ++lastEpoch, hello.getSessionEpoch(), nanoTime.getAsLong()),
                    new Holdings(grantsMax),
                    traffic,
                    workers,
                    refusals);
            living.put(client, session);
            session.attach(stream, welcome(session, false));
        } finally {
            lock.unlock();
        }
        log.info("{} has come", session);
        return session;
    }

    private void enter(ClientId client, boolean recovers) throws FsException {
        entering.lock();
        try {
            roll.enter(client);
            grace.came(client, recovers);
        } finally {
            entering.unlock();
        }
    }

    /**
     * Others may have what the overdue had as soon as the grace is over: no later life of the server waits for them.
     */
    private void giveUpTheOverdue(long nowNanos) {
        if (grace.isOver()) {
            return;
        }
        entering.lock();
        try {
            for (ClientId client : grace.overdue(nowNanos)) {
                log.info("client {} did not come back", Long.toHexString(client.value()));
                roll.strike(client);
                grace.gone(client);
            }
        } finally {
            entering.unlock();
        }
    }

    private ServerFrame welcome(Session session, boolean resumed) {
        return ServerFrame.newBuilder()
                .setWelcome(Welcome.newBuilder()
                        .setProtocol(Protocol.VERSION)
                        .setServer(identity.name())
                        .setServerEpoch(identity.epoch())
                        .setSessionEpoch(session.epoch())
                        .setResumed(resumed)
                        .setHeardNote(session.heardNote())
                        .setBoot(identity.boot().toString())
                        .setLeaseMillis((int) Protocol.LEASE.toMillis())
                        .addAllDomains(domains))
                .build();
    }

    /** A client has told everything that it had in its session before. */
    public void recovered(Session session) {
        grace.recovered(session.client());
    }

    /** The session was heard of. */
    public void heard(Session session) {
        session.heard(nanoTime.getAsLong());
    }

    /** The living session of a client, or null. */
    public @Nullable Session living(ClientId client) {
        return living.get(client);
    }

    /** The session that stamped a data call. STALE if it is not the client's living one. */
    public Session stamped(SessionStamp stamp) throws FsException {
        Session session = living.get(new ClientId(stamp.getClient()));
        if (session == null
                || session.isDead()
                || stamp.getServerEpoch() != identity.epoch()
                || stamp.getSessionEpoch() != session.epoch()) {
            throw stale(stamp, session);
        }
        session.progressed(nanoTime.getAsLong());
        return session;
    }

    /** Every client may be late with what it said in a session that was; only what never was is worth a warning. */
    private FsException stale(SessionStamp stamp, @Nullable Session living) {
        boolean was = mayHaveBeen(stamp);
        String subject = "of session " + stamp.getServerEpoch() + "/" + stamp.getSessionEpoch()
                + (was ? ", which is over" : ", which never was");
        FsException refusal = new FsException("transfer", subject, FsError.STALE);
        ClientId client = new ClientId(stamp.getClient());
        if (was) {
            log.debug("client {}: {}", client, refusal.getMessage());
        } else if (living == null) {
            refusals.tell(STRANGERS, "client " + client, refusal);
        } else {
            refusals.tell(living, refusal);
        }
        return refusal;
    }

    private boolean mayHaveBeen(SessionStamp stamp) {
        return stamp.getServerEpoch() > 0
                && stamp.getServerEpoch() <= identity.epoch()
                && stamp.getSessionEpoch() >>> EPOCH_SHIFT == stamp.getServerEpoch();
    }

    /** Programs of a client's host are about to be able to store into pages: its next life waits for that. */
    public void stores(Session session) throws FsException {
        roll.stores(session.client());
    }

    /** Tells of clients that say what makes no sense. */
    public Refusals refusals() {
        return refusals;
    }

    /** All living sessions. */
    public List<Session> all() {
        return new ArrayList<>(living.values());
    }

    /** Declares dead whoever was silent for lease and skew, or owes an answer for too long. */
    public void buryTheSilent() {
        long now = nanoTime.getAsLong();
        giveUpTheOverdue(now);
        long limit = Protocol.LEASE.plus(Protocol.SKEW).toNanos();
        for (Session session : living.values()) {
            if (now - session.heardNanos() > limit) {
                end(session, "its lease ended");
            } else if (session.owesTooLong(now, CALLBACK_LIMIT_NANOS)) {
                end(session, "it does not answer its callbacks");
            }
        }
    }

    /** The session's life is over. Its holdings are free when this returns. Must not be called with a lock held. */
    public void end(Session session, String why) {
        end(session, why, false);
    }

    /** {@code returns}: the client is here, and still has what it had in the server's former life. */
    private void end(Session session, String why, boolean returns) {
        List<CallbackHandler> waiting;
        lock.lock();
        try {
            if (session.isDead()) {
                return;
            }
            waiting = session.end(why);
        } finally {
            lock.unlock();
        }
        log.info("{} is gone: {}", session, why);
        try {
            if (!returns) {
                roll.strike(session.client()); // before another may have what it held
            }
            undertaker.accept(session);
            waiting.forEach(CallbackHandler::died);
        } finally {
            if (!returns) {
                grace.gone(session.client());
            }
            living.remove(session.client(), session);
            session.buried();
        }
    }
}
