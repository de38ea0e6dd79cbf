package sprite.client.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static sprite.client.fuse.jnr.Native.MEMORY;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Call;
import sprite.client.fs.Caller;
import sprite.client.fuse.RequestKind;
import sprite.client.fuse.SupplementaryGroups;
import sprite.common.file.Credentials;

/**
 * The kernel's request that a worker is carrying out: whose it is, and what it really asks for. Confined to the worker;
 * {@link #uid}, {@link #gid}, {@link #pid} and {@link #credentials} may be asked by any thread while the request runs.
 */
final class Request implements Caller {
    // Numbers of the kernel's FUSE protocol (linux/fuse.h, enum fuse_opcode).
    static final int LOOKUP = 1;
    static final int GETATTR = 3;
    static final int UNLINK = 10;
    static final int RENAME = 12;
    static final int RELEASE = 18;
    static final int FLUSH = 25;
    private static final int FORGET = 2;
    private static final int MKNOD = 8;
    private static final int MKDIR = 9;
    private static final int SETLKW = 33;
    private static final int CREATE = 35;
    private static final int INTERRUPT = 36;
    private static final int BATCH_FORGET = 42;

    // Offsets in struct fuse_in_header.
    private static final long OPCODE = 4;
    private static final long UNIQUE = 8;
    private static final long UID = 24;
    private static final long GID = 28;
    private static final long PID = 32;
    private static final long HEADER_SIZE = 40;

    /** Size of struct fuse_rename_in, which precedes the names in a rename request. */
    private static final long RENAME_IN_SIZE = 8;

    private final long address;
    private final int opcode;
    private final int uid;
    private final int gid;
    private final int pid;
    private final Call call;
    private volatile @Nullable Credentials credentials;

    /** The request that lies at {@code address}, as the kernel wrote it. */
    Request(long address) {
        this.address = address;
        opcode = MEMORY.get(JAVA_INT, address + OPCODE);
        uid = MEMORY.get(JAVA_INT, address + UID);
        gid = MEMORY.get(JAVA_INT, address + GID);
        pid = MEMORY.get(JAVA_INT, address + PID);
        call = new Call(RequestKind.of(opcode), "", MEMORY.get(JAVA_LONG, address + UNIQUE), uid, pid);
    }

    /** What a program waits for. */
    Call call() {
        return call;
    }

    /** Whether the kernel waits for an answer. */
    boolean isAnswered() {
        return opcode != FORGET && opcode != BATCH_FORGET && opcode != INTERRUPT && opcode != 0;
    }

    /** What the kernel asks for. */
    int opcode() {
        return opcode;
    }

    /** The last component of the new name, of a rename request. */
    String renameTarget() {
        String oldName = Native.string(address + HEADER_SIZE + RENAME_IN_SIZE);
        return Native.string(address + HEADER_SIZE + RENAME_IN_SIZE + oldName.length() + 1);
    }

    @Override
    public int uid() {
        return uid;
    }

    @Override
    public int gid() {
        return gid;
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public int umask() {
        return switch (opcode) {
            case MKNOD, CREATE -> MEMORY.get(JAVA_INT, address + HEADER_SIZE + 8);
            case MKDIR -> MEMORY.get(JAVA_INT, address + HEADER_SIZE + 4);
            default -> 0;
        };
    }

    @Override
    public Credentials credentials() {
        Credentials known = credentials;
        if (known == null) {
            known = new Credentials(uid, gid, uid == 0 ? List.of() : SupplementaryGroups.of(pid));
            credentials = known;
        }
        return known;
    }

    @Override
    public boolean isInterrupted() {
        return call.isAborted() || (opcode == SETLKW && Native.isInterrupted());
    }

    /** Stands for root where a request's caller has been checked already. */
    static final Caller TRUSTED = new Caller() {
        @Override
        public int uid() {
            return 0;
        }

        @Override
        public int gid() {
            return 0;
        }

        @Override
        public int pid() {
            return 0;
        }

        @Override
        public Credentials credentials() {
            return Credentials.ROOT;
        }

        @Override
        public boolean isInterrupted() {
            return false; // the call that it is a part of may be
        }
    };
}
