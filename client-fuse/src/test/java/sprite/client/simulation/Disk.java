package sprite.client.simulation;

import java.util.NavigableMap;
import java.util.TreeMap;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.server.domain.ReplyKey;

/**
 * What a domain consists of at one moment. Its files are immutable, so that a copy is cheap. Confined to its domain.
 */
final class Disk {
    final int number;
    final NavigableMap<Long, MemoryFile> files = new TreeMap<>();
    final java.util.Map<ReplyKey, byte[]> replies = new java.util.HashMap<>();
    final java.util.Set<Long> clients = new java.util.TreeSet<>();
    final java.util.Set<Long> storing = new java.util.TreeSet<>();

    /** Files that never had a name. */
    final java.util.Set<Long> linkable = new java.util.TreeSet<>();

    long lastInode = FileId.ROOT_INODE;
    long epoch;

    Disk(int number) {
        this.number = number;
    }

    Disk copy() {
        Disk copy = new Disk(number);
        copy.files.putAll(files);
        copy.replies.putAll(replies);
        copy.clients.addAll(clients);
        copy.storing.addAll(storing);
        copy.linkable.addAll(linkable);
        copy.lastInode = lastInode;
        copy.epoch = epoch;
        return copy;
    }

    void makeRoot(FileTime at) {
        FileId root = new FileId(number, FileId.ROOT_INODE);
        put(MemoryFile.made(
                new Attributes(
                        root, FileType.DIRECTORY, 0755, 2, 0, 0, 0, 4096, 4096, at, at, at, at, 0, false, null, null),
                root,
                new byte[0]));
    }

    void put(MemoryFile file) {
        files.put(file.attributes().file().inode(), file);
    }

    MemoryFile file(FileId id) throws FsException {
        MemoryFile file = id.domain() == number ? files.get(id.inode()) : null;
        if (file == null) {
            throw refused("find", id, FsError.NOT_FOUND);
        }
        return file;
    }

    MemoryFile directory(FileId id) throws FsException {
        MemoryFile file = file(id);
        if (!file.attributes().isDirectory()) {
            throw refused("enter", id, FsError.NOT_DIRECTORY);
        }
        return file;
    }

    MemoryFile regular(FileId id, String operation) throws FsException {
        MemoryFile file = file(id);
        if (!file.attributes().isRegular()) {
            throw refused(operation, id, file.attributes().isDirectory() ? FsError.IS_DIRECTORY : FsError.INVALID);
        }
        return file;
    }

    static FsException refused(String operation, Object subject, FsError error) {
        return new FsException(operation, subject.toString(), error);
    }
}
