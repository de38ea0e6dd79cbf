package sprite.client.file;

import sprite.common.wire.proto.AttributesReply;
import sprite.consistency.ClientFile;
import sprite.consistency.Version;

/** A change of data that a server has made for this client. No state. */
final class ServerChange {
    private ServerChange() {}

    /**
     * The server has changed the data; nothing here at or after {@code goodBelow} may be used any more. Returns the
     * dirty bytes that never had to leave. What is said of an older version than is known here was done before that.
     */
    static long takeIn(CachedFile file, AttributesReply reply, long goodBelow) {
        file.lock.lock();
        try {
            long version = reply.getAttributes().getVersion();
            if (version < file.right.version().value()) {
                return 0;
            }
            boolean outOfDate = file.right.version().value() < version - 1;
            long saved = file.truncated(goodBelow);
            if (outOfDate) {
                file.blocks.dropClean(true);
            }
            if (file.right.version().value() < version) {
                file.right = new ClientFile(new Version(version), file.right.cacheable(), file.right.seq());
            }
            file.adopt(reply.getAttributes(), false);
            file.changed.signalAll();
            return saved;
        } finally {
            file.lock.unlock();
        }
    }
}
