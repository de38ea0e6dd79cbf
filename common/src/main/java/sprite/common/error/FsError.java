package sprite.common.error;

/** Everything that an operation on the file system may be refused for. Append only: the names travel on the wire. */
public enum FsError {
    /** No such file or directory; also a file that was deleted for good. */
    NOT_FOUND,
    /** The name is taken. */
    EXISTS,
    /** A directory was needed and this is none. */
    NOT_DIRECTORY,
    /** This is a directory and that was not wanted. */
    IS_DIRECTORY,
    /** A directory that must be empty is not. */
    NOT_EMPTY,
    /** The mode bits do not allow it (EACCES). */
    ACCESS_DENIED,
    /** Only the owner or root may do it (EPERM). */
    NOT_PERMITTED,
    /** An argument makes no sense. */
    INVALID,
    /** A name is longer than 255 bytes. */
    NAME_TOO_LONG,
    /** An offset or size is past the limit of a file's size. */
    FILE_TOO_BIG,
    /** No space is left under the domain. */
    NO_SPACE,
    /** Two prefixes (domains) are involved where one is needed. */
    CROSS_DOMAIN,
    /** A file has as many links as it may. */
    TOO_MANY_LINKS,
    /** Too many symbolic links or redirects on the way. */
    TOO_MANY_REDIRECTS,
    /** The lock is held by somebody else, and the caller did not want to wait. */
    WOULD_BLOCK,
    /** Waiting for the lock would never end. */
    DEADLOCK,
    /** The caller gave up waiting. */
    INTERRUPTED,
    /** No extended attribute of that name. */
    NO_ATTRIBUTE,
    /** The file system does not do that. */
    NOT_SUPPORTED,
    /** A result does not fit the space that the caller offered (ERANGE). */
    TOO_SMALL,
    /** More than can be stored (E2BIG). */
    TOO_LARGE,
    /** The file is being executed, or being written while somebody wants to execute it. */
    TEXT_BUSY,
    /** In use where it must not be, such as a mount point. */
    BUSY,
    /** The domain or the mount may only be read. */
    READ_ONLY,
    /** The server does not know (any more) what the client speaks of: an old session, an old version, an old file. */
    STALE,
    /** The server cannot be reached, or not in time. */
    TIMED_OUT,
    /** No server exports the prefix. */
    NO_PREFIX,
    /** The two sides speak different versions of the protocol. */
    PROTOCOL_MISMATCH,
    /** The message does not make sense. */
    BAD_REQUEST,
    /** What is on disk does not match its checksum. */
    CORRUPT,
    /** The disk, the network or this program failed. */
    IO,
    /** What is looked for does not come any more in the file (ENXIO). */
    PAST_END
}
