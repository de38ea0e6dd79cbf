package sprite.client.file;

import sprite.client.fs.Handle;
import sprite.client.session.ServerLink;
import sprite.common.name.FileId;

/** One open(2) of a regular file, as {@link FileCache} knows it. */
public final class OpenFile implements Handle {
    private final ServerLink link;
    private final FileId file;

    OpenFile(ServerLink link, FileId file) {
        this.link = link;
        this.file = file;
    }

    @Override
    public FileId file() {
        return file;
    }

    /** The server that exports the file. */
    public ServerLink link() {
        return link;
    }
}
