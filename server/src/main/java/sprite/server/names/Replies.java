package sprite.server.names;

import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ChangeReply;
import sprite.server.domain.Outcome;

/** What an outcome looks like on the wire. */
final class Replies {
    private Replies() {}

    /** {@link #change} of an entry that was taken away, {@code inUse} if somebody had it open. */
    static ChangeReply.Builder removal(Outcome outcome, boolean inUse) {
        Attributes gone = outcome.replaced() == null ? outcome.file() : outcome.replaced();
        return change(outcome).setFreed(gone.links() == 0 && !inUse);
    }

    /** Without grants: also what is kept for a client that asks again. */
    static ChangeReply.Builder change(Outcome outcome) {
        ChangeReply.Builder reply = ChangeReply.newBuilder().setEntry(Wire.toWire(outcome.file()));
        Attributes directory = outcome.directory();
        if (directory != null) {
            reply.setDirectory(Wire.toWire(directory));
        }
        Attributes toDirectory = outcome.toDirectory();
        if (toDirectory != null) {
            reply.setToDirectory(Wire.toWire(toDirectory));
        }
        Attributes replaced = outcome.replaced();
        if (replaced != null) {
            reply.setReplaced(Wire.toWire(replaced)).setHasReplaced(true);
        }
        return reply;
    }

    /** Adds what the changer holds of the directories afterwards. */
    static void grantDirectories(Change change, Outcome outcome, ChangeReply.Builder reply) throws FsException {
        Attributes directory = outcome.directory();
        if (directory != null) {
            reply.setDirectoryGranted(change.attributesGranted(directory))
                    .setNamesGranted(change.namesGranted(directory));
        }
        Attributes toDirectory = outcome.toDirectory();
        if (toDirectory != null) {
            reply.setToDirectoryGranted(change.attributesGranted(toDirectory))
                    .setToNamesGranted(change.namesGranted(toDirectory));
        }
    }
}
