package sprite.consistency.small;

/**
 * A choice that the world has. Immutable.
 *
 * @param kind of choice
 * @param client whose it is, from 0
 * @param index which process, handle, request or transfer of that client
 * @param call what the process does, for BEGIN
 */
record Move(Kind kind, int client, int index, Call.Kind call, int handle) {

    /** The kinds of choices; those that are {@code due} happen sooner or later, whatever the programs do. */
    enum Kind {
        BEGIN(false),
        RECEIVE(true),
        DELIVER(true),
        EXECUTE(true),
        SERVE(true),
        ANSWER(true),
        STORE(true),
        STORED(true),
        CUT(true),
        RELEASE(true),
        SCAN(false),
        EVICT(false),
        REPEAT(false),
        TAKE_BACK(false),
        CRASH(false),
        BURY(true);

        private final boolean due;

        Kind(boolean due) {
            this.due = due;
        }
    }

    Move(Kind kind, int client, int index) {
        this(kind, client, index, Call.Kind.CLOSE, 0);
    }

    boolean isDue() {
        return kind.due;
    }
}
