package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sprite.client.session.Committed;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Attributes;
import sprite.common.wire.proto.AttributesReply;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.CommitReply;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.EmptyReply;
import sprite.common.wire.proto.FileType;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.OpenSeq;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/**
 * A server with one file, in memory, that says what a test tells it to say about consistency and carries out the rest
 * in truth. Thread-safe: fields guarded by {@code lock}.
 */
final class FakeServer implements ServerLink {
    static final FileId FILE = new FileId(1, 7);

    private final ReentrantLock lock = new ReentrantLock();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @GuardedBy("lock")
    private byte[] content = new byte[0];

    @GuardedBy("lock")
    private int size;

    @GuardedBy("lock")
    private long version = 1;

    @GuardedBy("lock")
    private long opens;

    @GuardedBy("lock")
    private final List<ClientFrame> sent = new ArrayList<>();

    volatile boolean cacheable = true;

    /** What happens to a sender before its frame is sent. */
    volatile Consumer<ClientFrame> beforeSend = _ -> {};

    /** What happens to a sender whose frame is sent, before it returns. */
    volatile Consumer<ClientFrame> afterSend = _ -> {};

    volatile long leaseNanosLeft = Long.MAX_VALUE;

    /** What happens to a caller that waits for the lease. */
    volatile Runnable beforeLease = () -> {};

    volatile @Nullable FsError refuseReads;
    volatile @Nullable FsError refuseWrites;
    volatile @Nullable FsError refuseCommits;

    /** What happens to a write on its way. */
    volatile Runnable beforeWrite = () -> {};

    /** What happens to a caller before its commit is answered. */
    volatile Runnable beforeCommit = () -> {};

    /** Of write-backs that are answered; 0: they need not be kept. */
    final AtomicLong stamp = new AtomicLong();

    volatile Committed committed = Committed.NOTHING;
    volatile @Nullable FsError refuseReopen;

    /** What happens to a caller that opens the file again. */
    volatile Consumer<Reopen> beforeReopen = _ -> {};

    private final AtomicLong writes = new AtomicLong();

    /** Writes carried out. */
    long writes() {
        return writes.get();
    }

    byte[] content() {
        lock.lock();
        try {
            return Arrays.copyOf(content, size);
        } finally {
            lock.unlock();
        }
    }

    void setContent(byte[] bytes) {
        lock.lock();
        try {
            content = bytes.clone();
            size = bytes.length;
        } finally {
            lock.unlock();
        }
    }

    /** What somebody else does: another version, other bytes. */
    void foreignWrite(int offset, byte[] bytes) {
        lock.lock();
        try {
            version++;
            put(offset, ByteString.copyFrom(bytes));
        } finally {
            lock.unlock();
        }
    }

    List<ClientFrame> sent() {
        lock.lock();
        try {
            return List.copyOf(sent);
        } finally {
            lock.unlock();
        }
    }

    long count(Predicate<ClientFrame> wanted) {
        return sent().stream().filter(wanted).count();
    }

