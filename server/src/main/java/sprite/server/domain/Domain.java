package sprite.server.domain;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;

/**
 * One tree of files and its store. Reads may run at any time and in parallel. Commands are applied one at a time, each
 * atomically; the caller sees to it that no two of them are in each other's way (the namespace lock of
 * {@code sprite.server.names}). Data operations on different files run in parallel; on one file they are serialised.
 *
 * <p>Every method may throw {@link FsException} with NOT_FOUND for a file that does not exist, CORRUPT where a checksum
 * does not match, NO_SPACE where the disk is full, IO where it fails. Implementations are thread-safe.
 */
public interface Domain extends AutoCloseable {
    /** Where the domain lies in the name space. */
    Prefix prefix();

    /** Its number, unique within the name space; part of every {@link FileId}. */
    int number();

    /** Its identity, for ever. */
    UUID uuid();

    /** The server epoch stored last. */
    long epoch();

    /** Stores a server epoch durably, before the first client is served. */
    void storeEpoch(long epoch) throws FsException;

    /** The clients remembered: those that may have had something open or unwritten when the server last stopped. */
    List<Long> clients() throws FsException;

    /** Remembers a client, and not as a {@link #storingClients storing} one; durably when this returns. */
    void remember(long client) throws FsException;

    /** Those of them on whose hosts programs may have stored into pages, which nobody may have heard of. */
    List<Long> storingClients() throws FsException;

    /** Remembers such a client, durably when this returns. */
    void rememberStoring(long client) throws FsException;

    /** Forgets a client, durably when this returns. */
    void forget(long client) throws FsException;

    /** The root directory. */
    default FileId root() {
        return new FileId(number(), FileId.ROOT_INODE);
    }

    /** The attributes of a file as stored. NOT_FOUND if it is gone for good; a file without names still has some. */
    Attributes attributes(FileId file) throws FsException;

    /** For whom a file's version was raised, as the last {@link Command.RaiseVersion} said. */
    Raiser raiser(FileId file) throws FsException;

    /** The entry {@code name} of a directory, or null. NOT_DIRECTORY if it is none. */
    @Nullable
    Entry lookup(FileId directory, FileName name) throws FsException;

    /**
     * Entries in the order of their names' bytes.
     *
     * @param after the last name already seen, or null to begin
     * @param limit most entries to return; fewer means that the end was reached
     */
    List<Entry> list(FileId directory, @Nullable FileName after, int limit) throws FsException;

    /** The directory that contains a directory; the root contains itself. */
    FileId parent(FileId directory) throws FsException;

    /** The target of a symbolic link, its bytes. INVALID if it is none. */
    byte[] readLink(FileId file) throws FsException;

    /** The value of an extended attribute; NO_ATTRIBUTE if there is none of that name. */
    byte[] xattr(FileId file, String name) throws FsException;

    /** The names of a file's extended attributes. */
    List<String> xattrs(FileId file) throws FsException;

    /**
     * Applies a command. With a {@code key}, the bytes that {@code reply} makes of the outcome are stored in the same
     * atomic write, to be found again by {@link #keptReply}.
     */
    Outcome apply(Command command, @Nullable ReplyKey key, @Nullable Function<Outcome, byte[]> reply)
            throws FsException;

    /** The reply kept under {@code key}, or null. */
    byte @Nullable [] keptReply(ReplyKey key) throws FsException;

    /** Forgets the replies to requests of a session up to and including {@code seq}. */
    void forgetReplies(long client, long session, long seq) throws FsException;

    /**
     * Forgets some of the replies that are kept for the same client, under higher numbers than {@code after}: those of
     * which {@code which} says so. They are gone when this returns, and do not come back unless all that is written
     * later is lost with the machine.
     */
    void forgetReplies(ReplyKey after, Predicate<byte[]> which) throws FsException;

    /** Forgets the replies kept under {@code last} and under all lower numbers. */
    default void forgetReplies(ReplyKey last) throws FsException {
        forgetReplies(last.client(), last.session(), last.seq());
    }

    /**
     * Reads file data, through the server's block cache.
     *
     * @return bytes read: less than {@code into} has room for only at the end of the file; 0 at or past it
     */
    int read(FileId file, long offset, MemorySegment into) throws FsException;

    /**
     * Where the next data of a file, or the next hole, begins: {@code offset} itself if it lies in one. The end of the
     * file is a hole. A store that cannot tell takes everything for data.
     *
     * @return -1 if the offset is negative, or at or past the end, or no data comes after it
     */
    default long seek(FileId file, long offset, boolean hole) throws FsException {
        long size = attributes(file).size();
        return offset < 0 || offset >= size ? -1 : hole ? size : offset;
    }

    /**
     * Writes file data and extends the file's size if the data reaches past it. Returns when the data is in the
     * operating system's hands. FILE_TOO_BIG past {@link Attributes#SIZE_MAX}.
     *
     * @param modified the new modification and change time; null leaves both (a client's delayed write)
     * @return the attributes afterwards
     */
    default Attributes write(FileId file, long offset, MemorySegment data, @Nullable FileTime modified)
            throws FsException {
        return write(file, offset, data, modified, null);
    }

    /**
     * As above, and keeps a reply made of the attributes afterwards. A server that ends loses neither without the
     * other, except that it may have written over what was there before and not kept the reply; a machine that stops
     * may have kept the reply alone.
     */
    Attributes write(
            FileId file,
            long offset,
            MemorySegment data,
            @Nullable FileTime modified,
            @Nullable Keeping<Attributes> keeping)
            throws FsException;

    /** Makes everything that was written to a file, its attributes and its names durable (fsync). */
    void commit(FileId file) throws FsException;

    /** Makes everything durable. */
    void sync() throws FsException;

    /** How full it is. */
    Space space() throws FsException;

    /** Files without names that a former life of the server kept for clients that had them open. */
    List<FileId> orphans() throws FsException;

    /** Makes everything durable and lets go of the store. */
    @Override
    void close();
}
