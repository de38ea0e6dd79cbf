package sprite.server.prefix;

import sprite.common.error.FsException;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;

/** Knows which server exports a prefix. Thread-safe. */
public interface Locator {
    /** Who exports exactly that prefix: this server, or, if the asker wants that, a peer. May block for a peer. */
    LocateReply locate(LocateRequest request) throws FsException;

    /** Makes or removes the remote link for {@code prefix} in the domain of this server that it would lie in. */
    void link(String prefix, boolean remove) throws FsException;
}
