package sprite.client.space;

import com.github.benmanes.caffeine.cache.Interner;
import com.google.protobuf.ByteString;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;

/**
 * Values out of a server's replies. A server that sends what makes no sense is broken, and that is reported as a bug
 * is: unchecked, once. Thread-safe: pure functions, but for a weak table in which equal values become one.
 */
final class Trusted {
    /** Access control lists that are held: those of one directory's files are mostly equal, and may be long. */
    private static final Interner<Acl> LISTS = Interner.newWeakInterner();

    private Trusted() {}

    static Attributes attributes(sprite.common.wire.proto.Attributes told) {
        try {
            Attributes attributes = Wire.attributes(told);
            Acl acl = attributes.acl();
            return acl == null ? attributes : attributes.withAcl(LISTS.intern(acl));
        } catch (FsException e) {
            throw nonsense(e);
        }
    }

    static FileId file(sprite.common.wire.proto.FileId told) {
        try {
            return Wire.fileId(told);
        } catch (FsException e) {
            throw nonsense(e);
        }
    }

    static FileName name(ByteString told) {
        try {
            return Wire.fileName(told);
        } catch (FsException e) {
            throw nonsense(e);
        }
    }

    static FileType type(sprite.common.wire.proto.FileType told) {
        try {
            return Wire.fileType(told);
        } catch (FsException e) {
            throw nonsense(e);
        }
    }

    private static IllegalStateException nonsense(FsException e) {
        return new IllegalStateException("the server sent nonsense: " + e.getMessage());
    }
}
