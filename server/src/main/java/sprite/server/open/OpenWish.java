package sprite.server.open;

import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.server.session.Session;

/**
 * An open that a client asks for.
 *
 * @param alteration done to the file once the open has gone through, before it is answered; null for none
 * @param passing whether the open is closed again at once: a truncation or allocation, which is nothing else to others
 */
public record OpenWish(
        Session session,
        FileId file,
        OpenMode mode,
        @Nullable Alteration alteration,
        boolean passing,
        Answer answer) {

    /** A change of the file's data that is part of an open. */
    @FunctionalInterface
    public interface Alteration {
        /** Carries it out. What it returns is of no interest. */
        Object alter() throws FsException;
    }

    /**
     * Hears what became of the wish, once; called with the file's entry locked, on any thread. Must not block, and puts
     * its reply on the client's stream before it returns.
     */
    public interface Answer {
        /** It was opened. */
        void granted(Opened opened) throws FsException;

        /** It was not. */
        void refused(FsError error);
    }

    /**
     * What an open has come to. Immutable.
     *
     * @param attributes as they are now, by the server's knowledge
     * @param attributesGranted whether the client may cache them
     * @param cacheable whether it may cache the data
     */
    public record Opened(Attributes attributes, boolean attributesGranted, OpenSeq seq, boolean cacheable) {}
}
