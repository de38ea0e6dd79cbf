package sprite.client.file;

import sprite.common.file.FileTime;
import sprite.common.name.FileId;

/**
 * Where attributes are cached, and names are known. Hears what this client itself did to a file's data, at the moment
 * when the server is told; until then {@link FileCache#overlay} says it.
 */
public interface AttributeSink {
    /**
     * Cached attributes of the file, if there are any, now have this size and these times. Called with the file's lock
     * held: must not block and must not call the file cache.
     */
    void reported(FileId file, long size, FileTime modified);

    /** The server is told when the file was read. Called as {@link #reported}. */
    void read(FileId file, FileTime accessed);

    /** The file was written at the server: cached attributes of it are old. Called as {@link #reported}. */
    void changed(FileId file);

    /** The path under which a file was seen last, for people; empty if nobody knows. From any thread. */
    default String lastPath(FileId file) {
        return "";
    }

    /** Nobody caches attributes. */
    AttributeSink NONE = new AttributeSink() {
        @Override
        public void reported(FileId file, long size, FileTime modified) {}

        @Override
        public void read(FileId file, FileTime accessed) {}

        @Override
        public void changed(FileId file) {}
    };
}
