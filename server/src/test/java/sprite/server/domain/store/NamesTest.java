package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static sprite.server.domain.store.Fixture.assertRefused;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;
import sprite.server.domain.Raiser;
import sprite.server.domain.ReplyKey;

/** The commands on names and attributes, one by one. */
class NamesTest {
    @TempDir
    Path directory;

    private Fixture f;
    private FileId root;

    @BeforeEach
    void open() throws Exception {
        f = new Fixture(directory.resolve("domain"));
        root = f.root();
    }

    @AfterEach
    void close() {
        f.close();
    }

    private int links(FileId file) throws Exception {
        return f.attributes(file).links();
    }

    @Test
    void makesEveryTypeOfFile() throws Exception {
        for (FileType type : FileType.values()) {
            Attributes made = f.make(root, type.name(), type);
            assertEquals(type, made.type());
            assertEquals(new Entry(FileName.ofText(type.name()), made.file(), type), f.lookup(root, type.name()));
            assertEquals(made, f.attributes(made.file()));
        }
        f.reopen();
        Entry link = f.lookup(root, "SYMLINK");
        assertNotNull(link);
        assertEquals("target of SYMLINK", new String(f.domain().readLink(link.file()), StandardCharsets.UTF_8));
        assertEquals("target of SYMLINK".length(), f.attributes(link.file()).size());
        Entry remote = f.lookup(root, "REMOTE_LINK");
        assertNotNull(remote);
        assertEquals(new Prefix("/remote"), f.attributes(remote.file()).remote());
        assertEquals(3, links(root));
        assertRefused(FsError.INVALID, () -> f.domain().readLink(root));
    }

    @Test
    void refusesToMakeWhatCannotBe() throws Exception {
        FileId file = f.file(root, "file");
        assertRefused(FsError.EXISTS, () -> f.file(root, "file"));
        assertRefused(FsError.NOT_DIRECTORY, () -> f.file(file, "below"));
        assertRefused(FsError.NOT_DIRECTORY, () -> f.lookup(file, "below"));
        FileId gone = f.directory(root, "gone");
        f.removeDirectory(root, "gone");
        assertRefused(FsError.NOT_FOUND, () -> f.file(gone, "below"));
        assertRefused(FsError.NOT_FOUND, () -> f.attributes(new FileId(root.domain(), 99_999_999)));
        assertNull(f.lookup(root, "nothing"));
    }

    @Test
    void neverUsesAnInodeNumberTwice() throws Exception {
        FileId first = f.file(root, "a");
        f.remove(root, "a");
        FileId second = f.file(root, "a");
        assertNotEquals(first, second);
        f.remove(root, "a");
        f.reopen();
        FileId third = f.file(root, "a");
        assertNotEquals(first, third);
        assertNotEquals(second, third);
        assertEquals(2, f.domain().space().files());
    }

    @Test
    void removesByKind() throws Exception {
        f.file(root, "file");
        FileId sub = f.directory(root, "sub");
        f.file(sub, "inner");
        assertRefused(FsError.NOT_FOUND, () -> f.remove(root, "nothing"));
        assertRefused(FsError.IS_DIRECTORY, () -> f.remove(root, "sub"));
        assertRefused(FsError.NOT_DIRECTORY, () -> f.removeDirectory(root, "file"));
        assertRefused(FsError.NOT_EMPTY, () -> f.removeDirectory(root, "sub"));
        Outcome inner = f.remove(sub, "inner");
        assertEquals(0, inner.file().links());
        assertEquals(0, f.removeDirectory(root, "sub").file().links());
        assertRefused(FsError.NOT_FOUND, () -> f.attributes(sub));
        assertEquals(2, links(root));
    }

    @Test
    void keepsOrphansUntilTheyAreDeleted() throws Exception {
        FileId file = f.file(root, "file");
        f.write(file, 0, new byte[] {1, 2, 3});
        f.apply(new Command.Remove(f.now(), root, FileName.ofText("file"), false, true));
        assertEquals(0, links(file));
        assertArrayEquals(new byte[] {1, 2, 3}, f.read(file, 0, 3));
        f.reopen();
        assertEquals(List.of(file), f.domain().orphans());
        f.apply(new Command.DeleteOrphan(f.now(), file));
        assertRefused(FsError.NOT_FOUND, () -> f.attributes(file));
        assertEquals(List.of(), f.domain().orphans());
        FileId named = f.file(root, "named");
        f.apply(new Command.DeleteOrphan(f.now(), named));
        assertEquals(1, links(named));
    }

