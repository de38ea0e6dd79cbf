package sprite.client.simulation;

/** What may go wrong in a world. */
enum Fault {
    /** A connection breaks, and each end notices in its own time. */
    CUT,

    /** Nothing passes between a client and a server for a while; now and then longer than a lease. */
    PARTITION,

    /** A client's machine stops and does not come back. */
    CLIENT_CRASH,

    /**
     * A server process ends and another begins on the same disk. Only where there is one client: a fresh open does not
     * wait until the others have come back, so it may miss what they have not written yet; and without locks, which are
     * not taken again. See "Known defects" in the design notes.
     */
    SERVER_RESTART,

    /** As {@link #SERVER_RESTART}, and what was not synced is gone. */
    POWER_LOSS
}
