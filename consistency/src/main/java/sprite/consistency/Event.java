package sprite.consistency;

/** What can happen to a file at the server. Immutable. */
public sealed interface Event {
    /** The client it comes from. */
    ClientId client();

    /**
     * A client asks to open the file.
     *
     * @param seq of this open, never used before; the effect that answers it carries it
     */
    record Open(ClientId client, OpenMode mode, OpenSeq seq) implements Event {}

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

    /** A client has obeyed its callback, or could not. */
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
