package sprite.consistency.small;

import sprite.consistency.OpenMode;

/**
 * A call of a process that has not returned. Immutable.
 *
 * @param kind of call
 * @param handle that it uses; 0 if none
 * @param value that it writes, or has read
 * @param stage how far it has come
 * @param fetch whether it reads for the cache
 * @param overtakenByWrite whether a local write came after the fetch was sent
 * @param overtakenByDrop whether the block was dropped after the fetch was sent
 */
record Call(
        Kind kind,
        int handle,
        int value,
        Stage stage,
        boolean fetch,
        boolean overtakenByWrite,
        boolean overtakenByDrop) {

    /** What processes do. */
    enum Kind {
        OPEN_READ,
        OPEN_WRITE,
        READ,
        WRITE,
        FSYNC,
        CLOSE,
        TRUNCATE
    }

    /** How far a call has come. */
    enum Stage {
        /** For its turn at the client. */
        WAITING,
        /** Its handle, closed at the server before, is being opened again. */
        REOPENING,
        /** A request is on the stream, or at the server. */
        REQUESTED,
        /** A read or write is on its way to the server, beside the stream. */
        SENT,
        /** A read or write has been served; the answer is on its way. */
        SERVED,
        /** Dirty blocks are being written back for it. */
        FLUSHING,
        /** A truncation waits until nothing is in flight. */
        DRAINING
    }

    static Call of(Kind kind, int handle, int value, Stage stage) {
        return new Call(kind, handle, value, stage, false, false, false);
    }

    /** The same, further on. */
    Call at(Stage next) {
        return new Call(kind, handle, value, next, fetch, overtakenByWrite, overtakenByDrop);
    }

    Call sent(boolean forCache) {
        return new Call(kind, handle, value, Stage.SENT, forCache, false, false);
    }

    Call served(int found) {
        return new Call(kind, handle, found, Stage.SERVED, fetch, overtakenByWrite, overtakenByDrop);
    }

    Call overtaken(boolean byWrite, boolean byDrop) {
        return fetch
                ? new Call(kind, handle, value, stage, true, overtakenByWrite || byWrite, overtakenByDrop || byDrop)
                : this;
    }

    /** Whether it is between client and server, beside the stream. */
    boolean isInFlight() {
        return stage == Stage.SENT || stage == Stage.SERVED;
    }

    static OpenMode mode(Kind kind) {
        return kind == Kind.OPEN_READ ? OpenMode.READ : OpenMode.READ_WRITE;
    }

    void encode(Fingerprint to) {
        to.put(kind.name().hashCode()).put(handle).put(value).put(stage.name().hashCode());
        to.put(fetch).put(overtakenByWrite).put(overtakenByDrop);
    }
}
