package sprite.server.domain.store;

/** What a disk may say without its being true. A test that does not notice shows nothing. */
enum Lie {
    NONE,
    /** The sync of a data file, or of all, does nothing. */
    DATA_NOT_SYNCED,
    /** The sync of a directory does nothing. */
    NAMES_NOT_SYNCED,
    /** The sync of the log does nothing. */
    LOG_NOT_SYNCED
}
