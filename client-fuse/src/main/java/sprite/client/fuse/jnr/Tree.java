package sprite.client.fuse.jnr;

import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * Finds the file that a path names, by looking up one component after another. The kernel itself looks up every
 * component with every call (it caches none) and so has them checked for its caller; therefore what is walked through
 * here is looked up as root, and only what a LOOKUP asks for is looked up as its caller. Paths hold one character per
 * byte and begin with '/'. Thread-safe: no state of its own.
 */
final class Tree {
    private final FileSystem files;

    Tree(FileSystem files) {
        this.files = files;
    }

    /** A name and the directory it is (or may be) in. Immutable. */
    record Place(FileId directory, FileName name) {}

    /** The directory and the name that a path ends with. INVALID for the root. */
    Place place(String path) throws FsException {
        int slash = path.lastIndexOf('/');
        return new Place(directory(path, slash), name(path, slash + 1, path.length()));
    }

    /** The attributes of what a path names; {@code caller} needs search permission for the last directory. */
    Attributes attributes(String path, Caller caller) throws FsException {
        if (path.length() == 1) {
            return files.attributes(files.root(), caller);
        }
        int slash = path.lastIndexOf('/');
        return files.lookup(directory(path, slash), name(path, slash + 1, path.length()), caller);
    }

    /** The file that a path names. */
    FileId file(String path) throws FsException {
        return path.length() == 1
                ? files.root()
                : attributes(path, Request.TRUSTED).file();
    }

    /** The directory that the first {@code end} characters of a path name. */
    private FileId directory(String path, int end) throws FsException {
        FileId directory = files.root();
        int start = 1;
        while (start <= end) {
            int slash = path.indexOf('/', start);
            directory = files.lookup(directory, name(path, start, slash), Request.TRUSTED)
                    .file();
            start = slash + 1;
        }
        return directory;
    }

    private static FileName name(String path, int start, int end) throws FsException {
        if (end - start > FileName.LENGTH_MAX) {
            throw new FsException("name", "of " + (end - start) + " bytes", FsError.NAME_TOO_LONG);
        }
        return new FileName(path.substring(start, end));
    }
}
