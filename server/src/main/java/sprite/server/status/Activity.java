package sprite.server.status;

import java.util.List;
import sprite.common.name.FileId;

/** What only the rooms that deal with clients know. Implementations are thread-safe and do not block on clients. */
public interface Activity {
    /** The clients that live, in any order. */
    List<ServerStatus.Client> clients();

    /** Files that some client has open. */
    int openFiles();

    /** Files that are write-shared at the moment. */
    List<FileId> writeShared();

    /** Commits since the start. */
    ServerStatus.Commits commits();

    /** Traffic since the start. */
    ServerStatus.Wire wire();
}
