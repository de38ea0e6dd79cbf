package sprite.client.fs;

import java.time.Duration;
import java.util.List;
import sprite.common.error.FsException;
import sprite.common.wire.proto.FormerSpace;

/** A file system that is in use: what a daemon needs besides the operations. */
public interface Mounted extends FileSystem, AutoCloseable {
    /**
     * Writes all delayed data back, as long as something gets home.
     *
     * @param patience how long nothing may get home to a server that is away; thrice that to one that answers
     * @param end when it gives up in any case
     * @return one line per file that could not be written back: which, how much, why; empty if all is well
     */
    List<String> writeBackEverything(Duration patience, Deadline end);

    /**
     * Refuses writes from now on, and keeps the delayed data in local files.
     *
     * @return one line per file: which, how much, where it is kept; empty if there was nothing
     */
    List<String> keepUnwritten();

    /**
     * For the end of a mount, before delayed data is written back for the last time: takes back all pages that are
     * lent, with what programs stored into them, as far as that takes only seconds.
     *
     * @param end when it gives up in any case
     * @return one line per file of which the kernel may still have what programs stored
     */
    List<String> takeBackPages(Deadline end);

    /**
     * Whether all handles that were released are closed at their servers, or will not be; some have to wait for data.
     *
     * @param patience how long it is waited for that
     */
    boolean areAllReleased(Duration patience);

    /** Whether every server has been heard within its lease, and no session is being recovered. */
    boolean areServersHere();

    /**
     * Breaks off from the servers without a goodbye, when no program is served any more and everything is written back:
     * they keep what this host holds until the lease ends. What the daemon's next life goes on with.
     */
    FormerSpace leave();

    /**
     * For the daemon's next life: connects to the servers in the background. Until they have been heard calls wait, and
     * what was open is not used.
     */
    void goOn();

    /** Of a handle, for {@link #inherited} in the daemon's next life. */
    long numberOf(Handle handle);

    /** The handle that had this number in the daemon's life before. STALE if there was none. */
    Handle inherited(long number) throws FsException;

    /** What is going on, as a tree of records for {@code status --json}; its names are the JSON's. */
    Object status();

    /** Says goodbye to the servers and frees all memory. Delayed data that was not written back is lost. */
    @Override
    void close();
}
