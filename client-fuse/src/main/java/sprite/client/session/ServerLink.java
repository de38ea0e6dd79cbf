package sprite.client.session;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/**
 * The line to one file server, over all its reconnections. Thread-safe. No method may be called with a lock held that
 * an {@link Installer} or a {@link LinkEvents} method takes.
 */
public interface ServerLink extends AutoCloseable {
    /** Handles a reply on the thread that reads the stream, before the caller of {@link #call} wakes. Never blocks. */
    @FunctionalInterface
    interface Installer {
        /** Takes in what the reply says; not called for errors. */
        void install(ServerFrame reply);

        /** Nothing to take in. */
        Installer NONE = _ -> {};
    }

    /** host:port, for people. */
    String address();

    /** What the server exports. */
    List<Domain> domains();

    /** Whether the lease holds at this moment, so that cached things may be used. */
    boolean isLeaseValid();

    /** Nanoseconds for which the lease holds from now on if it is not renewed; 0 or less if it does not. */
    default long leaseNanosLeft() {
        return 0;
    }

    /**
     * Waits until the server can be spoken to and the lease holds, as long as the mount's policy allows (TIMED_OUT).
     */
    void awaitLease() throws FsException;

    /**
     * Sends a request and waits for its reply. The frame must have its body set and nothing else.
     *
     * @param installer takes the reply in, in the order of the stream
     * @param interrupted asked now and then while waiting long; true cancels a lock request (INTERRUPTED)
     */
    ServerFrame call(ClientFrame.Builder request, Installer installer, BooleanSupplier interrupted) throws FsException;

    /** As {@link #call}, not waiting. The future fails with an {@link FsException}. */
    CompletableFuture<ServerFrame> callAsync(ClientFrame.Builder request, Installer installer);

    /** Sends a frame that has no reply (Close, WrittenBack, CallbackAck, CallbackDone), in order. */
    void send(ClientFrame.Builder frame);

    /**
     * Reads data beside the stream. The future fails with an {@link FsException}.
     *
     * @param take makes of the data what the future brings, on the network's thread, never blocking; the bytes are the
     *     network's again when it returns
     */
    <T> CompletableFuture<T> read(FileId file, long offset, int length, Function<ByteString, T> take);

    /** Writes data beside the stream; the session stamp is filled in here. The future fails with an FsException. */
    CompletableFuture<WriteReply> write(WriteRequest.Builder request);

    /** Says goodbye and ends the line. */
    @Override
    void close();
}
