package sprite.client.fuse.kernel;

import org.jspecify.annotations.Nullable;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * How long, in nanoseconds, the kernel may answer with what it is told: as long as the file system lends it, if it does
 * and the kernel can be told to forget it. Immutable.
 *
 * <p>Attributes are lent in answer to GETATTR, and with listings. The kernel then has the node, and a notice that
 * overtakes the answer outdates it. The attributes that come with the answer to a LOOKUP make a node that no earlier
 * notice could reach. Likewise names are lent in answer to LOOKUP, for which the kernel notes the epoch before it asks,
 * and with listings. What a listing lends may be recalled before the kernel takes it in: see {@link Flights}.
 *
 * @param keepsAcls the kernel keeps access control lists until it is told to forget the attributes of their file
 */
record Borrowing(FileSystem files, boolean lendsNames, boolean lendsPages, boolean keepsAcls) {
    static Borrowing of(FileSystem files, Caching caching, Negotiation agreed) {
        boolean lends = caching != Caching.NOTHING;
        return new Borrowing(files, lends && agreed.knowsEpochs(), caching == Caching.PAGES_TOO, agreed.keepsAcls());
    }

    /** For attributes that were just told. */
    long attributes(Attributes told) throws FsException {
        return files.lendAttributes(told);
    }

    /** Whether pages may be kept of what is read through a handle that was just opened. */
    boolean pages(Handle handle) {
        return lendsPages && files.lendPages(handle);
    }

    /** For what a name leads to, or that it leads nowhere. */
    long name(FileId directory, FileName name, @Nullable FileId entry) throws FsException {
        return lendsNames ? files.lendName(directory, name, entry) : 0;
    }
}
