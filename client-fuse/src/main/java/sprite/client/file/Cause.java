package sprite.client.file;

/** Why data is written back. */
enum Cause {
    /** It has been dirty for long enough. */
    DELAY,
    /** A program wants it safe: fsync, allocation, a close while the domain is nearly full. */
    FSYNC,
    /** A server asked for it, or will not let it be cached any more. */
    RECALL,
    /** A server has just asked for its neighbours. */
    AHEAD,
    /** Others need the memory. */
    SPACE,
    /** The mount ends. */
    UNMOUNT
}
