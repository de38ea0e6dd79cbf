package sprite.client.space;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.Caller;
import sprite.client.fs.Handle;
import sprite.client.name.NameCache;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ChangeReply;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Link;
import sprite.common.wire.proto.MakeNode;
import sprite.common.wire.proto.Remove;
import sprite.common.wire.proto.Rename;
import sprite.common.wire.proto.SetAttributes;

/** Changes names and attributes: at the server, and then in what is held, as the reply says. Immutable. */
final class NameChanges {
    private final Holdings held;

    NameChanges(Holdings held) {
        this.held = held;
    }

    Attributes make(
            FileId directory,
            FileName name,
            FileType type,
            int mode,
            long device,
            byte @Nullable [] target,
            Caller caller)
            throws FsException {
        MakeNode.Builder make = MakeNode.newBuilder()
                .setDirectory(Wire.toWire(directory))
                .setName(Wire.toWire(name))
                .setType(Wire.toWire(type))
                .setMode(mode)
                .setUmask(caller.umask())
                .setDevice(device)
                .setCredentials(Wire.toWire(caller.credentials()));
        if (target != null) {
            make.setTarget(ByteString.copyFrom(target));
        }
        ChangeReply reply = change(
                directory,
                ClientFrame.newBuilder().setMakeNode(make),
                (r, asked) -> made(directory, name, r, asked),
                held.names().changing(directory, name));
        return Trusted.attributes(reply.getEntry());
    }

    Attributes link(FileId file, FileId directory, FileName name, Caller caller) throws FsException {
        mustBeOneDomain("link", file, directory);
        long asked = held.files().mark();
        Link.Builder link = Link.newBuilder()
                .setFile(Wire.toWire(file))
                .setDirectory(Wire.toWire(directory))
                .setName(Wire.toWire(name))
                .setCredentials(Wire.toWire(caller.credentials()));
        ChangeReply reply = change(
                directory,
                ClientFrame.newBuilder().setLink(link),
                (r, _) -> made(directory, name, r, asked),
                held.names().changing(directory, name));
        return held.files().overlay(Trusted.attributes(reply.getEntry()), asked);
    }

    void remove(FileId directory, FileName name, boolean wantDirectory, Caller caller) throws FsException {
        Remove.Builder remove = Remove.newBuilder()
                .setDirectory(Wire.toWire(directory))
                .setName(Wire.toWire(name))
                .setWantDirectory(wantDirectory)
                .setCredentials(Wire.toWire(caller.credentials()));
        ChangeReply _ = change(
                directory,
                ClientFrame.newBuilder().setRemove(remove),
                (r, asked) -> removed(directory, name, r, asked),
                held.names().changing(directory, name));
    }

    void rename(
            FileId fromDirectory,
            FileName fromName,
            FileId toDirectory,
            FileName toName,
            boolean noReplace,
            boolean exchange,
            Caller caller)
            throws FsException {
        mustBeOneDomain("rename", fromDirectory, toDirectory);
        Rename.Builder rename = Rename.newBuilder()
                .setFromDirectory(Wire.toWire(fromDirectory))
                .setFromName(Wire.toWire(fromName))
                .setToDirectory(Wire.toWire(toDirectory))
                .setToName(Wire.toWire(toName))
                .setNoReplace(noReplace)
                .setExchange(exchange)
                .setCredentials(Wire.toWire(caller.credentials()));
        NameCache.Change from = held.names().changing(fromDirectory, fromName);
        NameCache.Change to = held.names().changing(toDirectory, toName);
        ChangeReply _ = change(
                fromDirectory,
                ClientFrame.newBuilder().setRename(rename),
                (r, asked) -> renamed(fromDirectory, fromName, toDirectory, toName, exchange, r, asked),
                () -> {
                    to.close();
                    from.close();
                });
    }

