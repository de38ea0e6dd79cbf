package sprite.client.simulation;

import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.server.domain.Entry;
import sprite.server.domain.Raiser;

/**
 * A file of a {@link Disk}. Immutable: nobody changes the arrays and maps it was made of.
 *
 * @param parent of a directory; else any
 * @param entries of a directory; else empty
 * @param data what is not there up to the size is zeros; of a symbolic link its target
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record MemoryFile(
        Attributes attributes,
        FileId parent,
        NavigableMap<FileName, Entry> entries,
        byte[] data,
        NavigableMap<String, byte[]> xattrs,
        Raiser raiser) {
    static MemoryFile made(Attributes attributes, FileId parent, byte[] data) {
        return new MemoryFile(attributes, parent, new TreeMap<>(), data, new TreeMap<>(), Raiser.NOBODY);
    }

    MemoryFile with(Attributes changed) {
        return new MemoryFile(changed, parent, entries, data, xattrs, raiser);
    }

    MemoryFile withParent(FileId directory) {
        return new MemoryFile(attributes, directory, entries, data, xattrs, raiser);
    }

    /** With another size; {@code modified} null leaves the times. */
    MemoryFile withData(byte[] bytes, long size, @Nullable FileTime modified) {
        Attributes sized = modified == null ? attributes.withSize(size) : attributes.withData(size, modified);
        byte[] kept = bytes.length <= size ? bytes : Arrays.copyOf(bytes, (int) size);
        return new MemoryFile(sized, parent, entries, kept, xattrs, raiser);
    }

    /** A directory in which a name stands for something else, or (null) nothing any more. */
    MemoryFile withEntry(FileName name, @Nullable Entry entry, int moreLinks, FileTime at) {
        NavigableMap<FileName, Entry> changed = new TreeMap<>(entries);
        if (entry == null) {
            changed.remove(name);
        } else {
            changed.put(name, entry);
        }
        Attributes a = attributes;
        Attributes after = copy(a, a.mode(), a.links() + moreLinks, a.uid(), a.gid(), a.accessed(), at, at);
        return new MemoryFile(after, parent, changed, data, xattrs, raiser);
    }

    MemoryFile withLinks(int links, FileTime changed) {
        Attributes a = attributes;
        return with(copy(a, a.mode(), links, a.uid(), a.gid(), a.accessed(), a.modified(), changed));
    }

    MemoryFile withVersion(long version, Raiser of) {
        Attributes raised = copy(attributes, attributes.changed(), version, attributes.hasXattrs());
        return new MemoryFile(raised, parent, entries, data, xattrs, of);
    }

    MemoryFile withXattr(String name, byte @Nullable [] value, FileTime at) {
        NavigableMap<String, byte[]> changed = new TreeMap<>(xattrs);
        if (value == null) {
            changed.remove(name);
        } else {
            changed.put(name, value);
        }
        Attributes after = copy(attributes, at, attributes.version(), !changed.isEmpty());
        return new MemoryFile(after, parent, entries, data, changed, raiser);
    }

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

    private static Attributes copy(Attributes a, FileTime changed, long version, boolean hasXattrs) {
        return new Attributes(
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
                version,
                hasXattrs,
                a.acl(),
                a.remote());
    }
}
