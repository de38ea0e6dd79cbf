package sprite.client.space;

import sprite.client.box.Box;
import sprite.client.file.FileCache;
import sprite.client.name.AttributeCache;
import sprite.client.name.NameCache;
import sprite.client.prefix.PrefixTable;
import sprite.client.session.ServerLink;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.proto.ServerFrame;

/** What this client knows and holds. Thread-safe: its parts are. */
record Holdings(
        PrefixTable prefixes,
        NameCache names,
        AttributeCache attributes,
        FileCache files,
        Loans loans,
        HeldLocks locks,
        Box box) {

    ServerLink linkOf(FileId file) throws FsException {
        return prefixes.linkOf(file);
    }

    /**
     * What a reply to a request of the {@link FileCache#mark} {@code asked} says of a file becomes what is known of it,
     * with what this client knows better. On the stream's thread.
     */
    Attributes install(sprite.common.wire.proto.Attributes told, boolean granted, long asked) {
        Attributes attributes = Trusted.attributes(told);
        FileId file = attributes.file();
        attributes().install(files.overlay(attributes, asked), granted && files.mayKeep(file, asked));
        return attributes;
    }

    /** As {@link #install}, out of a reply to GetAttributes, SetAttributes or Allocate. */
    Attributes installAttributes(ServerFrame reply, long asked) {
        return install(
                reply.getAttributes().getAttributes(), reply.getAttributes().getGranted(), asked);
    }
}
