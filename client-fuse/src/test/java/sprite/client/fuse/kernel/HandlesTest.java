package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.box.Box;
import sprite.common.error.FsException;

/** Numbers of what is open. */
final class HandlesTest {
    @Test
    void numbersAreGivenAgainIfNothingIsKept() throws FsException {
        var handles = new Handles<String>(Box.NONE, Box.Word.LAST_HANDLE);
        assertEquals(0, handles.add("a"));
        assertEquals(1, handles.add(number -> "b" + number));
        assertEquals("b1", handles.get(1));
        assertEquals("a", handles.remove(0));
        assertEquals(0, handles.add("c"));
        assertEquals("c", handles.get(0));
        assertStale(handles, 2);
        assertStale(handles, (7L << Integer.SIZE) | 1);
    }

    @Test
    void numbersAreGivenOnceIfALaterLifeMayBeAskedToCloseWhatHadThem(@TempDir Path directory) throws Exception {
        try (Box box = Box.create(directory.resolve(directory.getFileName() + ".living"))) {
            var handles = new Handles<String>(box, Box.Word.LAST_HANDLE);
            long first = handles.add("a");
            assertEquals("a", handles.remove(first));
            long second = handles.add("b");
            assertNotEquals(first, second);
            assertStale(handles, first);
            assertEquals("b", handles.get(second));

            var later = new Handles<String>(box, Box.Word.LAST_HANDLE);
            later.inherit(handles.all(), box.get(Box.Word.LAST_HANDLE));
            assertEquals("b", later.get(second));
            assertNotEquals(first, later.add("c"));
            assertStale(later, first);
            box.end();
        }
    }

    @Test
    void numbersOfALifeThatGaveThemOnceAreGoodInOneThatDoesNot() throws FsException {
        long large = (5L << Integer.SIZE) | 2;
        var former = new TreeMap<Long, String>();
        former.put(1L, "small");
        former.put(large, "large");
        var handles = new Handles<String>(Box.NONE, Box.Word.LAST_HANDLE);
        handles.inherit(former, 0);
        assertEquals(former, handles.all());
        assertEquals("large", handles.get(large));
        assertStale(handles, 2);
        assertEquals(0, handles.add("new"));
        assertEquals(3, handles.add("newer"));
        assertEquals("large", handles.remove(large));
        assertEquals(2, handles.add("in its place"));
        assertStale(handles, large);
    }

    private static void assertStale(Handles<String> handles, long number) {
        assertThrows(FsException.class, () -> handles.get(number));
    }
}