    @Test
    void makesFilesWithoutANameThatMayGetOne() throws Exception {
        FileId file = f.apply(new Command.MakeNameless(f.now(), root, 0640, 1, 2, null))
                .file()
                .file();
        f.write(file, 0, new byte[] {1, 2, 3});
        FileId other = f.apply(new Command.MakeNameless(f.now(), root, 0640, 1, 2, null))
                .file()
                .file();
        f.reopen();
        assertEquals(List.of(file, other), f.domain().orphans());
        assertEquals(0, links(file));
        assertEquals(
                1,
                f.apply(new Command.Link(f.now(), file, root, FileName.ofText("f")))
                        .file()
                        .links());
        f.apply(new Command.DeleteOrphan(f.now(), file)); // it is none any more
        f.apply(new Command.DeleteOrphan(f.now(), other));
        f.reopen();
        assertEquals(List.of(), f.domain().orphans());
        assertArrayEquals(new byte[] {1, 2, 3}, f.read(f.find(root, "f"), 0, 3));
        f.apply(new Command.Remove(f.now(), root, FileName.ofText("f"), false, true));
        assertRefused(
                FsError.NOT_FOUND, () -> f.apply(new Command.Link(f.now(), file, root, FileName.ofText("again"))));
        assertRefused(FsError.NOT_FOUND, () -> f.attributes(other));
    }

    @Test
    void linksAndUnlinks() throws Exception {
        FileId file = f.file(root, "a");
        FileId sub = f.directory(root, "sub");
        Outcome linked = f.apply(new Command.Link(f.now(), file, sub, FileName.ofText("b")));
        assertEquals(2, linked.file().links());
        assertRefused(FsError.EXISTS, () -> f.apply(new Command.Link(f.now(), file, sub, FileName.ofText("b"))));
        assertRefused(FsError.NOT_PERMITTED, () -> f.apply(new Command.Link(f.now(), sub, root, FileName.ofText("c"))));
        f.remove(root, "a");
        assertEquals(1, links(file));
        f.remove(sub, "b");
        assertRefused(FsError.NOT_FOUND, () -> f.attributes(file));
    }

    @Test
    void renamesFilesOverFiles() throws Exception {
        FileId a = f.file(root, "a");
        FileId b = f.file(root, "b");
        Outcome outcome = f.rename(root, "a", root, "b");
        assertEquals(a, outcome.file().file());
        assertNotNull(outcome.replaced());
        assertEquals(0, outcome.replaced().links());
        assertNull(outcome.toDirectory());
        assertNull(f.lookup(root, "a"));
        assertEquals(a, f.find(root, "b"));
        assertRefused(FsError.NOT_FOUND, () -> f.attributes(b));
        assertRefused(FsError.NOT_FOUND, () -> f.rename(root, "a", root, "c"));
    }

    @Test
    void renamesNothingBetweenTwoNamesOfAFile() throws Exception {
        FileId a = f.file(root, "a");
        f.apply(new Command.Link(f.now(), a, root, FileName.ofText("b")));
        Attributes before = f.attributes(a);
        assertNull(f.rename(root, "a", root, "b").directory());
        assertNull(f.rename(root, "a", root, "a").directory());
        assertEquals(before, f.attributes(a));
        assertNotNull(f.lookup(root, "a"));
    }

    @Test
    void movesDirectoriesWithTheirLinks() throws Exception {
        FileId one = f.directory(root, "one");
        FileId two = f.directory(root, "two");
        FileId sub = f.directory(one, "sub");
        assertEquals(3, links(one));
        Outcome outcome = f.rename(one, "sub", two, "moved");
        assertEquals(2, links(one));
        assertEquals(3, links(two));
        assertEquals(two, f.domain().parent(sub));
        assertNotNull(outcome.toDirectory());
        FileId empty = f.directory(root, "empty");
        assertEquals(5, links(root));
        f.rename(two, "moved", root, "empty");
        assertEquals(5, links(root));
        assertEquals(2, links(two));
        assertRefused(FsError.NOT_FOUND, () -> f.attributes(empty));
        assertEquals(root, f.domain().parent(sub));
        assertEquals(root, f.domain().parent(root));
    }

