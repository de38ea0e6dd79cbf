package sprite.client.simulation;

/** What may go wrong in a world. */
enum Fault {
    /** A connection breaks, and each end notices in its own time. */
    CUT,

    /** Nothing passes between a client and a server for a while; now and then longer than a lease. */
    PARTITION,

    /** A client's machine stops and does not come back. */
    CLIENT_CRASH,

    /** A server process ends and another begins on the same disk. */
    SERVER_RESTART,

    /** As {@link #SERVER_RESTART}, and what was not synced is gone. Without locks: see "Worlds" in the design notes. */
    POWER_LOSS
}
