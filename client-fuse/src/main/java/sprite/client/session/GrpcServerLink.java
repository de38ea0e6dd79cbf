package sprite.client.session;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sprite.client.box.CallTrail;
import sprite.client.box.KeptSession;
import sprite.client.call.Call;
import sprite.client.call.Trail;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Cancel;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.FormerSession;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/** A {@link ServerLink} over gRPC: the session's stream and the data calls beside it. Thread-safe: its parts are. */
public final class GrpcServerLink implements ServerLink {
    /** How long an interrupted caller still waits for the answer to the lock request that it has cancelled. */
    private static final long LAST_CHANCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final KeptSession kept;
    private final Channels channels;
    private final SessionStream stream;
    private final WriteNumbers writes;
    final Committed.News committed = new Committed.News();
    private final @Nullable Duration patience;
    private volatile boolean ended;

    private GrpcServerLink(String address, LinkConfig config, LinkEvents events, WireCounters counters, Origin origin) {
        this.kept = origin.kept();
        this.channels = new Channels(address, counters);
        this.patience = config.patience();
        this.writes = new WriteNumbers(origin.former().getLastWrite(), kept);
        this.stream = new SessionStream(this, channels, config, events, origin);
    }

    /**
     * Opens the line to a server.
     *
     * @param address host:port
     * @throws FsException TIMED_OUT if it does not answer within 5 s, PROTOCOL_MISMATCH if it speaks another version
     */
    public static GrpcServerLink connect(
            String address, LinkConfig config, LinkEvents events, WireCounters counters, KeptSession kept)
            throws FsException {
        Origin nothing = new Origin(FormerSession.getDefaultInstance(), kept);
        GrpcServerLink link = new GrpcServerLink(address, config, events, counters, nothing);
        try {
            FirstHello.say(link.stream, link.channels);
            return link;
        } catch (FsException e) {
            link.close();
            throw e;
        }
    }

    /** A line in the session of this client's life before, which is not used before {@link #goOn}. */
    static GrpcServerLink inherited(
            FormerSession former, LinkConfig config, LinkEvents events, WireCounters counters, KeptSession kept) {
        Origin before = new Origin(former, kept);
        GrpcServerLink link = new GrpcServerLink(former.getAddress(), config, events, counters, before);
        kept.welcome(former.getWelcome());
        link.committed.welcomed(former.getWelcome());
        kept.whenAnswered(link::release);
        return link;
    }

    /** Connects an inherited line, in the background, as after a break. */
    void goOn() {
        Reconnecting.begin(stream, channels);
        new KeepingAlive(stream, channels, Protocol.LEASE.toMillis() / 4).begin();
    }

    /** As {@link Links#releaseFormer}; what was asked of others is passed over. */
    void releaseFormer(List<CallTrail.Step> asked) {
        asked.stream().filter(step -> step.server() == kept.number()).forEach(this::release);
    }

    private void release(CallTrail.Step step) {
        if (step.kind() == Trail.WRITE) {
            writes.over(step.number());
        } else {
            stream.numbering.release(step.number());
        }
    }

    /** Breaks off without a goodbye, so that the client's next life can go on in this session. */
    FormerSession leave() {
        ended = true;
        FormerSession.Builder left = stream.leave();
        channels.close();
        return left.setAddress(address()).setLastWrite(writes.last()).build();
    }

    @Override
    public String address() {
        return channels.address();
    }

    @Override
    public List<Domain> domains() {
        return stream.domains();
    }

    @Override
    public boolean isLeaseValid() {
        return stream.lease.left() > 0;
    }

    @Override
    public boolean isRecovered() {
        return stream.isReady();
    }

    @Override
    public boolean isEnded() {
        return ended;
    }

    @Override
    public long leaseNanosLeft() {
        return stream.lease.left();
    }

    @Override
    public Committed committed() {
        return committed.now();
    }

    @Override
    public void heardCommitted(long stamp) {
        committed.heard(stamp);
    }

    @Override
    public void awaitLease() throws FsException {
        SessionStamp _ = stream.awaitStamp("use", false);
    }

    @Override
    public long silentNanos() {
        probe();
        return stream.silence.nanos();
    }

    @Override
    public void endure(String operation) throws FsException {
        if (ended) {
            throw stream.silence.away(operation);
        }
        Call call = Call.current();
        if (call != null) {
            call.waitsFor("server " + address());
        }
        if (call != null || patience != null) {
            probe();
        }
        stream.silence.mayWait(operation, patience);
    }

    @Override
    public long longestGivenUpNanos() {
        return stream.silence.longestGivenUpNanos();
    }

    /** Asks for a sign of life, not on this thread, which may hold locks. */
    private void probe() {
        if (stream.silence.isProbeDue()) {
            stream.silence.begin();
            Thread.ofVirtual().name("probe " + address()).start(stream::sayAlive);
        }
    }

    @Override
    public <T> T await(String operation, CompletableFuture<T> answer) throws FsException {
        return Call.current() == null && patience == null
                ? Waiting.join(operation, answer)
                : Waiting.await(operation, answer, () -> endure(operation));
    }

