package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.MemoryFileSystem;
import sprite.common.name.FileId;

/** What the kernel is told is what a C compiler would have made of it. */
final class NoticesTest {
    private static final FileId FILE = new FileId(1, 2);

    private final ScriptedKernel kernel = new ScriptedKernel();
    private final Notices notices = new Notices(kernel.channel(), new Nodes(new MemoryFileSystem()), false);

    @AfterEach
    void close() {
        kernel.close();
    }

    @Test
    void attributes() {
        assertTrue(notices.forgetAttributes(FILE).isDone());
        kernel.isTold("inval_attributes");
    }

    @Test
    void pages() throws Exception {
        Object _ = notices.forgetPages(FILE, 4096, 8192).get(1, TimeUnit.MINUTES);
        kernel.isTold("inval_pages");
    }

    @Test
    void names() {
        assertTrue(notices.forgetNames(FILE).isDone());
        kernel.isTold("inc_epoch");
    }

    @Test
    void requestsThatNobodyAnswered() {
        notices.askAgain();
        kernel.isTold("resend");
    }

    /** All but the byte that lies nowhere. */
    @Test
    void sizes() {
        MemorySegment memory = Arena.ofAuto().allocate(64, Long.BYTES).fill((byte) 0xEE);
        assertEquals(Golden.length("store"), Notices.putSize(memory, FILE.statInode(), 0x1122334455L));
        Golden.assertBytes("store", memory, 0);
    }
}
