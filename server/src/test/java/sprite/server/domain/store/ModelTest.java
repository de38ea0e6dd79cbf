package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileType;
import sprite.common.name.FileName;
import sprite.server.domain.Command;
import sprite.server.domain.Entry;

/** Thousands of random operations on a domain and on a {@link Model}: same refusals, same contents. */
class ModelTest {
    private static final int STEPS = 3_000;
    private static final int SIZE_MAX = 300_000;

    @TempDir
    Path directory;

    private Random random = new Random(0);

    static Stream<Long> seeds() {
        Long seed = Long.getLong("seed");
        return seed != null ? Stream.of(seed) : LongStream.range(1, 5).boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds") // -Dseed=N replays one, step for step
    void doesWhatTheModelDoes(long seed) throws Exception {
        random = new Random(seed);
        try (Fixture f = new Fixture(directory.resolve("domain"))) {
            Model model = new Model(f.root());
            for (int step = 0; step < STEPS; step++) {
                FsError expected;
                FsError found = null;
                Attempt attempt = choose(f, model);
                expected = attempt.expected;
                try {
                    attempt.real.run();
                } catch (FsException e) {
                    found = e.error();
                }
                assertEquals(expected, found, "seed " + seed + " step " + step + " " + attempt.what);
                if (random.nextInt(500) == 0) {
                    f.reopen();
                    compare(f, model, "seed " + seed + " step " + step);
                }
            }
            compare(f, model, "seed " + seed + " at the end");
            f.reopen();
            compare(f, model, "seed " + seed + " reopened");
        }
    }

    private interface Real {
        void run() throws FsException;
    }

    private record Attempt(String what, @Nullable FsError expected, Real real) {}

    private Model.Node pick(Model model, boolean wantDirectory) {
        List<Model.Node> nodes = new ArrayList<>();
        for (Model.Node node : model.nodes()) {
            if (node.directory == wantDirectory) {
                nodes.add(node);
            }
        }
        return nodes.isEmpty() ? model.root : nodes.get(random.nextInt(nodes.size()));
    }

    private String name() {
        return "n" + random.nextInt(6);
    }

    private Attempt choose(Fixture f, Model model) {
        Model.Node dir = pick(model, true);
        Model.Node file = pick(model, false);
        String name = name();
        int kind = random.nextInt(100);
        if (kind < 15 || file.directory) {
            return make(f, dir, name);
        } else if (kind < 24) {
            boolean wantDirectory = random.nextInt(3) == 0;
            return new Attempt("remove " + name, Model.remove(dir, name, wantDirectory), () -> {
                if (wantDirectory) {
                    f.removeDirectory(dir.id, name);
                } else {
                    f.remove(dir.id, name);
                }
            });
        } else if (kind < 36) {
            return rename(f, dir, name, pick(model, true), name());
        } else if (kind < 42) {
            FsError expected = dir.entries.containsKey(name) ? FsError.EXISTS : null;
            if (expected == null) {
                Model.enter(dir, name, file);
            }
            return new Attempt(
                    "link", expected, () -> f.apply(new Command.Link(f.now(), file.id, dir.id, FileName.ofText(name))));
        } else if (kind < 46) {
            return xattr(f, file);
        }
        return data(f, file, kind);
    }

    private Attempt make(Fixture f, Model.Node dir, String name) {
        boolean isDirectory = random.nextInt(3) == 0;
        boolean taken = dir.entries.containsKey(name);
        return new Attempt("make " + name, taken ? FsError.EXISTS : null, () -> {
            FileType type = isDirectory ? FileType.DIRECTORY : FileType.REGULAR;
            Model.enter(dir, name, new Model.Node(f.make(dir.id, name, type).file(), isDirectory));
        });
    }

    private Attempt rename(Fixture f, Model.Node from, String name, Model.Node to, String newName) {
        boolean exchange = random.nextInt(4) == 0;
        FsError expected = Model.rename(from, name, to, newName, exchange);
        return new Attempt("rename " + name + " " + newName + " " + exchange, expected, () -> {
            if (exchange) {
                f.exchange(from.id, name, to.id, newName);
            } else {
                f.rename(from.id, name, to.id, newName);
            }
        });
    }

    private Attempt xattr(Fixture f, Model.Node file) {
        String name = "user." + random.nextInt(3);
        if (random.nextInt(3) == 0) {
            FsError expected = file.xattrs.remove(name) == null ? FsError.NO_ATTRIBUTE : null;
            return new Attempt(
                    "remove xattr", expected, () -> f.apply(new Command.RemoveXattr(f.now(), file.id, name)));
        }
        byte[] value = bytes(random.nextInt(100));
        file.xattrs.put(name, value);
        return new Attempt(
                "set xattr",
                null,
                () -> f.apply(new Command.SetXattr(f.now(), file.id, name, ByteString.copyFrom(value), false, false)));
    }

    private Attempt data(Fixture f, Model.Node file, int kind) {
        boolean small = random.nextBoolean();
        int offset = random.nextInt(small ? 20_000 : SIZE_MAX / 2);
        int length = 1 + random.nextInt(small ? 10_000 : SIZE_MAX / 2);
        if (kind < 65) {
            byte[] bytes = bytes(length);
            file.write(offset, bytes);
            return new Attempt("write " + offset + "+" + length, null, () -> f.write(file.id, offset, bytes));
        } else if (kind < 73) {
            int size = random.nextInt(5) == 0 ? 0 : offset;
            file.resize(size);
            return new Attempt("truncate " + size, null, () -> f.truncate(file.id, size));
        } else if (kind < 80) {
            return allocate(f, file, offset, length);
        }
        byte[] expected = Arrays.copyOfRange(
                file.data, Math.min(offset, file.data.length), Math.min(offset + length, file.data.length));
        return new Attempt(
                "read " + offset + "+" + length,
                null,
                () -> assertArrayEquals(expected, f.read(file.id, offset, length)));
    }

    private Attempt allocate(Fixture f, Model.Node file, int offset, int length) {
        int mode = new int[] {0, 1, 3, 16, 17}[random.nextInt(5)];
        if ((mode & 18) != 0 && offset < file.data.length) {
            Arrays.fill(file.data, offset, Math.min(file.data.length, offset + length), (byte) 0);
        }
        if ((mode & 1) == 0 && file.data.length < offset + length) {
            file.resize(offset + length);
        }
        return new Attempt(
                "allocate " + mode + " " + offset + "+" + length,
                null,
                () -> f.allocate(file.id, mode, offset, length));
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void compare(Fixture f, Model model, String when) throws FsException {
        List<Model.Node> nodes = model.nodes();
        assertEquals(nodes.size(), f.domain().space().files(), when);
        for (Model.Node node : nodes) {
            assertEquals(node.links(), f.attributes(node.id).links(), when + " links of " + node.id);
            assertEquals(new ArrayList<>(node.xattrs.keySet()), f.domain().xattrs(node.id), when);
            for (String name : node.xattrs.keySet()) {
                assertArrayEquals(node.xattrs.get(name), f.domain().xattr(node.id, name), when);
            }
            if (node.directory) {
                assertEquals(
                        node.parent == null ? node.id : node.parent.id,
                        f.domain().parent(node.id),
                        when);
                TreeSet<String> names = new TreeSet<>();
                for (Entry entry : f.domain().list(node.id, null, 1_000)) {
                    names.add(entry.name().toString());
                    Model.Node child = node.entries.get(entry.name().toString());
                    assertEquals(child == null ? null : child.id, entry.file(), when);
                }
                assertEquals(node.entries.keySet(), names, when);
                assertNull(f.lookup(node.id, "never"), when);
            } else {
                assertEquals(node.data.length, f.attributes(node.id).size(), when);
                assertArrayEquals(node.data, f.read(node.id, 0, node.data.length + 10), when + " data of " + node.id);
                assertTrue(f.attributes(node.id).allocated() >= 0, when);
            }
        }
    }
}
