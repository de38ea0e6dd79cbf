package sprite.consistency;

/** What can happen to a file at the server. Immutable. */
public sealed interface Event {
    /** The client it comes from. */
    ClientId client();

    /** Something that has to be answered, and may have to wait until other clients obey. */
    sealed interface Request extends Event {
        /**
         * Never used before; the effect that answers the request carries it. Drawn in the order in which requests come
         * to the file (the server draws it under the lock under which it takes the step).
         */
        OpenSeq seq();

        /** Whether data may change: a new version is due, and nobody else may keep blocks. */
        boolean writes();
    }

    /** A client asks to open the file. */
    record Open(ClientId client, OpenMode mode, OpenSeq seq) implements Request {
        @Override
        public boolean writes() {
            return mode.write();
        }
    }

    /**
     * A client asks the server to change the data itself: truncation, allocation. To others it is an open for writing
     * that is closed at once. Granted by {@link Effect.Reply} (whose {@code cacheable} then says nothing) and ended by
     * {@link Changed}. It leaves the client's own opens, caching and dirty blocks as they are.
     */
    record Change(ClientId client, OpenSeq seq) implements Request {
        @Override
        public boolean writes() {
            return true;
        }
    }

    /**
     * A client tells what it had before the server lost it (restart, lost session): Sprite's reopen. Answered like an
     * open; the same one again changes nothing.
     *
     * @param held its opens, by kind, and whether it was allowed to cache; without opens if it only has dirty blocks
     * @param version of its blocks
     * @param dirty whether some of them are dirty
     * @param former whether the server has restarted since and has not given the client up, neither before nor after:
     *     then nobody has had the file whom this client's dirty blocks would have kept waiting
     */
    record Reopen(ClientId client, Use held, Version version, boolean dirty, boolean former, OpenSeq seq)
            implements Request {
        @Override
        public boolean writes() {
            return dirty || held.writers() > 0;
        }
    }

    /** The change that was granted under {@code seq} has been carried out, or given up. */
    record Changed(ClientId client, OpenSeq seq) implements Event {}

    /**
     * What {@link Effect.Commit} asked for under {@code seq} is on disk, or could not be brought there.
     *
     * @param client that waits for it
     */
    record Committed(ClientId client, OpenSeq seq, boolean done) implements Event {}

    /**
     * A client closed one of its opens.
     *
     * @param dirty whether it still has dirty blocks of the file
     */
    record Close(ClientId client, OpenMode mode, boolean dirty) implements Event {}

    /**
     * All dirty blocks of the client have reached the server.
     *
     * @param seq of the latest open that the client knew when the last of them left; an older one means that it may
     *     have dirtied blocks again
     */
    record WrittenBack(ClientId client, OpenSeq seq) implements Event {}

    /** A client has obeyed its callback, or could not. Exactly one for each {@link Effect.Recall}. */
    record Done(ClientId client, Outcome outcome) implements Event {}

    /** How a callback ended. */
    enum Outcome {
        /** All that was asked has been done. */
        OBEYED,
        /** No space at the server for the dirty blocks; the client keeps them and goes on as before. */
        NO_SPACE
    }

    /** The client is dead or has left: its opens, its dirty blocks and its debts are gone. */
    record Died(ClientId client) implements Event {}
}
