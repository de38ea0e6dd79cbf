package sprite.client.session;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import sprite.common.error.FsError;
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

        /**
         * Whether the request may not be done any more: it fails with IO, unless it has been. Asked whenever the
         * request is about to be sent; locks nothing.
         */
        default boolean isVoid() {
            return false;
        }

        /** What a program hears of a refusal: IO in place of STALE if the request is void, because a lock is lost. */
        default FsException refusal(FsException refused) {
            return refused.error() == FsError.STALE && isVoid()
                    ? new FsException(refused.operation(), refused.subject() + " (a lock is lost)", FsError.IO)
                    : refused;
        }

        /** Nothing to take in. */
        Installer NONE = _ -> {};

        /** Takes the reply in to a request that is void if {@code isVoid} says so. */
        static Installer unless(BooleanSupplier isVoid, Installer installer) {
            return new Installer() {
                @Override
                public void install(ServerFrame reply) {
                    installer.install(reply);
                }

                @Override
                public boolean isVoid() {
                    return isVoid.getAsBoolean();
                }
            };
        }
    }

    /** host:port, for people. */
    String address();

    /** What the server exports. */
    List<Domain> domains();

    /** Whether the lease holds at this moment, so that cached things may be used. */
    boolean isLeaseValid();

    /** Whether there is a session, and all that one before it had is opened and locked again. */
    default boolean isRecovered() {
        return true;
    }

    /** Whether it was closed: nothing is asked or answered through it any more. */
    default boolean isEnded() {
        return false;
    }

    /** Nanoseconds for which the lease holds from now on if it is not renewed; 0 or less if it does not. */
    default long leaseNanosLeft() {
        return 0;
    }

    /** How much of what was written back is on the server's disk. */
    default Committed committed() {
        return Committed.NOTHING;
    }

    /** The answer to a request has said how much is on the disk. */
    default void heardCommitted(long stamp) {}

    /**
     * Waits until the server can be spoken to and the lease holds, as long as the mount's policy allows (TIMED_OUT).
     */
    void awaitLease() throws FsException;

    /** For how many nanoseconds the server has been silent though it was asked; 0 or less if it answers. */
    default long silentNanos() {
        return 0;
    }

    /** How many nanoseconds the longest call had lasted that was given up because the server was silent. */
    default long longestGivenUpNanos() {
        return 0;
    }

    /**
     * To be called now and then by who waits, on behalf of the current {@link sprite.client.call.Call}, for what this
     * server has a part in. TIMED_OUT if the server has been silent for longer than the mount is patient or the link
     * has ended, INTERRUPTED if nobody wants the call's answer any more.
     */
    default void endure(String operation) throws FsException {}

    /** Waits for what this server brings, as long as {@link #endure} allows; then the future may complete later. */
    default <T> T await(String operation, CompletableFuture<T> answer) throws FsException {
        return Waiting.join(operation, answer);
    }

    /**
     * Sends a request and waits for its reply. The frame must have its body set and nothing else. If the wait ends
     * early (TIMED_OUT, INTERRUPTED), the reply may still come, and is taken in.
     *
     * @param installer takes the reply in, in the order of the stream
     * @param interrupted asked now and then while waiting long; true cancels a lock request (INTERRUPTED)
     */
    ServerFrame call(ClientFrame.Builder request, Installer installer, BooleanSupplier interrupted) throws FsException;

    /** As {@link #call}, not waiting. The future fails with an {@link FsException}. */
    CompletableFuture<ServerFrame> callAsync(ClientFrame.Builder request, Installer installer);

    /**
     * As {@link #call}.
     *
     * @param over run when the request has been answered or refused, perhaps after the caller has gone
     */
    default ServerFrame callUntil(ClientFrame.Builder request, Installer installer, Runnable over) throws FsException {
        String operation = PendingCall.name(request);
        try {
            return await(operation, callAsync(request, installer).whenComplete((_, _) -> over.run()));
        } catch (FsException e) {
            throw installer.refusal(e);
        }
    }

    /** Sends a frame that has no reply (Close, WrittenBack, CallbackAck, CallbackDone), in order. */
    void send(ClientFrame.Builder frame);

    /**
     * Reads data beside the stream. The future fails with an {@link FsException}.
     *
     * @param take makes of the data what the future brings, on the network's thread, never blocking; the bytes are the
     *     network's again when it returns
     */
    <T> CompletableFuture<T> read(FileId file, long offset, int length, Function<ByteString, T> take);

    /**
     * As {@link #read}, into pages that the kernel keeps: the server says before what is read there changes.
     *
     * @param filling what the server has to know of the pages
     */
    default <T> CompletableFuture<T> readForPages(
            FileId file, long offset, int length, Filling filling, Function<ByteString, T> take) {
        return read(file, offset, length, take);
    }

    /** As {@link #read}, not of blocks under a right to cache: others may have stored into pages of the file. */
    default <T> CompletableFuture<T> readPastCache(FileId file, long offset, int length, Function<ByteString, T> take) {
        return read(file, offset, length, take);
    }

    /**
     * Pages that are being filled. Immutable.
     *
     * @param dropped number of the last drop of the file's pages that was done; 0: none
     * @param writable programs of this host may store into them
     */
    record Filling(long dropped, boolean writable) {}

    /** Writes data beside the stream; the session stamp is filled in here. The future fails with an FsException. */
    CompletableFuture<WriteReply> write(WriteRequest.Builder request);

    /**
     * As {@link #write(WriteRequest.Builder)}, and said again in the next session if this one is lost.
     *
     * @param isVoid asked before each attempt: whether the write may not be done any more; STALE unless it has been
     */
    default CompletableFuture<WriteReply> write(WriteRequest.Builder request, BooleanSupplier isVoid) {
        return write(request);
    }

    /** Says goodbye and ends the line. */
    @Override
    void close();
}