    @Test
    void refusesImpossibleRenames() throws Exception {
        FileId one = f.directory(root, "one");
        FileId two = f.directory(one, "two");
        f.file(root, "file");
        f.file(two, "inner");
        assertRefused(FsError.INVALID, () -> f.rename(root, "one", two, "below"));
        assertRefused(FsError.INVALID, () -> f.rename(root, "one", one, "below"));
        assertRefused(FsError.INVALID, () -> f.exchange(one, "two", root, "one"));
        assertRefused(FsError.IS_DIRECTORY, () -> f.rename(root, "file", root, "one"));
        assertRefused(FsError.NOT_DIRECTORY, () -> f.rename(one, "two", root, "file"));
        f.directory(root, "other");
        assertRefused(FsError.NOT_EMPTY, () -> f.rename(root, "other", one, "two"));
        assertRefused(
                FsError.EXISTS,
                () -> f.apply(new Command.Rename(
                        f.now(), root, FileName.ofText("file"), root, FileName.ofText("one"), true, false, false)));
        assertRefused(FsError.NOT_FOUND, () -> f.exchange(root, "file", root, "nothing"));
    }

    @Test
    void exchangesAFileAndADirectory() throws Exception {
        FileId sub = f.directory(root, "sub");
        FileId inner = f.directory(sub, "inner");
        FileId file = f.file(root, "file");
        Outcome outcome = f.exchange(root, "file", sub, "inner");
        assertEquals(file, f.find(sub, "inner"));
        assertEquals(inner, f.find(root, "file"));
        assertEquals(root, f.domain().parent(inner));
        assertEquals(2, links(sub));
        assertEquals(4, links(root));
        assertNotNull(outcome.replaced());
        assertEquals(inner, outcome.replaced().file());
    }

