package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Call;
import sprite.client.fs.Caller;
import sprite.client.fuse.Errno;
import sprite.client.fuse.RequestKind;
import sprite.client.fuse.SupplementaryGroups;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Credentials;
import sprite.common.name.FileName;

/**
 * A request of the kernel: its header, and its body where the kernel wrote it. The body is confined to the worker that
 * read it and there only until the next one is read; as a {@link Caller} it is thread-safe and lasts.
 */
final class Request implements Caller {
    private final MemorySegment memory;
    private final int length;
    private final int opcode;
    private final long unique;
    private final long node;
    private final int uid;
    private final int gid;
    private final int pid;
    private final Call call;
    private volatile boolean interrupted;
    private volatile boolean withdrawn;
    private volatile @Nullable Credentials credentials;

    /**
     * The request at the beginning of {@code memory}.
     *
     * @param length its bytes, header included
     */
    Request(MemorySegment memory, int length) {
        this.memory = memory;
        this.length = length;
        opcode = memory.get(JAVA_INT, In.Header.OPCODE);
        unique = memory.get(JAVA_LONG, In.Header.UNIQUE);
        node = memory.get(JAVA_LONG, In.Header.NODE);
        uid = memory.get(JAVA_INT, In.Header.UID);
        gid = memory.get(JAVA_INT, In.Header.GID);
        pid = memory.get(JAVA_INT, In.Header.PID);
        call = new Call(RequestKind.of(opcode), "", unique, uid, pid);
    }

    /** What a program waits for. */
    Call call() {
        return call;
    }

    /** Whether the kernel waits for an answer. */
    boolean isAnswered() {
        return opcode != Opcode.FORGET && opcode != Opcode.BATCH_FORGET && opcode != Opcode.INTERRUPT;
    }

    /** What is asked for: a number of {@link Opcode}, or one that is not known. */
    int opcode() {
        return opcode;
    }

    /** The number of the request, which goes into its reply. */
    long unique() {
        return unique;
    }

    /** The node it is about; a directory where a name follows. */
    long node() {
        return node;
    }

    /** Bytes of the body. */
    long bodyLength() {
        return length - In.Header.BYTES;
    }

    /** A number of the body, {@code at} bytes from its beginning. */
    int intAt(long at) {
        return memory.get(JAVA_INT, In.Header.BYTES + at);
    }

    /** As {@link #intAt}. */
    long longAt(long at) {
        return memory.get(JAVA_LONG, In.Header.BYTES + at);
    }

    /** A part of the body, not copied. */
    MemorySegment bytesAt(long at, long size) {
        if (size < 0 || size > bodyLength() - at) {
            throw new IllegalArgumentException("request " + opcode + " is shorter than it says");
        }
        return memory.asSlice(In.Header.BYTES + at, size);
    }

    /** The bytes up to the next NUL, one per character. */
    String textAt(long at) {
        return memory.getString(In.Header.BYTES + at, StandardCharsets.ISO_8859_1);
    }

    /** As {@link #textAt}, of the name of an entry. */
    FileName nameAt(long at) throws FsException {
        String text = textAt(at);
        if (text.length() > FileName.LENGTH_MAX) {
            throw new FsException("name", "of " + text.length() + " bytes", FsError.NAME_TOO_LONG);
        }
        return new FileName(text);
    }

    /** As {@link #textAt}, as bytes. */
    byte[] bytesAt(long at) {
        return bytesAt(at, textAt(at).length()).toArray(JAVA_BYTE);
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
            case Opcode.CREATE, Opcode.TMPFILE -> intAt(In.Create.UMASK);
            case Opcode.MKNOD -> intAt(In.Mknod.UMASK);
            case Opcode.MKDIR -> intAt(In.Mkdir.UMASK);
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
        return call.isAborted() || ((interrupted || withdrawn) && opcode == Opcode.SETLKW);
    }

    /** If it waits for a lock: it is to stop, for another daemon may carry it out. */
    void withdraw() {
        withdrawn = true;
    }

    /** It is carried out by this one after all. */
    void renew() {
        withdrawn = false;
    }

    /** Whether it has stopped for no other reason than that it was withdrawn, and so is not to be answered. */
    boolean isWithdrawn(int answer) {
        return withdrawn
                && opcode == Opcode.SETLKW
                && answer == -Errno.of(FsError.INTERRUPTED)
                && !interrupted
                && !call.isAborted();
    }

    /** The process was sent a signal. */
    void interrupt() {
        interrupted = true;
    }
}
