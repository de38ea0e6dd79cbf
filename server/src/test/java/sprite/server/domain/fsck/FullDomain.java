package sprite.server.domain.fsck;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.file.Acl;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.store.RocksDomain;

/** A domain with one of everything, at rest. Immutable. */
public final class FullDomain {
    /** Bytes of the file {@code /dir/large}. */
    public static final int LARGE = 300_000;

    /** Guards {@code /small} and {@code /dir}. */
    private static final Acl ACL = new Acl(6, List.of(new Acl.Named(1000, 6)), 4, List.of(), 4, 0);

    private FullDomain() {}

    /** Makes it in {@code directory}; returns its paths and their inodes. */
    public static Map<String, Long> make(Path directory) throws Exception {
        try (BlockCache cache = new BlockCache(8 << 20);
                RocksDomain domain = RocksDomain.open(new Prefix("/full"), directory, DomainOptions.with(cache))) {
            return new Maker(domain).run();
        }
    }

    /** What {@code /dir/large} contains. */
    public static byte[] large() {
        byte[] bytes = new byte[LARGE];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private static final class Maker {
        private final RocksDomain domain;
        private final Map<String, Long> inodes = new TreeMap<>();
        private int clock = 1;

        Maker(RocksDomain domain) {
            this.domain = domain;
        }

        private FileTime now() {
            return new FileTime(clock++, 7);
        }

        private FileId make(FileId directory, String path, FileType type) throws Exception {
            String name = path.substring(path.lastIndexOf('/') + 1);
            boolean device = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
            Command.Make make = new Command.Make(
                    now(),
                    directory,
                    FileName.ofText(name),
                    type,
                    0640,
                    5,
                    6,
                    device ? 0x0103 : 0,
                    type == FileType.SYMLINK ? ByteString.copyFromUtf8("dir/large") : null,
                    type == FileType.REMOTE_LINK ? new Prefix("/elsewhere") : null);
            FileId made = domain.apply(make, new ReplyKey(3, 1, clock), _ -> new byte[] {1, 2})
                    .file()
                    .file();
            inodes.put(path, made.inode());
            return made;
        }

        private void apply(Command command) throws Exception {
            domain.apply(
                    command, null, (java.util.function.@Nullable Function<sprite.server.domain.Outcome, byte[]>) null);
        }

        private void write(FileId file, long offset, byte[] bytes) throws Exception {
            domain.write(file, offset, MemorySegment.ofArray(bytes), now());
        }

        Map<String, Long> run() throws Exception {
            domain.storeEpoch(17);
            domain.remember(3);
            FileId dir = make(domain.root(), "/dir", FileType.DIRECTORY);
            FileId sub = make(dir, "/dir/sub", FileType.DIRECTORY);
            make(sub, "/dir/sub/deep", FileType.DIRECTORY);
            FileId large = make(dir, "/dir/large", FileType.REGULAR);
            write(large, 0, large());
            FileId small = make(domain.root(), "/small", FileType.REGULAR);
            write(small, 0, "a small file".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            FileId sparse = make(domain.root(), "/sparse", FileType.REGULAR);
            write(sparse, 50_000_000, new byte[] {1, 2, 3});
            write(sparse, 1_000, new byte[] {4});
            apply(new Command.Allocate(now(), large, 3, 70_000, 5_000));
            write(large, 70_000, java.util.Arrays.copyOfRange(large(), 70_000, 75_000));
            make(domain.root(), "/empty", FileType.REGULAR);
            make(domain.root(), "/symlink", FileType.SYMLINK);
            make(domain.root(), "/fifo", FileType.FIFO);
            make(domain.root(), "/socket", FileType.SOCKET);
            make(domain.root(), "/character", FileType.CHARACTER_DEVICE);
            make(domain.root(), "/block", FileType.BLOCK_DEVICE);
            make(domain.root(), "/remote", FileType.REMOTE_LINK);
            apply(new Command.Link(now(), large, sub, FileName.ofText("linked")));
            apply(new Command.SetXattr(now(), small, "user.a", ByteString.copyFromUtf8("value"), false, false));
            apply(new Command.SetXattr(now(), dir, "user.b", ByteString.copyFrom(new byte[5_000]), false, false));
            apply(new Command.SetAcl(now(), small, 0640, ACL));
            apply(new Command.SetAcl(now(), dir, 0750, ACL));
            apply(new Command.RaiseVersion(now(), small, 42));
            FileId orphan = make(domain.root(), "/orphan", FileType.REGULAR);
            write(orphan, 0, new byte[100_000]);
            apply(new Command.Remove(now(), domain.root(), FileName.ofText("orphan"), false, true));
            FileId cut = make(domain.root(), "/cut", FileType.REGULAR);
            write(cut, 0, new byte[200_000]);
            apply(new Command.SetAttributes(now(), cut, null, null, null, 70_001L, null, now(), now()));
            return inodes;
        }
    }
}