    @Test
    void listsInTheOrderOfBytes() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            names.add("n" + i * 7919 % 1000);
            f.file(root, names.getLast());
        }
        f.file(root, "\u00e4");
        names.sort(null);
        names.add("\u00e4");
        List<String> seen = new ArrayList<>();
        FileName after = null;
        List<Entry> page;
        do {
            page = f.domain().list(root, after, 77);
            for (Entry entry : page) {
                seen.add(entry.name().toString());
                after = entry.name();
            }
        } while (page.size() == 77);
        assertEquals(names, seen);
    }

    @Test
    void setsOnlyTheAttributesGiven() throws Exception {
        FileId file = f.file(root, "file");
        Attributes before = f.attributes(file);
        FileTime time = new FileTime(-5, 999);
        Attributes after = f.apply(new Command.SetAttributes(f.now(), file, 0100755, null, 77, null, null, time, null))
                .file();
        assertEquals(0755, after.mode());
        assertEquals(before.uid(), after.uid());
        assertEquals(77, after.gid());
        assertEquals(time, after.modified());
        assertEquals(before.accessed(), after.accessed());
        assertEquals(before.changed(), after.changed());
        f.reopen();
        assertEquals(after, f.attributes(file));
    }

    @Test
    void raisesVersionsButNeverLowersThem() throws Exception {
        FileId file = f.file(root, "file");
        f.apply(new Command.RaiseVersion(f.now(), file, 5));
        assertEquals(
                5, f.apply(new Command.RaiseVersion(f.now(), file, 3)).file().version());
        f.reopen();
        assertEquals(5, f.attributes(file).version());
    }

    @Test
    void remembersWhoRaisedAVersion() throws Exception {
        FileId file = f.file(root, "file");
        assertEquals(Raiser.NOBODY, f.domain().raiser(file));
        f.apply(new Command.RaiseVersion(f.now(), file, 5, new Raiser(77, 3)));
        f.apply(new Command.RaiseVersion(f.now(), file, 4, new Raiser(78, 3)));
        f.reopen();
        assertEquals(new Raiser(77, 3), f.domain().raiser(file));
        f.write(file, 0, new byte[100_000]);
        f.reopen();
        assertEquals(new Raiser(77, 3), f.domain().raiser(file));
        f.apply(new Command.RaiseVersion(f.now(), file, 6));
        assertEquals(Raiser.NOBODY, f.domain().raiser(file));
    }

    private Attributes set(FileId file, String name, int bytes, boolean create, boolean replace) throws Exception {
        ByteString value = ByteString.copyFrom(new byte[bytes]);
        return f.apply(new Command.SetXattr(f.now(), file, name, value, create, replace))
                .file();
    }

    @Test
    void keepsExtendedAttributes() throws Exception {
        FileId file = f.file(root, "file");
        assertEquals(List.of(), f.domain().xattrs(file));
        assertRefused(FsError.NO_ATTRIBUTE, () -> set(file, "user.a", 1, false, true));
        assertEquals(true, set(file, "user.a", 65_536, true, false).hasXattrs());
        assertRefused(FsError.EXISTS, () -> set(file, "user.a", 1, true, false));
        assertRefused(FsError.TOO_LARGE, () -> set(file, "user.b", 65_537, false, false));
        set(file, "user.b", 0, false, false);
        f.reopen();
        assertEquals(List.of("user.a", "user.b"), f.domain().xattrs(file));
        assertEquals(65_536, f.domain().xattr(file, "user.a").length);
        assertEquals(0, f.domain().xattr(file, "user.b").length);
        assertRefused(FsError.NO_ATTRIBUTE, () -> f.domain().xattr(file, "user.c"));
        f.apply(new Command.RemoveXattr(f.now(), file, "user.a"));
        assertEquals(true, f.attributes(file).hasXattrs());
        assertRefused(FsError.NO_ATTRIBUTE, () -> f.apply(new Command.RemoveXattr(f.now(), file, "user.a")));
        f.apply(new Command.RemoveXattr(f.now(), file, "user.b"));
        assertEquals(false, f.attributes(file).hasXattrs());
    }

    @Test
    void keepsRepliesUntilTheyAreForgotten() throws Exception {
        for (long seq = 1; seq <= 3; seq++) {
            Command make = new Command.Make(
                    f.now(), root, FileName.ofText("f" + seq), FileType.REGULAR, 0, 0, 0, 0, null, null);
            f.domain().apply(make, new ReplyKey(7, 8, seq), outcome ->
                    new byte[] {(byte) outcome.file().links(), 42});
        }
        f.reopen();
        assertArrayEquals(new byte[] {1, 42}, f.domain().keptReply(new ReplyKey(7, 8, 2)));
        assertNull(f.domain().keptReply(new ReplyKey(7, 9, 2)));
        f.domain().forgetReplies(7, 8, 2);
        assertNull(f.domain().keptReply(new ReplyKey(7, 8, 2)));
        f.file(root, "carries the forgetting along");
        f.reopen();
        assertNull(f.domain().keptReply(new ReplyKey(7, 8, 1)));
        assertArrayEquals(new byte[] {1, 42}, f.domain().keptReply(new ReplyKey(7, 8, 3)));
    }

    @Test
    void forgetsRepliesThatAreNamedBeforeAnythingElse() throws Exception {
        for (long seq = 1; seq <= 4; seq++) {
            byte[] reply = {(byte) seq};
            Command make = new Command.Make(
                    f.now(), root, FileName.ofText("f" + seq), FileType.REGULAR, 0, 0, 0, 0, null, null);
            f.domain().apply(make, new ReplyKey(7, 0, seq), _ -> reply);
        }
        f.domain().forgetReplies(new ReplyKey(7, 0, 1), kept -> kept[0] != 3);
        assertKeptOfFour(f.domain());
        try (BlockCache cache = new BlockCache(32 << 20);
                RocksDomain killed =
                        RocksDomain.open(Prefix.ROOT, copyOf(f.domain().directory()), DomainOptions.with(cache))) {
            assertKeptOfFour(killed);
        }
    }

    private static void assertKeptOfFour(RocksDomain domain) throws Exception {
        for (long seq = 1; seq <= 4; seq++) {
            boolean isKept = domain.keptReply(new ReplyKey(7, 0, seq)) != null;
            assertEquals(seq == 1 || seq == 3, isKept, "reply " + seq);
        }
    }

    /** What a server that is killed now leaves behind. */
    private Path copyOf(Path domain) throws IOException {
        Path copy = directory.resolve("copy");
        try (Stream<Path> all = Files.walk(domain)) {
            for (Path one : all.toList()) {
                Files.copy(one, copy.resolve(domain.relativize(one).toString()));
            }
        }
        return copy;
    }

    @Test
    void keepsNoReplyOfARefusedCommand() throws Exception {
        ReplyKey key = new ReplyKey(1, 1, 1);
        Command remove = new Command.Remove(f.now(), root, FileName.ofText("nothing"), false, false);
        assertRefused(FsError.NOT_FOUND, () -> f.domain().apply(remove, key, _ -> new byte[1]));
        assertNull(f.domain().keptReply(key));
    }

    @Test
    void remembersItsEpochAndIdentity() throws Exception {
        f.domain().storeEpoch(17);
        int number = f.domain().number();
        f.reopen();
        assertEquals(17, f.domain().epoch());
        assertEquals(number, f.domain().number());
        assertEquals(Prefix.ROOT, f.domain().prefix());
    }

    @Test
    void limitsLinks() throws Exception {
        FileId file = f.file(root, "file");
        for (int i = 1; i < NameCommands.LINKS_MAX; i++) {
            f.apply(new Command.Link(f.now(), file, root, FileName.ofText("l" + i)));
        }
        assertEquals(65_000, links(file));
        assertRefused(
                FsError.TOO_MANY_LINKS,
                () -> f.apply(new Command.Link(f.now(), file, root, FileName.ofText("one more"))));
    }
}
