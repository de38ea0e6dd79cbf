package sprite.client.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Box;
import sprite.client.box.CallTrail;
import sprite.client.box.KeptSession;
import sprite.client.call.Call;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.FormerSession;
import sprite.common.wire.proto.LocateReply;

/** The lines to all servers that this client has met, one each. Thread-safe: the maps are concurrent. */
public final class Links implements AutoCloseable {
    private static final Duration LOCATE = Duration.ofSeconds(5);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final LinkConfig config;
    private final LinkEvents events;
    private final WireCounters counters = new WireCounters();
    private final Map<String, GrpcServerLink> byAddress = new ConcurrentHashMap<>();

    /** Lines that are being opened; whoever needs one waits for it, and for no other. */
    private final Map<String, CompletableFuture<GrpcServerLink>> opening = new ConcurrentHashMap<>();

    private final Box box;

    /** No lines yet. */
    public Links(LinkConfig config, LinkEvents events, Box box) {
        this.box = box;
        this.config = config;
        this.events = events;
    }

    /** Enters the lines of this client's life before; they are not used before {@link #goOn}. */
    public void inherit(List<FormerSession> former) {
        for (FormerSession session : former) {
            KeptSession kept = KeptSession.of(box, session.getAddress());
            byAddress.put(session.getAddress(), GrpcServerLink.inherited(session, config, events, counters, kept));
        }
    }

    /** Connects the lines that were {@link #inherit inherited}, in the background. Calls wait for that. */
    public void goOn() {
        byAddress.values().forEach(GrpcServerLink::goOn);
    }

    /** A call of the life before that was not asked for again had been answered. */
    public void releaseFormer(List<CallTrail.Step> asked) {
        byAddress.values().forEach(link -> link.releaseFormer(asked));
    }

    /** Breaks all lines off without a goodbye; what the client's next life goes on with. */
    public List<FormerSession> leave() {
        return byAddress.values().stream().map(GrpcServerLink::leave).toList();
    }

    /** The line to {@code address}, opened if there is none. As {@link GrpcServerLink#connect}. */
    public ServerLink to(String address) throws FsException {
        return open(address);
    }

    /** Asks one server where a prefix is exported; null if neither it nor its peers know. */
    public @Nullable LocateReply locate(String address, String prefix) throws FsException {
        LocateReply reply = open(address).locate(prefix, LOCATE);
        return reply.getFound() ? reply : null;
    }

    /** All lines, in no particular order. */
    public List<ServerLink> all() {
        return new ArrayList<>(byAddress.values());
    }

    /** Messages and bytes over all lines. */
    public WireCounters.Totals totals() {
        return counters.totals();
    }

    private GrpcServerLink open(String address) throws FsException {
        GrpcServerLink known = byAddress.get(address);
        if (known != null) {
            return known;
        }
        CompletableFuture<GrpcServerLink> own = new CompletableFuture<>();
        CompletableFuture<GrpcServerLink> others = opening.putIfAbsent(address, own);
        if (others != null) {
            return await(address, others);
        }
        Thread.ofVirtual().name("connect " + address).start(() -> connect(address, own));
        return await(address, own);
    }

    private void connect(String address, CompletableFuture<GrpcServerLink> line) {
        try {
            GrpcServerLink known = byAddress.get(address); // opened by another since we looked
            GrpcServerLink open = known != null
                    ? known
                    : GrpcServerLink.connect(address, config, events, counters, KeptSession.of(box, address));
            byAddress.put(address, open);
            opening.remove(address, line);
            line.complete(open);
        } catch (FsException | RuntimeException | Error e) {
            opening.remove(address, line);
            line.completeExceptionally(e);
        }
    }

    private GrpcServerLink await(String address, CompletableFuture<GrpcServerLink> line) throws FsException {
        long began = System.nanoTime();
        return Waiting.await("connect", line, () -> mayWait(address, began));
    }

    /**
     * Pauses before a server that could not be asked is asked again on behalf of the current call.
     *
     * @param beganNanos since when it is tried
     * @throws FsException {@code failure}, if no program waits; TIMED_OUT if the mount's patience is over, INTERRUPTED
     */
    public void pause(FsException failure, long beganNanos) throws FsException {
        if (Call.current() == null) {
            throw failure;
        }
        mayWait(failure.subject(), beganNanos);
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private void mayWait(String whom, long beganNanos) throws FsException {
        Call call = Call.current();
        if (call == null) {
            return; // the first exchange has a limit of its own
        }
        call.waitsFor("server " + whom);
        if (call.isAborted()) {
            throw new FsException("connect", whom, FsError.INTERRUPTED);
        }
        if (call.isOver(System.nanoTime() - beganNanos, config.patience())) {
            throw new FsException("connect", "server " + whom + " is away", FsError.TIMED_OUT);
        }
    }

    /** Says goodbye to all servers. */
    @Override
    public void close() {
        byAddress.values().forEach(GrpcServerLink::close);
        byAddress.clear();
    }
}
