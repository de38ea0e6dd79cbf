package sprite.client.simulation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Outcome;
import sprite.server.domain.store.RocksDomain;

/** The domain in memory does what the real one does, command by command. */
class MemoryDomainTest {
    private static final int STEPS = 3_000;

    private final SplittableRandom random = new SplittableRandom(7);
    private final List<FileId> files = new ArrayList<>();
    private long seconds = 1_000_000;

    /** What an operation came to: a value, or the name of an error. */
    private interface Operation {
        @Nullable
        Object on(Domain domain) throws FsException;
    }

    @Test
    void doesWhatTheStoreDoes(@TempDir Path directory) throws Exception {
        try (BlockCache cache = new BlockCache(16 << 20);
                RocksDomain real =
                        RocksDomain.open(Prefix.ROOT, directory.resolve("domain"), DomainOptions.with(cache))) {
            FileTime made = real.attributes(real.root()).created();
            try (MemoryDomain twin = new MemoryDomain(Prefix.ROOT, real.number(), made, null)) {
                files.add(real.root());
                for (int step = 0; step < STEPS; step++) {
                    Operation operation = any();
                    Object expected = result(operation, real);
                    assertEquals(expected, result(operation, twin), "step " + step);
                    if (expected instanceof Outcome outcome && files.size() < 30) {
                        files.add(outcome.file().file());
                    }
                }
                for (FileId file : files) {
                    assertEquals(
                            result(domain -> domain.attributes(file), real),
                            result(domain -> domain.attributes(file), twin));
                    assertEquals(
                            result(domain -> domain.list(file, null, 100), real),
                            result(domain -> domain.list(file, null, 100), twin));
                    assertArrayEquals(content(real, file), content(twin, file));
                }
            }
        }
    }

    private static @Nullable Object result(Operation operation, Domain domain) {
        try {
            Object value = operation.on(domain);
            return switch (value) {
                case Outcome o ->
                    new Outcome(plain(o.file()), plain(o.directory()), plain(o.toDirectory()), plain(o.replaced()));
                case Attributes attributes -> plain(attributes);
                case null, default -> value;
            };
        } catch (FsException e) {
            return e.error();
        }
    }

    /** Without what depends on the disk: how much of it is in use. */
    @SuppressWarnings("NullAway") // null stays null, which an Outcome may contain
    private static Attributes plain(@Nullable Attributes a) {
        return a == null
                ? null
                : new Attributes(
                        a.file(),
                        a.type(),
                        a.mode(),
                        a.links(),
                        a.uid(),
                        a.gid(),
                        a.device(),
                        a.size(),
                        0,
                        a.accessed(),
                        a.modified(),
                        a.changed(),
                        a.created(),
                        a.version(),
                        a.hasXattrs(),
                        a.acl(),
                        a.remote());
    }

    private static byte[] content(Domain domain, FileId file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(200_000);
            int bytes = domain.read(file, 0, into);
            return into.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
        } catch (FsException e) {
            return new byte[0];
        }
    }

    private Operation any() {
        FileTime at = new FileTime(++seconds, 0);
        FileId file = files.get(random.nextInt(files.size()));
        FileId directory = files.get(random.nextInt(Math.min(3, files.size())));
        FileId other = files.get(random.nextInt(Math.min(3, files.size())));
        FileName name = FileName.ofText("n" + random.nextInt(6));
        FileName newName = FileName.ofText("n" + random.nextInt(6));
        boolean coin = random.nextBoolean();
        boolean rarely = random.nextInt(5) == 0;
        long offset = random.nextLong(100_000);
        return switch (random.nextInt(11)) {
            case 0, 1 -> {
                FileType type = coin ? FileType.DIRECTORY : FileType.REGULAR;
                yield command(new Command.Make(at, directory, name, type, 0755, 1, 2, 0, null, null));
            }
            case 2 -> command(new Command.Remove(at, directory, name, coin, rarely));
            case 3 ->
                command(new Command.Rename(
                        at, directory, name, other, newName, rarely, !rarely && random.nextInt(4) == 0, coin));
            case 4 -> command(new Command.Link(at, file, directory, name));
            case 5 -> command(new Command.SetAttributes(at, file, 0600, null, null, offset, null, at, at));
            case 6 -> command(new Command.SetAttributes(at, file, null, 3, 4, null, at, null, at));
            case 7 -> command(new Command.RaiseVersion(at, file, random.nextInt(50)));
            case 8 -> domain -> domain.lookup(directory, name);
            default -> {
                byte[] bytes = new byte[1 + random.nextInt(50_000)];
                java.util.Arrays.fill(bytes, (byte) seconds);
                yield domain -> domain.write(file, offset, MemorySegment.ofArray(bytes), coin ? at : null);
            }
        };
    }

    private static Operation command(Command command) {
        return domain -> domain.apply(command, null, null);
    }
}
