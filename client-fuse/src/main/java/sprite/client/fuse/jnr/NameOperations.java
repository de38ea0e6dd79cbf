package sprite.client.fuse.jnr;

import static sprite.client.fuse.jnr.Native.MEMORY;
import static sprite.client.fuse.jnr.Operation.op;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.FileSystem;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileType;
import sprite.common.name.FileId;

/** Making, removing and renaming names. Thread-safe: what it shares is. */
final class NameOperations {
    private static final int PERMISSIONS = 07777;

    private final FileSystem files;
    private final Tree tree;
    private final AttributeOperations attributes;
    private final OpenFiles open;
    private final HiddenFiles hidden;

    NameOperations(FileSystem files, Tree tree, AttributeOperations attributes, OpenFiles open, HiddenFiles hidden) {
        this.files = files;
        this.tree = tree;
        this.attributes = attributes;
        this.open = open;
        this.hidden = hidden;
    }

    int readlink(long at, long buffer, long size) {
        return op("readlink", at, (request, path) -> {
            byte[] target = files.readLink(attributes.file(path, request), request);
            int length = (int) Math.min(target.length, size - 1);
            MemorySegment.copy(target, 0, MEMORY, ValueLayout.JAVA_BYTE, buffer, length);
            MEMORY.set(ValueLayout.JAVA_BYTE, buffer + length, (byte) 0);
            return 0;
        });
    }

    int mknod(long at, int mode, long device) {
        return op("mknod", at, (request, path) -> {
            make(path, FileType.ofMode(mode), mode, device, request);
            return 0;
        });
    }

    int mkdir(long at, int mode) {
        return op("mkdir", at, (request, path) -> {
            make(path, FileType.DIRECTORY, mode, 0, request);
            return 0;
        });
    }

    private void make(String path, FileType type, int mode, long device, Request request) throws FsException {
        Tree.Place place = tree.place(path);
        var _ = files.make(place.directory(), place.name(), type, mode & PERMISSIONS, device, request);
    }

    int unlink(long at) {
        return op("unlink", at, (request, path) -> {
            if (request.opcode() != Request.UNLINK) {
                hidden.forget(path); // libfuse's own wish: the last descriptor of a file without a name was closed
                return 0;
            }
            Tree.Place place = tree.place(path);
            files.unlink(place.directory(), place.name(), request);
            return 0;
        });
    }

    int rmdir(long at) {
        return op("rmdir", at, (request, path) -> {
            Tree.Place place = tree.place(path);
            files.removeDirectory(place.directory(), place.name(), request);
            return 0;
        });
    }

    int symlink(long targetAt, long at) {
        return op("symlink", at, (request, path) -> {
            Tree.Place place = tree.place(path);
            byte[] target = Native.string(targetAt).getBytes(StandardCharsets.ISO_8859_1);
            var _ = files.symlink(place.directory(), place.name(), target, request);
            return 0;
        });
    }

    int rename(long at, long toAt) {
        return op("rename", at, (request, path) -> {
            String to = Native.string(toAt);
            if (HiddenFiles.isHiding(request, to)) {
                hide(path, to, request);
                return 0;
            }
            Tree.Place from = tree.place(path);
            Tree.Place target = tree.place(to);
            files.rename(from.directory(), from.name(), target.directory(), target.name(), false, false, request);
            open.moved(path, to);
            return 0;
        });
    }

    /** An open file is about to lose its name, by unlink(2) (done here) or to a rename(2) that libfuse sends next. */
    private void hide(String path, String hiddenPath, Request request) throws FsException {
        @Nullable FileId opened = open.newest(path);
        @Nullable FileId named = named(path);
        FileId file = opened != null ? opened : named != null ? named : tree.file(path);
        if (request.opcode() == Request.UNLINK) {
            Tree.Place place = tree.place(path);
            files.unlink(place.directory(), place.name(), request);
        } else if (request.opcode() != Request.RENAME) {
            throw new FsException("hide", path, FsError.NOT_SUPPORTED);
        }
        hidden.hide(hiddenPath, file, named == null ? file : named);
        open.moved(path, hiddenPath);
    }

    private @Nullable FileId named(String path) throws FsException {
        try {
            return tree.file(path);
        } catch (FsException e) {
            if (e.error() == FsError.NOT_FOUND) {
                return null; // another host has removed it
            }
            throw e;
        }
    }

    int link(long at, long toAt) {
        return op("link", at, (request, path) -> {
            Tree.Place place = tree.place(Native.string(toAt));
            var _ = files.link(attributes.file(path, request), place.directory(), place.name(), request);
            return 0;
        });
    }
}
