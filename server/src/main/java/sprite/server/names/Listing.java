package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.DirectoryEntry;
import sprite.common.wire.proto.ReadDirectory;
import sprite.common.wire.proto.ReadDirectoryReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Entry;
import sprite.server.open.Export;
import sprite.server.session.GrantKey;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/** One page of a directory. Entries whose attributes depend on more than the names lock come without. Immutable. */
record Listing(Room room, Request request, FileId directory, ReadDirectory wanted) implements Operation {
    /** Most entries of a page. */
    private static final int LIMIT_MAX = 1_000;

    /** A page ends when it has come to so many bytes: long access control lists make large entries. */
    private static final int BYTES_MAX = 1 << 20;

    @Override
    public @Nullable CompletableFuture<?> attempt() throws FsException {
        FileName after = wanted.getAfter().isEmpty() ? null : Wire.fileName(wanted.getAfter());
        int limit = wanted.getLimit() <= 0 ? LIMIT_MAX : Math.min(LIMIT_MAX, wanted.getLimit());
        Export export = room.export(directory);
        export.names().readLock().lock();
        try {
            Attributes attributes = room.directory(directory);
            Permission.list(attributes, Wire.credentials(wanted.getCredentials()));
            List<Entry> entries = export.domain().list(directory, after, limit);
            ReadDirectoryReply.Builder reply = ReadDirectoryReply.newBuilder()
                    .setNamesGranted(room.grants().give(GrantKey.names(directory), request.session()));
            int bytes = 0;
            for (Entry entry : entries) {
                if (bytes >= BYTES_MAX) {
                    break;
                }
                DirectoryEntry listed = entry(entry).build();
                bytes += listed.getSerializedSize();
                reply.addEntries(listed);
            }
            reply.setEnd(entries.size() < limit && reply.getEntriesCount() == entries.size());
            request.reply(ServerFrame.newBuilder().setReadDirectory(reply));
        } finally {
            export.names().readLock().unlock();
        }
        return null;
    }

    private DirectoryEntry.Builder entry(Entry entry) throws FsException {
        DirectoryEntry.Builder listed = DirectoryEntry.newBuilder()
                .setName(Wire.toWire(entry.name()))
                .setFile(Wire.toWire(entry.file()))
                .setType(Wire.toWire(entry.type()));
        Attributes attributes =
                wanted.getWithAttributes() ? room.files().seenAmongOthers(entry.file(), request.session()) : null;
        if (attributes != null) {
            listed.setAttributes(Wire.toWire(attributes)).setHasAttributes(true).setAttributesGranted(true);
        }
        return listed;
    }
}
