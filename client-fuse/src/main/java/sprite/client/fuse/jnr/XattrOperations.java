package sprite.client.fuse.jnr;

import static sprite.client.fuse.jnr.Operation.op;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import sprite.client.fs.FileSystem;

/** Extended attributes. Names hold one character per byte, like file names. Thread-safe: what it shares is. */
final class XattrOperations {
    private static final int XATTR_CREATE = 1;
    private static final int XATTR_REPLACE = 2;

    private final FileSystem files;
    private final AttributeOperations attributes;

    XattrOperations(FileSystem files, AttributeOperations attributes) {
        this.files = files;
        this.attributes = attributes;
    }

    int setxattr(long at, long name, long value, long size, int flags) {
        return op("setxattr", at, (request, path) -> {
            byte[] bytes = Native.bytes(value, size).toArray(ValueLayout.JAVA_BYTE);
            files.setXattr(
                    attributes.file(path, request),
                    Native.string(name),
                    bytes,
                    (flags & XATTR_CREATE) != 0,
                    (flags & XATTR_REPLACE) != 0,
                    request);
            return 0;
        });
    }

    int getxattr(long at, long name, long value, long size) {
        return op(
                "getxattr",
                at,
                (request, path) -> Native.answer(
                        files.xattr(attributes.file(path, request), Native.string(name), request), value, size));
    }

    int listxattr(long at, long list, long size) {
        return op("listxattr", at, (request, path) -> {
            var names = new ByteArrayOutputStream();
            for (String name : files.xattrs(attributes.file(path, request), request)) {
                names.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
                names.write(0);
            }
            return Native.answer(names.toByteArray(), list, size);
        });
    }

    int removexattr(long at, long name) {
        return op("removexattr", at, (request, path) -> {
            files.removeXattr(attributes.file(path, request), Native.string(name), request);
            return 0;
        });
    }
}
