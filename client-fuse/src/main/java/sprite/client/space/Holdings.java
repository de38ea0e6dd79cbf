package sprite.client.space;

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
record Holdings(PrefixTable prefixes, NameCache names, AttributeCache attributes, FileCache files) {

    ServerLink linkOf(FileId file) throws FsException {
        return prefixes.linkOf(file);
    }

    /** What a reply says of a file becomes what is known of it. On the stream's thread. */
    Attributes install(sprite.common.wire.proto.Attributes told, boolean granted) {
        Attributes attributes = Trusted.attributes(told);
        attributes().install(attributes, granted);
        return attributes;
    }

    /** As {@link #install} of what was asked for at the {@link FileCache#mark} {@code asked}. */
    Attributes install(sprite.common.wire.proto.Attributes told, boolean granted, long asked) {
        Attributes attributes = Trusted.attributes(told);
        attributes().install(attributes, granted && files.mayKeep(attributes.file(), asked));
        return attributes;
    }

    /** As {@link #install}, out of a reply to GetAttributes, SetAttributes or Allocate. */
    Attributes installAttributes(ServerFrame reply) {
        return install(
                reply.getAttributes().getAttributes(), reply.getAttributes().getGranted());
    }
}
