package sprite.client.session;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.proto.Cancel;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/** A {@link ServerLink} over gRPC: the session's stream and the data calls beside it. Thread-safe: its parts are. */
public final class GrpcServerLink implements ServerLink {
    private static final long INTERRUPT_CHECK_MILLIS = 20;

    /** How long an interrupted caller still waits for the answer to what it has sent. */
    private static final long LAST_CHANCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Channels channels;
    private final SessionStream stream;
    private final WriteNumbers writes = new WriteNumbers();
    private final @Nullable Duration patience;

    private GrpcServerLink(String address, LinkConfig config, LinkEvents events, WireCounters counters) {
        this.channels = new Channels(address, counters);
        this.patience = config.patience();
        this.stream = new SessionStream(this, channels, config, events);
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
        try {
            link.stream.begin();
            return link;
        } catch (FsException e) {
            link.close();
            throw e;
        }
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
        return stream.leaseNanosLeft() > 0;
    }

    @Override
    public long leaseNanosLeft() {
        return stream.leaseNanosLeft();
    }

    @Override
    public void awaitLease() throws FsException {
        SessionStamp _ = stream.awaitStamp("use", false);
    }

    @Override
    public ServerFrame call(ClientFrame.Builder request, Installer installer, BooleanSupplier interrupted)
            throws FsException {
        PendingCall call = stream.enqueue(request, installer, interrupted);
        boolean cancelled = false;
        long interruptedNanos = 0;
        while (true) {
            try {
                return call.reply().get(INTERRUPT_CHECK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (!cancelled && interrupted.getAsBoolean()) {
                    cancelled = true;
                    interruptedNanos = System.nanoTime();
                    cancel(call);
                }
                if (cancelled && System.nanoTime() - interruptedNanos > LAST_CHANCE_NANOS) {
                    // If the answer comes after all, it is still taken in.
                    throw new FsException(call.operation(), address(), FsError.INTERRUPTED);
                }
                if (patience != null && stream.isAwayLongerThan(patience)) {
                    call.fail(stream.away(call.operation()));
                }
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
        return new DataCall<>(stream, "read", false, stamp -> channels.read(stamp, file, offset, length, take)).start();
    }

    @Override
    public CompletableFuture<WriteReply> write(WriteRequest.Builder request) {
        // An append that may have been done must not be done again.
        boolean repeatable = !request.getAppend();
        long number = writes.next();
        request.setNumber(number);
        var call = new DataCall<>(
                stream,
                "write",
                request.getWriteBack(),
                stamp -> channels.write(
                        request.setSession(stamp).setAckedNumber(writes.acked()).build()));
        CompletableFuture<WriteReply> answer = repeatable ? call.start() : call.startOnce();
        var _ = answer.whenComplete((_, _) -> writes.over(number));
        return answer;
    }

    /** Asks the server, and through it its peers, who exports a prefix. */
    LocateReply locate(String prefix, Duration limit) throws FsException {
        try {
            return channels.locate(prefix).get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw refusal(e.getCause());
        } catch (TimeoutException e) {
            throw stream.away("locate");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException("locate", address(), FsError.INTERRUPTED);
        }
    }

    @Override
    public void close() {
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

    private static FsException refusal(@Nullable Throwable cause) {
        return switch (cause) {
            case FsException e -> e;
            case RuntimeException bug -> throw bug;
            case Error bug -> throw bug;
            case null, default -> throw new IllegalStateException(cause);
        };
    }
}