    OpenReply open(boolean write, boolean truncate) {
        lock.lock();
        try {
            if (write || truncate) {
                version++;
            }
            if (truncate) {
                size = 0;
                Arrays.fill(content, (byte) 0);
            }
            return OpenReply.newBuilder()
                    .setSpaceFree(Long.MAX_VALUE)
                    .setAttributes(attributes())
                    .setOpenSeq(OpenSeq.newBuilder().setEpoch(1).setCounter(++opens))
                    .setCacheable(cacheable)
                    .build();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Attributes attributes() {
        return Attributes.newBuilder()
                .setFile(Wire.toWire(FILE))
                .setType(FileType.REGULAR)
                .setMode(0644)
                .setLinks(1)
                .setSize(size)
                .setModified(Wire.toWire(FileTime.EPOCH))
                .setAccessed(Wire.toWire(FileTime.EPOCH))
                .setChanged(Wire.toWire(FileTime.EPOCH))
                .setCreated(Wire.toWire(FileTime.EPOCH))
                .setVersion(version)
                .build();
    }

    @GuardedBy("lock")
    private void put(int offset, ByteString data) {
        int end = offset + data.size();
        if (end > content.length) {
            content = Arrays.copyOf(content, Math.max(end, content.length * 2));
        }
        data.copyTo(content, offset);
        size = Math.max(size, end);
    }

    @Override
    public String address() {
        return "fake:1";
    }

    @Override
    public List<Domain> domains() {
        return List.of();
    }

    @Override
    public boolean isLeaseValid() {
        return true;
    }

    @Override
    public long leaseNanosLeft() {
        return leaseNanosLeft;
    }

    @Override
    public void awaitLease() {
        beforeLease.run();
    }

    @Override
    public Committed committed() {
        return committed;
    }

    @Override
    public void heardCommitted(long upTo) {
        Committed known = committed;
        committed = new Committed(known.boot(), known.before(), known.begin(), Math.max(known.upTo(), upTo));
        boolean _ = upTo != 0 && stamp.compareAndSet(upTo, upTo + 1); // what is answered from now on is not covered
    }

    @Override
    public ServerFrame call(ClientFrame.Builder request, Installer installer, BooleanSupplier interrupted)
            throws FsException {
        ServerFrame reply;
        lock.lock();
        try {
            sent.add(request.build());
        } finally {
            lock.unlock();
        }
        switch (request.getBodyCase()) {
            case OPEN ->
                reply = ServerFrame.newBuilder()
                        .setOpen(open(
                                request.getOpen().getWrite(), request.getOpen().getTruncate()))
                        .build();
            case REOPEN -> {
                beforeReopen.accept(request.getReopen());
                FsError refused = refuseReopen;
                boolean ofData = refused == FsError.STALE;
                if (refused != null && (!ofData || request.getReopen().getDirty())) {
                    throw new FsException("reopen", "file", refused);
                }
                reply = ServerFrame.newBuilder()
                        .setOpen(open(request.getReopen().getDirty(), false))
                        .build();
            }
            case COMMIT -> {
                beforeCommit.run();
                FsError refused = refuseCommits;
                if (refused != null) {
                    throw new FsException("commit", "file", refused);
                }
                reply = ServerFrame.newBuilder()
                        .setCommit(CommitReply.newBuilder().setStamp(stamp.get()))
                        .build();
            }
            case SET_ATTRIBUTES -> {
                lock.lock();
                try {
                    int length = (int) request.getSetAttributes().getSize();
                    if (length < size) {
                        Arrays.fill(content, length, size, (byte) 0);
                    } else {
                        content = Arrays.copyOf(content, Math.max(content.length, length));
                    }
                    size = length;
                    version++;
                    reply = ServerFrame.newBuilder()
                            .setAttributes(AttributesReply.newBuilder().setAttributes(attributes()))
                            .build();
                } finally {
                    lock.unlock();
                }
            }
            default ->
                reply = ServerFrame.newBuilder()
                        .setEmpty(EmptyReply.getDefaultInstance())
                        .build();
        }
        installer.install(reply);
        return reply;
    }

    @Override
    public CompletableFuture<ServerFrame> callAsync(ClientFrame.Builder request, Installer installer) {
        try {
            return CompletableFuture.completedFuture(call(request, installer, () -> false));
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void send(ClientFrame.Builder frame) {
        ClientFrame built = frame.build();
        beforeSend.accept(built);
        lock.lock();
        try {
            sent.add(built);
        } finally {
            lock.unlock();
        }
        afterSend.accept(built);
    }

    @Override
    public <T> CompletableFuture<T> read(FileId file, long offset, int length, Function<ByteString, T> take) {
        FsError refused = refuseReads;
        if (refused != null) {
            return CompletableFuture.failedFuture(new FsException("read", "file", refused));
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    lock.lock();
                    try {
                        int from = (int) Math.min(size, offset);
                        int to = (int) Math.min(size, offset + length);
                        return take.apply(ByteString.copyFrom(content, from, to - from));
                    } finally {
                        lock.unlock();
                    }
                },
                threads);
    }

    @Override
    public CompletableFuture<WriteReply> write(WriteRequest.Builder request) {
        CompletableFuture<WriteReply> answer = new CompletableFuture<>();
        var _ = threads.submit(() -> {
            beforeWrite.run();
            FsError refused = refuseWrites;
            if (refused != null) {
                answer.completeExceptionally(new FsException("write", "file", refused));
                return;
            }
            int end;
            lock.lock();
            try {
                put((int) (request.getAppend() ? size : request.getOffset()), request.getData());
                writes.incrementAndGet();
                end = size;
            } finally {
                lock.unlock();
            }
            answer.complete(WriteReply.newBuilder()
                    .setSpaceFree(Long.MAX_VALUE)
                    .setSize(end)
                    .setStamp(stamp.get())
                    .build());
        });
        return answer;
    }

    @Override
    public void close() {
        threads.close();
    }
}
