package sprite.server.prefix;

import sprite.common.error.FsException;
import sprite.server.domain.Command;

/**
 * Changes names in this server's domains as a client would: what other clients have been granted of the directory is
 * taken from them first. Implementations are thread-safe and may block on clients.
 */
public interface NameChanger {
    /** Makes an entry. Refused as {@link Command.Make} is. */
    void make(Command.Make command) throws FsException;

    /** Removes an entry. Refused as {@link Command.Remove} is. */
    void remove(Command.Remove command) throws FsException;
}
