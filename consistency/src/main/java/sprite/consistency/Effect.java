package sprite.consistency;

/** What the server has to do, in the order given. Immutable. */
public sealed interface Effect {
    /** The client it concerns. */
    ClientId client();

    /**
     * Store the file's new version before any later effect is carried out.
     *
     * @param after the last version that was made for another client than this one; stored with the version
     */
    record RaiseVersion(ClientId client, Version version, Version after) implements Effect {}

    /**
     * Tell a client what to do with its cache; it answers with {@link Event.Done}.
     *
     * @param writeBack bring dirty blocks home
     * @param invalidate drop blocks and cache no more
     */
    record Recall(ClientId client, boolean writeBack, boolean invalidate) implements Effect {}

    /**
     * Make durable what was written back to the file until now; {@link Event.Committed} says that it is done. Always
     * the last effect of a step.
     *
     * @param client that is to be the next writer
     * @param seq of its request
     */
    record Commit(ClientId client, OpenSeq seq) implements Effect {}

    /** Answer a request: granted. */
    record Reply(ClientId client, OpenSeq seq, Version version, boolean cacheable) implements Effect {}

    /** Answer a request: refused; nothing was opened, and the version is what it was. */
    record Refuse(ClientId client, OpenSeq seq, Reason reason) implements Effect {}

    /** Why a request was refused. */
    enum Reason {
        /** Executed here and written there at once. */
        TEXT_BUSY,
        /** The last writer's data does not fit the disk (golden trace T7). */
        NO_SPACE,
        /** What the writer before wrote cannot be brought to the disk. */
        NOT_COMMITTED,
        /** A reopen that names a version that the file cannot have had. */
        IMPOSSIBLE_VERSION,
        /** A reopen whose dirty blocks are older than the file: they must be kept aside (golden trace T5b). */
        VERSION_MISMATCH
    }
}
