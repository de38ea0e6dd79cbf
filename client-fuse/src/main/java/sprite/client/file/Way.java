package sprite.client.file;

/** How a read or write goes. */
enum Way {
    CACHED,
    UNCACHED,
    /** The handle has to be opened again first. */
    DETACHED,
    /** The size has to be asked for first. */
    DOUBTFUL,
    /** Nothing may be lent at the moment. */
    BARRED
}
