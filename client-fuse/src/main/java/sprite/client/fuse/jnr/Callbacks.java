package sprite.client.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FuseOperations;
import sprite.client.fs.FileSystem;

/**
 * libfuse's {@code struct fuse_operations}: which function carries out which operation. The shape of the structure is
 * jnr-fuse's, the functions are upcalls of ours. Pointers travel as longs, which the calling conventions of x86-64 and
 * aarch64 do not tell apart. Immutable once made; lives as long as its arena.
 */
final class Callbacks {
    private static final FuseOperations SHAPE = new FuseOperations(Runtime.getSystemRuntime());

    /** Bytes of the structure. */
    static final int SIZE = Struct.size(SHAPE);

    /** The word of flags behind the member {@code bmap}. */
    private static final long FLAGS = SHAPE.bmap.offset() + Long.BYTES;

    // NULLPATH_OK and NOPATH: calls with a handle need no path, and work without one. UTIME_OMIT_OK: see utimens.
    private static final int NULLPATH_OK = 1;
    private static final int NOPATH = 1 << 1;
    private static final int UTIME_OMIT_OK = 1 << 2;

    private static final Class<?> I = int.class;
    private static final Class<?> L = long.class;

    private final Arena arena;
    private final MemorySegment structure;
    private final CountDownLatch initialised;

    Callbacks(FileSystem files, Arena arena, CountDownLatch initialised) {
        this.arena = arena;
        this.structure = arena.allocate(SIZE, Long.BYTES).fill((byte) 0);
        this.initialised = initialised;
        structure.set(JAVA_INT, FLAGS, NULLPATH_OK | NOPATH | UTIME_OMIT_OK);
        bindAll(files);
    }

    /** The structure, for {@code fuse_new}. */
    MemorySegment structure() {
        return structure;
    }

    private void bindAll(FileSystem files) {
        var tree = new Tree(files);
        var open = new OpenFiles();
        var hidden = new HiddenFiles();
        var attributes = new AttributeOperations(files, tree, open, hidden);
        bindAttributes(attributes);
        bindNames(new NameOperations(files, tree, attributes, open, hidden));
        bindData(new DataOperations(files, tree, attributes, open));
        bindDirectories(new DirectoryOperations(files, attributes));
        bindXattrs(new XattrOperations(files, attributes));
        var locks = new LockOperations(files, open);
        bind(SHAPE.lock.offset(), locks, "lock", L, L, I, L);
        bind(SHAPE.flock.offset(), locks, "flock", L, L, I);
        bind(SHAPE.init.offset(), this, "init", L);
    }

    private void bindAttributes(AttributeOperations attributes) {
        bind(SHAPE.getattr.offset(), attributes, "getattr", L, L);
        bind(SHAPE.fgetattr.offset(), attributes, "fgetattr", L, L, L);
        bind(SHAPE.chmod.offset(), attributes, "chmod", L, I);
        bind(SHAPE.chown.offset(), attributes, "chown", L, I, I);
        bind(SHAPE.truncate.offset(), attributes, "truncate", L, L);
        bind(SHAPE.ftruncate.offset(), attributes, "ftruncate", L, L, L);
        bind(SHAPE.utimens.offset(), attributes, "utimens", L, L);
        bind(SHAPE.access.offset(), attributes, "access", L, I);
        bind(SHAPE.statfs.offset(), attributes, "statfs", L, L);
    }

    private void bindNames(NameOperations names) {
        bind(SHAPE.readlink.offset(), names, "readlink", L, L, L);
        bind(SHAPE.mknod.offset(), names, "mknod", L, I, L);
        bind(SHAPE.mkdir.offset(), names, "mkdir", L, I);
        bind(SHAPE.unlink.offset(), names, "unlink", L);
        bind(SHAPE.rmdir.offset(), names, "rmdir", L);
        bind(SHAPE.symlink.offset(), names, "symlink", L, L);
        bind(SHAPE.rename.offset(), names, "rename", L, L);
        bind(SHAPE.link.offset(), names, "link", L, L);
    }

    private void bindData(DataOperations data) {
        bind(SHAPE.open.offset(), data, "open", L, L);
        bind(SHAPE.create.offset(), data, "create", L, I, L);
        bind(SHAPE.read.offset(), data, "read", L, L, L, L, L);
        bind(SHAPE.write.offset(), data, "write", L, L, L, L, L);
        bind(SHAPE.flush.offset(), data, "flush", L, L);
        bind(SHAPE.release.offset(), data, "release", L, L);
        bind(SHAPE.fsync.offset(), data, "fsync", L, I, L);
        bind(SHAPE.fallocate.offset(), data, "fallocate", L, I, L, L, L);
    }

    private void bindDirectories(DirectoryOperations directories) {
        bind(SHAPE.opendir.offset(), directories, "opendir", L, L);
        bind(SHAPE.readdir.offset(), directories, "readdir", L, L, L, L, L);
        bind(SHAPE.releasedir.offset(), directories, "releasedir", L, L);
        bind(SHAPE.fsyncdir.offset(), directories, "fsyncdir", L, I, L);
    }

    private void bindXattrs(XattrOperations xattrs) {
        bind(SHAPE.setxattr.offset(), xattrs, "setxattr", L, L, L, L, I);
        bind(SHAPE.getxattr.offset(), xattrs, "getxattr", L, L, L, L);
        bind(SHAPE.listxattr.offset(), xattrs, "listxattr", L, L, L);
        bind(SHAPE.removexattr.offset(), xattrs, "removexattr", L, L);
    }

    /** Points a member of the structure to a method of {@code target}, which returns an int. */
    private void bind(long member, Object target, String method, Class<?>... parameters) {
        try {
            MethodHandle handle =
                    MethodHandles.lookup().bind(target, method, MethodType.methodType(int.class, parameters));
            MemoryLayout[] layouts = Arrays.stream(parameters)
                    .map(type -> type == long.class ? JAVA_LONG : JAVA_INT)
                    .toArray(MemoryLayout[]::new);
            MemorySegment function = Native.callback(handle, FunctionDescriptor.of(JAVA_INT, layouts), arena);
            structure.set(JAVA_LONG, member, function.address());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no method " + method, e);
        }
    }

    /** Called when the kernel has greeted. Returns libfuse's user data: none. */
    int init(long connection) {
        Structures.Connection.leaveMasking(connection);
        initialised.countDown();
        return 0;
    }
}
