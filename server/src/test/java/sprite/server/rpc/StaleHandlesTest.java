package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Allocate;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.CopyRange;
import sprite.common.wire.proto.FileType;
import sprite.common.wire.proto.GetXattr;
import sprite.common.wire.proto.Link;
import sprite.common.wire.proto.ListXattr;
import sprite.common.wire.proto.Lock;
import sprite.common.wire.proto.LockType;
import sprite.common.wire.proto.MakeNode;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ReadDirectory;
import sprite.common.wire.proto.ReadLink;
import sprite.common.wire.proto.Remove;
import sprite.common.wire.proto.Rename;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.Seek;
import sprite.common.wire.proto.SetAttributes;
import sprite.common.wire.proto.SetXattr;

/** A client goes on naming a file and a directory that another has removed, in every kind of request. */
@Timeout(30)
class StaleHandlesTest {
    private static final ByteString NAME = ByteString.copyFromUtf8("name");
    private static final ByteString DATA = ByteString.copyFromUtf8("data");

    @TempDir
    Path directory;

    private TestServer server;
    private TestClient stale;
    private TestClient other;
    private FileId root;
    private FileId file;
    private FileId removed;
    private FileId removedDirectory;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(directory, 1);
        stale = TestClient.of(server.port(), 11);
        other = TestClient.of(server.port(), 12);
        root = other.root();
        file = made("file");
        removed = made("removed");
        removedDirectory = Wire.fileId(
                stale.call(makeDirectory(root, "below")).getChange().getEntry().getFile());
        assertFalse(other.call(remove("removed", false)).hasError());
        assertFalse(other.call(remove("below", true)).hasError());
    }

    @AfterEach
    void stop() {
        stale.close();
        other.close();
        server.close();
    }

    private FileId made(String name) throws Exception {
        FileId made = Wire.fileId(stale.created(name).getAttributes().getFile());
        stale.write(made, 0, DATA, true);
        stale.close(made, true, false, AttributeReport.getDefaultInstance());
        stale.isHeard(made);
        return made;
    }

    private static ClientFrame.Builder makeDirectory(FileId in, String name) {
        return ClientFrame.newBuilder()
                .setMakeNode(MakeNode.newBuilder()
                        .setDirectory(Wire.toWire(in))
                        .setName(ByteString.copyFromUtf8(name))
                        .setType(FileType.DIRECTORY)
                        .setMode(0755));
    }

    private ClientFrame.Builder remove(String name, boolean directory) {
        return ClientFrame.newBuilder()
                .setRemove(Remove.newBuilder()
                        .setDirectory(Wire.toWire(root))
                        .setName(ByteString.copyFromUtf8(name))
                        .setWantDirectory(directory));
    }

    private static ClientFrame.Builder frame() {
        return ClientFrame.newBuilder();
    }

    private Map<String, ClientFrame.Builder> ofTheFile() {
        var gone = Wire.toWire(removed);
        Map<String, ClientFrame.Builder> all = new LinkedHashMap<>();
        all.put("attributes", TestClient.getAttributes(removed));
        all.put("open to read", TestClient.open(removed, false));
        all.put("open to write", TestClient.open(removed, true));
        ClientFrame.Builder emptying = TestClient.open(removed, true);
        emptying.getOpenBuilder().setTruncate(true);
        all.put("open to empty", emptying);
        all.put(
                "set mode",
                frame().setSetAttributes(SetAttributes.newBuilder()
                        .setFile(gone)
                        .setSetMode(true)
                        .setMode(0600)));
        all.put(
                "set size",
                frame().setSetAttributes(
                                SetAttributes.newBuilder().setFile(gone).setSetSize(true)));
        all.put("look for holes", frame().setSeek(Seek.newBuilder().setFile(gone)));
        all.put("follow", frame().setReadLink(ReadLink.newBuilder().setFile(gone)));
        all.put(
                "get xattr",
                frame().setGetXattr(GetXattr.newBuilder().setFile(gone).setName(xattr())));
        all.put(
                "set xattr",
                frame().setSetXattr(SetXattr.newBuilder().setFile(gone).setName(xattr())));
        all.put("list xattrs", frame().setListXattr(ListXattr.newBuilder().setFile(gone)));
        all.put(
                "name again",
                frame().setLink(Link.newBuilder()
                        .setFile(gone)
                        .setDirectory(Wire.toWire(root))
                        .setName(NAME)));
        all.put(
                "lock",
                frame().setLock(Lock.newBuilder()
                        .setFile(gone)
                        .setType(LockType.EXCLUSIVE)
                        .setEnd(Long.MAX_VALUE)));
        all.put("reopen", frame().setReopen(Reopen.newBuilder().setFile(gone).setReaders(1)));
        return all;
    }

    private static ByteString xattr() {
        return ByteString.copyFromUtf8("user.a");
    }

    private Map<String, ClientFrame.Builder> ofTheDirectory() {
        var gone = Wire.toWire(removedDirectory);
        Map<String, ClientFrame.Builder> all = new LinkedHashMap<>();
        all.put("attributes of a directory", TestClient.getAttributes(removedDirectory));
        all.put("look up below", TestClient.lookup(removedDirectory, "name", 0));
        all.put(
                "list",
                frame().setReadDirectory(
                                ReadDirectory.newBuilder().setDirectory(gone).setLimit(10)));
        all.put("create below", TestClient.create(removedDirectory, "name", 0644, 0));
        all.put("make below", makeDirectory(removedDirectory, "name"));
        all.put(
                "remove below",
                frame().setRemove(Remove.newBuilder().setDirectory(gone).setName(NAME)));
        all.put(
                "rename from",
                frame().setRename(Rename.newBuilder()
                        .setFromDirectory(gone)
                        .setFromName(NAME)
                        .setToDirectory(Wire.toWire(root))
                        .setToName(NAME)));
        all.put(
                "rename to",
                frame().setRename(Rename.newBuilder()
                        .setFromDirectory(Wire.toWire(root))
                        .setFromName(ByteString.copyFromUtf8("file"))
                        .setToDirectory(gone)
                        .setToName(NAME)));
        all.put(
                "link to",
                frame().setLink(Link.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setDirectory(gone)
                        .setName(NAME)));
        return all;
    }

    @Test
    void everyRequestSaysThatTheFileIsNotThere() throws Exception {
        assertNotThere(ofTheFile());
    }

    @Test
    void everyRequestSaysThatTheDirectoryIsNotThere() throws Exception {
        assertNotThere(ofTheDirectory());
    }

    private void assertNotThere(Map<String, ClientFrame.Builder> requests) throws Exception {
        Map<String, String> answers = new LinkedHashMap<>();
        Map<String, String> expected = new LinkedHashMap<>();
        for (Map.Entry<String, ClientFrame.Builder> request : requests.entrySet()) {
            var error = stale.call(request.getValue()).getError();
            answers.put(request.getKey(), error.getCode());
            expected.put(request.getKey(), FsError.NOT_FOUND.name());
        }
        assertEquals(expected, answers);
        everybodyGoesOn();
    }

    /** Data is changed of what is open, which this is not; a copy needs both files open. */
    @Test
    void dataIsNeitherReadNorChanged() throws Exception {
        assertEquals(FsError.NOT_FOUND, TestClient.refused(() -> stale.read(removed, 0, 10)));
        assertEquals(FsError.STALE, TestClient.refused(() -> stale.write(removed, 0, DATA, true)));
        assertEquals(FsError.STALE, TestClient.refused(() -> stale.write(removed, 0, DATA, false)));
        var room = Allocate.newBuilder().setFile(Wire.toWire(removed)).setLength(1);
        assertEquals(
                FsError.STALE.name(),
                stale.call(frame().setAllocate(room)).getError().getCode());
        for (FileId[] pair : new FileId[][] {{removed, file}, {file, removed}}) {
            var copy = CopyRange.newBuilder()
                    .setFrom(Wire.toWire(pair[0]))
                    .setTo(Wire.toWire(pair[1]))
                    .setLength(4);
            assertEquals(
                    FsError.STALE.name(),
                    stale.call(frame().setCopyRange(copy)).getError().getCode());
        }
        everybodyGoesOn();
    }

    private void everybodyGoesOn() throws Exception {
        for (TestClient client : new TestClient[] {stale, other}) {
            OpenReply opened = client.call(TestClient.open(file, true)).getOpen();
            assertTrue(opened.getCacheable());
            client.write(file, 0, DATA, true);
            assertEquals(DATA, client.read(file, 0, 100));
            client.close(file, true, false, AttributeReport.getDefaultInstance());
            client.isHeard(file);
        }
        assertFalse(other.call(TestClient.create(root, "new", 0644, 0)).hasError());
        assertEquals(0, server.domain().orphans().size(), "what was removed is freed");
    }
}