    @Override
    public ServerFrame call(ClientFrame.Builder request, Installer installer, BooleanSupplier interrupted)
            throws FsException {
        PendingCall call = stream.enqueue(request, installer, interrupted);
        try {
            return Waiting.await(call.operation(), call.reply(), () -> look(call, interrupted));
        } catch (FsException e) {
            if (!call.reply().isDone()) {
                cancel(call);
                return lastChance(call, e);
            }
            if (!call.reply().isCompletedExceptionally()) {
                return call.reply().join(); // it came while the wait was given up
            }
            throw installer.refusal(e);
        }
    }

    private void look(PendingCall call, BooleanSupplier interrupted) throws FsException {
        if (interrupted.getAsBoolean()) {
            throw new FsException(call.operation(), address(), FsError.INTERRUPTED);
        }
        if (!call.isOfRecovery()) {
            endure(call.operation());
        }
        Call program = Call.current();
        if (program != null && call.frame().hasLock()) {
            program.waitsForLock("a lock at server " + address());
        }
    }

    /** The answer to the cancelling of a lock says whether the program has it. Other answers are not waited for. */
    private static ServerFrame lastChance(PendingCall call, FsException why) throws FsException {
        if (!call.frame().hasLock() || why.error() != FsError.INTERRUPTED) {
            throw why;
        }
        long giveUp = System.nanoTime() + LAST_CHANCE_NANOS;
        return Waiting.await(call.operation(), call.reply(), () -> {
            if (System.nanoTime() - giveUp > 0) {
                throw why; // if the answer comes after all, it is still taken in
            }
        });
    }

    @Override
    public CompletableFuture<ServerFrame> callAsync(ClientFrame.Builder request, Installer installer) {
        try {
            return stream.enqueue(request, installer, () -> false).reply();
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void send(ClientFrame.Builder frame) {
        stream.send(frame);
    }

    @Override
    public <T> CompletableFuture<T> read(FileId file, long offset, int length, Function<ByteString, T> take) {
        return read(request(file, offset, length), take);
    }

    @Override
    public <T> CompletableFuture<T> readForPages(
            FileId file, long offset, int length, Filling filling, Function<ByteString, T> take) {
        return read(
                request(file, offset, length)
                        .setForPages(true)
                        .setPastCache(true)
                        .setDropped(filling.dropped())
                        .setWritable(filling.writable()),
                take);
    }

    @Override
    public <T> CompletableFuture<T> readPastCache(FileId file, long offset, int length, Function<ByteString, T> take) {
        return read(request(file, offset, length).setPastCache(true), take);
    }

    private static ReadRequest.Builder request(FileId file, long offset, int length) {
        return ReadRequest.newBuilder()
                .setFile(Wire.toWire(file))
                .setOffset(offset)
                .setLength(length);
    }

    private <T> CompletableFuture<T> read(ReadRequest.Builder request, Function<ByteString, T> take) {
        return new DataCall<>(
                        stream,
                        "read",
                        DataCall.Kind.ANY,
                        stamp -> channels.read(request.setSession(stamp).build(), take))
                .start();
    }

    @Override
    public CompletableFuture<WriteReply> write(WriteRequest.Builder request) {
        return write(request, () -> false);
    }

    @Override
    public CompletableFuture<WriteReply> write(WriteRequest.Builder request, BooleanSupplier isVoid) {
        Trail trail = request.getWriteBack() ? Trail.NONE : Call.currentTrail();
        long before = trail.taken(Trail.WRITE, kept.number());
        long number = before == 0 ? writes.next() : before;
        request.setNumber(number);
        Call program = trail.isKept() ? Call.current() : null;
        if (program != null) {
            if (before == 0) {
                trail.asks(Trail.WRITE, kept.number(), number);
            }
            program.whenAnswered(() -> writes.over(number));
        }
        var call = new DataCall<>(
                stream,
                "write",
                request.getWriteBack()
                        ? DataCall.Kind.OF_ONE_SESSION
                        : request.getStored() ? DataCall.Kind.OF_RECOVERY : DataCall.Kind.ANY,
                stamp -> channels.write(request.setSession(stamp)
                        .setAckedNumber(writes.acked())
                        .setOnlyIfDone(isVoid.getAsBoolean())
                        .build()));
        CompletableFuture<WriteReply> answer = call.start();
        var _ = answer.whenComplete((reply, _) -> {
            if (program == null) {
                writes.over(number);
            }
            if (reply != null) {
                committed.heard(reply.getCommitted());
            }
        });
        return answer;
    }

    /** Asks the server, and through it its peers, who exports a prefix. */
    LocateReply locate(String prefix, Duration limit) throws FsException {
        long giveUp = System.nanoTime() + limit.toNanos();
        return Waiting.await("locate", channels.locate(prefix), () -> {
            endure("locate");
            if (System.nanoTime() - giveUp > 0) {
                throw stream.silence.away("locate");
            }
        });
    }

    @Override
    public void close() {
        ended = true;
        stream.end();
        channels.close();
    }

    /** A lock request waits as long as others hold the lock: the server must hear that nobody waits any more. */
    private void cancel(PendingCall call) {
        if (call.frame().hasLock()) {
            stream.send(ClientFrame.newBuilder()
                    .setCancel(Cancel.newBuilder().setTargetSeq(call.frame().getSeq())));
        }
    }
}
