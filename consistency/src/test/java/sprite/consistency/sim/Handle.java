package sprite.consistency.sim;

import sprite.consistency.OpenMode;

/** An open file of a process. Confined to one thread. */
final class Handle {
    private final OpenMode mode;
    /** A read or write through it is under way. */
    boolean busy;
    /** close(2) or flush was seen since its last write. */
    boolean flushed;
    /** Closed at the server before its release: it must be opened again before it is used. */
    boolean detached;

    Handle(OpenMode mode) {
        this.mode = mode;
    }

    OpenMode mode() {
        return mode;
    }
}
