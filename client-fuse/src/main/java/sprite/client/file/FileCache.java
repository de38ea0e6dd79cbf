package sprite.client.file;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import sprite.client.fs.OpenFlags;
import sprite.client.session.LinkEvents.SessionRecovery;
import sprite.client.session.ServerLink;
import sprite.client.session.ServerLink.Installer;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.SetAttributes;

/**
 * The data of files as one client has it: cached blocks, delayed writes, read-ahead, and everything that keeps them
 * consistent with the servers. Opens are decided by the servers and only taken in here.
 *
 * <p>Thread-safe: see the lock order in the package's description.
 */
public final class FileCache implements AutoCloseable {
    /**
     * An empty cache.
     *
     * @param clock what time it is, for modification times
     * @param nanoTime a monotonic clock, for delays
     */
    public FileCache(FileCacheConfig config, AttributeSink sink, InstantSource clock, LongSupplier nanoTime) {}

    // ------------------------------------------------------------- on the stream's thread, never blocking

    /**
     * Takes in the reply to an Open or Create, inside its Installer. Every handle made must be {@link #release}d.
     * Around an Open that truncates, hold {@link #truncating}.
     */
    public OpenFile opened(ServerLink link, FileId file, OpenReply reply, OpenFlags flags) {
        return new OpenFile(link, file);
    }

    /**
     * Obeys write_back, invalidate, delete and report_attributes of a callback, and sends its CallbackDone (at once if
     * it has none of these). Revocations of grants are the caller's to obey before.
     */
    public void callback(ServerLink link, Callback callback) {}

    /** Drops what was cached from the server and opens again what is open or dirty; then {@code recovery.finished}. */
    public void sessionLost(ServerLink link, SessionRecovery recovery) {}

    /** A SetAttributes of times by this client was answered: what the server says rules. Inside its Installer. */
    public void attributesSet(Attributes answered) {}

    /** For Open.known_version: the version of what is cached; 0 if nothing useful is (then want_data). */
    public long knownVersion(FileId file) {
        return 0;
    }

    /** A mark in time for {@link #overlay}: take it before sending the request that asks for attributes. */
    public long mark() {
        return 0;
    }

    /**
     * Attributes with the size and times that this client knows better, because the answer cannot tell of what this
     * client wrote to its cache.
     *
     * @param asked the {@link #mark} before {@code base} was asked for; 0 if unknown
     */
    public Attributes overlay(Attributes base, long asked) {
        return base;
    }

    /** This client removed the last name (the reply said links == 0): data that never left is dropped. */
    public void removed(FileId file) {}

    // ---------------------------------------------------------------------------------- on callers' threads

    /** Bytes read, fewer than there is room for only at the end of the file. */
    public int read(OpenFile file, long offset, MemorySegment into) throws FsException {
        return 0;
    }

    /** Writes all of {@code data}; at the end of the file if {@code append}. FILE_TOO_BIG, NO_SPACE. */
    public void write(OpenFile file, long offset, MemorySegment data, boolean append) throws FsException {}

    /** close(2) of one descriptor. Throws, once per handle, what went wrong with delayed writes. */
    public void flush(OpenFile file) throws FsException {}

    /** The last descriptor is closed. */
    public void release(OpenFile file) {}

    /** Returns when everything written is on the server's disk. */
    public void fsync(OpenFile file, boolean dataOnly) throws FsException {}

    /**
     * Truncates (or extends) at the server, and here when the reply comes.
     *
     * @param request with {@code set_size}
     * @param alsoInstall takes the AttributesReply in after this room has
     */
    public Attributes truncate(ServerLink link, FileId file, SetAttributes.Builder request, Installer alsoInstall)
            throws FsException {
        return sprite.common.wire.Wire.attributes(link.call(
                        sprite.common.wire.proto.ClientFrame.newBuilder().setSetAttributes(request),
                        alsoInstall,
                        () -> false)
                .getAttributes()
                .getAttributes());
    }

    /** fallocate(2) at the server, after the file's dirty blocks were written back. */
    public Attributes allocate(OpenFile file, int mode, long offset, long length, Installer alsoInstall)
            throws FsException {
        return sprite.common.wire.Wire.attributes(file.link()
                .call(sprite.common.wire.proto.ClientFrame.newBuilder(), alsoInstall, () -> false)
                .getAttributes()
                .getAttributes());
    }

    /**
     * To be held around the call of an Open or Create with {@code truncate} of a file that is already there: nothing of
     * the old content leaves meanwhile. May wait for writes that are on their way.
     */
    public Truncation truncating(FileId file) {
        return () -> {};
    }

    /** A truncation that may be under way. */
    public interface Truncation extends AutoCloseable {
        /** Answered, or refused. */
        @Override
        void close();
    }

    // --------------------------------------------------------------------------------------- the whole cache

    /** Writes everything back (unmount, SIGTERM) and tells what could not be, and why. */
    public FlushReport writeBackAll(Duration deadline) {
        return new FlushReport(java.util.List.of());
    }

    public FileCacheStatus status() {
        return new FileCacheStatus(
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, new FileCacheStatus.WriteBacks(0, 0, 0, 0, 0));
    }

    /** Stops the scanner and frees all memory. Dirty data is lost: see {@link #writeBackAll}. */
    @Override
    public void close() {}
}
