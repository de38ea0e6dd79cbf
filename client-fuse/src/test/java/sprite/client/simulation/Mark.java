package sprite.client.simulation;

/** Something that is to happen in some worlds, or they would prove little. */
enum Mark {
    /** A last writer that may go on caching brought its data home. */
    RECALL_OF_LAST_WRITER,
    /** A writer lost the right to cache. */
    CACHING_DISABLED_WHILE_WRITTEN,
    /** A reader lost the right to cache. */
    READER_INVALIDATED,
    /** A recall arrived at a client whose own open of the file was under way. */
    RECALL_DURING_OPEN,
    /** Caching was disabled, and the client had dirty blocks to bring home. */
    CACHING_DISABLED_WITH_DIRTY_BLOCKS,
    NAMES_REVOKED,
    ATTRIBUTES_REVOKED,
    /** A stat of a file whose writer knows better. */
    WRITER_ASKED_FOR_ATTRIBUTES,
    /** A file without a name: its writer need not write. */
    DIRTY_BLOCKS_DELETED,
    UNCACHED_READ,
    /** A kernel answered a read from its pages. */
    PAGE_READ,
    /** A client was told to drop the pages of a file that somebody else is about to write. */
    PAGES_DROPPED,
    UNCACHED_WRITE,
    UNCACHED_APPEND,
    WRITE_BACK,
    SESSION_RESUMED,
    /** A request came again, under its number, after a broken connection. */
    REQUEST_REPEATED,
    SESSION_LOST,
    REOPENED,
    /** A path led to another server. */
    REDIRECTED,
    LOCK_WAITED_FOR,
    DEADLOCK_REFUSED,
    CLIENT_CRASHED,
    /** A client that lives was declared dead. */
    OUTLIVED,
    SERVER_RESTARTED,
    /** A client came back to a server that started again, with data of a version before the newest, its own. */
    OWN_OPEN_UNHEARD,
    POWER_LOST,
    /** A page into which a program had stored was brought back because it was to be forgotten. */
    STORED_PAGE_FORGOTTEN
}
