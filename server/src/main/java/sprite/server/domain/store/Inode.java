package sprite.server.domain.store;

import org.jspecify.annotations.Nullable;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.server.domain.Raiser;

/**
 * Everything that is stored of a file under its inode number. Immutable.
 *
 * @param parent of a directory, the inode of the directory that contains it; else 0
 * @param entries of a directory, how many it has; else 0
 * @param storage of a regular file, where its data lies; else NONE
 * @param checksummed whether any of its blocks has, or had, a checksum
 * @param raiser whose doing its version is
 */
public record Inode(
        Attributes attributes, long parent, long entries, Storage storage, boolean checksummed, Raiser raiser) {
    /** What stat shows as the size of every directory, in bytes. */
    public static final long DIRECTORY_SIZE = 4096;

    /** Of a file whose version nobody has raised. */
    public Inode(Attributes attributes, long parent, long entries, Storage storage, boolean checksummed) {
        this(attributes, parent, entries, storage, checksummed, Raiser.NOBODY);
    }

    Inode with(Attributes changed) {
        return new Inode(changed, parent, entries, storage, checksummed, raiser);
    }

    public Inode withParent(long directory) {
        return new Inode(attributes, directory, entries, storage, checksummed, raiser);
    }

    Inode withStorage(Storage place) {
        return new Inode(attributes, parent, entries, place, checksummed, raiser);
    }

    Inode withRaiser(Raiser of) {
        return new Inode(attributes, parent, entries, storage, checksummed, of);
    }

    Inode withChecksums() {
        return new Inode(attributes, parent, entries, storage, true, raiser);
    }

    /** An empty file, which has nothing to be checked. */
    Inode emptied() {
        return new Inode(attributes, parent, entries, Storage.NONE, false, raiser).withData(0, 0, null);
    }

    /** A directory after its names have changed. */
    Inode withEntries(int more, int moreLinks, FileTime at) {
        Attributes a = attributes;
        Attributes after = copy(a, a.mode(), a.links() + moreLinks, a.uid(), a.gid(), a.accessed(), at, at);
        return new Inode(after, parent, entries + more, storage, checksummed);
    }

    /** A directory that has so many entries. */
    public Inode withEntryCount(long count) {
        return new Inode(attributes, parent, count, storage, checksummed);
    }

    public Inode withLinks(int links, FileTime changed) {
        Attributes a = attributes;
        return with(copy(a, a.mode(), links, a.uid(), a.gid(), a.accessed(), a.modified(), changed));
    }

    Inode withChanged(FileTime changed) {
        return withLinks(attributes.links(), changed);
    }

    public Inode withVersion(long version) {
        Attributes a = attributes;
        return with(new Attributes(
                a.file(),
                a.type(),
                a.mode(),
                a.links(),
                a.uid(),
                a.gid(),
                a.device(),
                a.size(),
                a.allocated(),
                a.accessed(),
                a.modified(),
                a.changed(),
                a.created(),
                version,
                a.hasXattrs(),
                a.acl(),
                a.remote()));
    }

    public Inode withXattrs(boolean any, FileTime changed) {
        Attributes a = attributes;
        return with(new Attributes(
                a.file(),
                a.type(),
                a.mode(),
                a.links(),
                a.uid(),
                a.gid(),
                a.device(),
                a.size(),
                a.allocated(),
                a.accessed(),
                a.modified(),
                changed,
                a.created(),
                a.version(),
                any,
                a.acl(),
                a.remote()));
    }

    Inode withAcl(int mode, @Nullable Acl acl, FileTime changed) {
        Attributes a = attributes;
        return with(copy(a, mode, a.links(), a.uid(), a.gid(), a.accessed(), a.modified(), changed)
                .withAcl(acl));
    }

    /** After its data has changed; {@code modified} null leaves the times. Delayed data may be older than a change. */
    public Inode withData(long size, long allocated, @Nullable FileTime modified) {
        Attributes a = attributes;
        return with(new Attributes(
                a.file(),
                a.type(),
                a.mode(),
                a.links(),
                a.uid(),
                a.gid(),
                a.device(),
                size,
                allocated,
                a.accessed(),
                modified == null ? a.modified() : modified,
                modified == null ? a.changed() : FileTime.later(a.changed(), modified),
                a.created(),
                a.version(),
                a.hasXattrs(),
                a.acl(),
                a.remote()));
    }

    /** With other values for what chmod, chown, utimes and link change. */
    static Attributes copy(
            Attributes a,
            int mode,
            int links,
            int uid,
            int gid,
            FileTime accessed,
            FileTime modified,
            FileTime changed) {
        return new Attributes(
                a.file(),
                a.type(),
                mode,
                links,
                uid,
                gid,
                a.device(),
                a.size(),
                a.allocated(),
                accessed,
                modified,
                changed,
                a.created(),
                a.version(),
                a.hasXattrs(),
                a.acl(),
                a.remote());
    }
}