    Attributes setAttributes(FileId file, AttributeChange change, @Nullable Handle handle, Caller caller)
            throws FsException {
        SetAttributes.Builder set = AttributeRequests.toWire(file, change, handle != null, caller);
        ServerLink link = held.linkOf(file);
        long asked = held.files().mark();
        if (change.size() != null) {
            return held.files().truncate(link, file, set, frame -> held.installAttributes(frame, asked));
        }
        var reply = link.call(
                        ClientFrame.newBuilder().setSetAttributes(set),
                        frame -> {
                            Attributes now = held.installAttributes(frame, asked);
                            held.files()
                                    .timesSet(
                                            now,
                                            change.modifiedNow() || change.modified() != null,
                                            change.accessedNow() || change.accessed() != null);
                        },
                        caller::isInterrupted)
                .getAttributes();
        return held.files().overlay(Trusted.attributes(reply.getAttributes()), asked);
    }

    // ------------------------------------------------------------------------------------------------------------

    /** Takes in what a change did, on the stream's thread. */
    private interface Install {
        void install(ChangeReply reply, long asked);
    }

    /** @param changing names of which nothing is known before the answer, even if the caller does not wait for it */
    private ChangeReply change(
            FileId directory, ClientFrame.Builder request, Install install, NameCache.Change changing)
            throws FsException {
        long asked = held.files().mark();
        ServerLink link;
        try {
            link = held.linkOf(directory);
        } catch (FsException e) {
            changing.close();
            throw e;
        }
        return link.callUntil(request, frame -> install.install(frame.getChange(), asked), changing::close)
                .getChange();
    }

    private void made(FileId directory, FileName name, ChangeReply reply, long asked) {
        Attributes entry = held.install(reply.getEntry(), reply.getEntryGranted(), asked);
        held.names().present(directory, name, entry, reply.getNamesGranted());
        held.install(reply.getDirectory(), reply.getDirectoryGranted(), asked);
        if (entry.isDirectory()) {
            held.names().made(entry.file(), reply.getEntryNamesGranted());
        }
    }

    private void removed(FileId directory, FileName name, ChangeReply reply, long asked) {
        held.names().absent(directory, name, reply.getNamesGranted());
        held.install(reply.getDirectory(), reply.getDirectoryGranted(), asked);
        gone(reply.getEntry(), reply.getEntryGranted(), reply.getFreed(), asked);
    }

    private void renamed(
            FileId fromDirectory,
            FileName fromName,
            FileId toDirectory,
            FileName toName,
            boolean exchange,
            ChangeReply reply,
            long asked) {
        boolean within = fromDirectory.equals(toDirectory);
        boolean toGranted = within ? reply.getNamesGranted() : reply.getToNamesGranted();
        Attributes entry = held.install(reply.getEntry(), reply.getEntryGranted(), asked);
        if (!reply.hasDirectory()) {
            return; // both names are the same file's: rename(2) does nothing
        }
        held.install(reply.getDirectory(), reply.getDirectoryGranted(), asked);
        if (!within && reply.hasToDirectory()) {
            held.install(reply.getToDirectory(), reply.getToDirectoryGranted(), asked);
        }
        if (exchange && reply.getHasReplaced()) {
            Attributes other = held.install(reply.getReplaced(), reply.getReplacedGranted(), asked);
            held.names().present(fromDirectory, fromName, other, reply.getNamesGranted());
        } else {
            held.names().absent(fromDirectory, fromName, reply.getNamesGranted());
            if (reply.getHasReplaced()) {
                gone(reply.getReplaced(), reply.getReplacedGranted(), reply.getFreed(), asked);
            }
        }
        held.names().present(toDirectory, toName, entry, toGranted);
    }

    /** An entry was taken away; if that freed the file, its delayed writes are no longer wanted. */
    private void gone(sprite.common.wire.proto.Attributes told, boolean granted, boolean freed, long asked) {
        Attributes entry = held.install(told, granted && told.getLinks() > 0, asked);
        if (entry.isDirectory()) {
            held.names().drop(entry.file());
        } else if (entry.links() == 0) {
            held.files().removed(entry.file(), freed);
        }
    }

    private static void mustBeOneDomain(String operation, FileId a, FileId b) throws FsException {
        if (a.domain() != b.domain()) {
            throw new FsException(operation, a + " and " + b, FsError.CROSS_DOMAIN);
        }
    }
}
