package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.SetAttributes;

/** A server that grants a client ten things at a time. */
@Timeout(30)
class GrantsTest {
    private static final int GRANTS_MAX = 10;

    @TempDir
    Path directory;

    private TestServer server;
    private TestClient a;
    private TestClient b;
    private final List<FileId> files = new ArrayList<>();

    /** One file more than A may hold the attributes of, made by B. */
    @BeforeEach
    void start() throws Exception {
        server = new TestServer(directory, 1, GRANTS_MAX);
        a = TestClient.of(server.port(), 11);
        b = TestClient.of(server.port(), 12);
        for (int i = 0; i <= GRANTS_MAX; i++) {
            FileId file = Wire.fileId(b.created("f" + i).getAttributes().getFile());
            b.close(file, true, false, AttributeReport.getDefaultInstance());
            files.add(file);
        }
        b.isHeard(files.getFirst());
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        server.close();
    }

    private void isGranted(int number) throws Exception {
        assertTrue(a.call(TestClient.getAttributes(files.get(number)))
                .getAttributes()
                .getGranted());
    }

    private void changes(int number) throws Exception {
        assertTrue(b.call(ClientFrame.newBuilder()
                        .setSetAttributes(SetAttributes.newBuilder()
                                .setFile(Wire.toWire(files.get(number)))
                                .setSetMode(true)
                                .setMode(0600)))
                .hasAttributes());
    }

    private void isTakenBack(int number) throws Exception {
        Callback callback = a.callback();
        assertTrue(callback.getRevokeAttributes());
        assertEquals(files.get(number), Wire.fileId(callback.getFile()));
    }

    @Test
    void takesBackWhatAClientAskedForLeastRecentlyAndNothingElse() throws Exception {
        for (int i = 0; i < GRANTS_MAX; i++) {
            isGranted(i);
        }
        isGranted(0);
        isGranted(2);
        assertFalse(a.hasCallback());
        isGranted(GRANTS_MAX);
        isTakenBack(1);
        changes(1); // of which A hears nothing: the next that it hears is of another file
        for (int number : new int[] {0, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
            changes(number);
            isTakenBack(number);
        }
        assertFalse(a.hasCallback());
    }

    /** What was taken back is granted again at the price of the next. */
    @Test
    void goesOnGrantingToAClientThatUsesMoreThanItMayHold() throws Exception {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < files.size(); i++) {
                isGranted(i);
                if (round > 0 || i == GRANTS_MAX) {
                    isTakenBack((i + 1) % files.size());
                }
            }
        }
        assertFalse(a.hasCallback());
    }
}
