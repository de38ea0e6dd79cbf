package sprite.server.session;

import java.util.Set;
import sprite.common.error.FsException;
import sprite.consistency.ClientId;

/** The clients of a server, where they outlive it, so that its next life knows for whom to wait. Thread-safe. */
public interface ClientRoll {
    /** Those of the former life. */
    Set<ClientId> former() throws FsException;

    /** A client has come. Durable when this returns; may block for the disk. */
    void enter(ClientId client) throws FsException;

    /** Those of the former life on whose hosts programs may have stored into pages of files. */
    Set<ClientId> formerStoring() throws FsException;

    /**
     * Programs of a client that is on the roll are about to be able to store into pages, of which it is the holder
     * already. Durable when this returns; may block for the disk.
     */
    void stores(ClientId client) throws FsException;

    /** A client is gone for good. */
    void strike(ClientId client);
}
