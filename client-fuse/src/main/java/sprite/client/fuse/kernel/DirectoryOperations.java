package sprite.client.fuse.kernel;

import java.util.List;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Listing;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.FileType;
import sprite.common.name.FileId;

/** Listing directories. Thread-safe: what it shares is. */
final class DirectoryOperations {
    /** Entries that every listing begins with: "." and "..". */
    private static final int DOTS = 2;

    private final FileSystem files;
    private final Nodes nodes;
    private final Handles<OpenDirectory> open = new Handles<>();

    DirectoryOperations(FileSystem files, Nodes nodes) {
        this.files = files;
        this.nodes = nodes;
    }

    int opendir(Request request, Reply reply) throws FsException {
        FileId directory = nodes.file(request.node());
        files.access(directory, Access.READ, request);
        Out.Open.put(reply.payload(), 0, open.add(new OpenDirectory(directory)), 0);
        return (int) Out.Open.BYTES;
    }

    /** An offset is the number of the entry that comes next; 0 begins anew, with a fresh listing. */
    int readdir(Request request, Reply reply) throws FsException {
        OpenDirectory directory = open.get(request.longAt(In.Read.HANDLE));
        long offset = request.longAt(In.Read.OFFSET);
        if (offset == 0) {
            directory.take(files.list(directory.file(), Trusted.CALLER));
        }
        long room = Math.min(Integer.toUnsignedLong(request.intAt(In.Read.SIZE)), Negotiation.TRANSFER_MAX);
        return fill(reply, directory, offset, room);
    }

    private static int fill(Reply reply, OpenDirectory directory, long offset, long room) {
        List<Listing> entries = directory.entries();
        long at = 0;
        for (long next = offset; next >= 0 && next < DOTS + entries.size(); next++) {
            FileId file = directory.file(); // for ".." too: the kernel resolves it itself, and asks for its number
            int mode = FileType.DIRECTORY.modeBits();
            String name = next == 0 ? "." : "..";
            if (next >= DOTS) {
                Listing entry = entries.get((int) next - DOTS);
                file = entry.file();
                mode = entry.type().modeBits();
                name = entry.name().bytesAsText();
            }
            long bytes = Out.DirectoryEntry.bytes(name);
            if (at + bytes > room) {
                break;
            }
            Out.DirectoryEntry.put(reply.payload(), at, file.statInode(), next + 1, mode, name);
            at += bytes;
        }
        return (int) at;
    }

    int releasedir(Request request) throws FsException {
        var _ = open.remove(request.longAt(In.Release.HANDLE));
        return 0;
    }

    int fsyncdir(Request request) throws FsException {
        files.fsyncDirectory(open.get(request.longAt(In.Fsync.HANDLE)).file(), request);
        return 0;
    }
}
