package sprite.server.open;

import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.consistency.Event;
import sprite.consistency.OpenSeq;
import sprite.server.session.Session;

/**
 * What a client asks of a file and may have to wait for: an open, a reopen, or a change of its data by the server.
 *
 * @param asking what is asked of the core
 * @param alteration of {@link Event.Change}: what to do once it is granted, before it is answered; else null
 * @param firstOfNameless whether this opens a file that was made without a name; else one that has none is refused
 */
public record OpenWish(
        Session session,
        FileId file,
        Asking asking,
        @Nullable Alteration alteration,
        Answer answer,
        boolean firstOfNameless) {

    /** What is asked of a file that has a name, or is open. */
    public OpenWish(Session session, FileId file, Asking asking, @Nullable Alteration alteration, Answer answer) {
        this(session, file, asking, alteration, answer, false);
    }

    /** Makes the event of the number that it is given. */
    @FunctionalInterface
    public interface Asking {
        Event.Request numbered(OpenSeq seq);
    }

    /** A change of the file's data. */
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
        /** It came true. */
        void granted(Opened opened) throws FsException;

        /** It did not. */
        void refused(FsError error);
    }

    /**
     * What a wish has come to. Immutable.
     *
     * @param attributes as they are now, by the server's knowledge
     * @param attributesGranted whether the client may cache them
     * @param cacheable whether it may cache the data; says nothing for a change
     */
    public record Opened(Attributes attributes, boolean attributesGranted, OpenSeq seq, boolean cacheable) {}
}
