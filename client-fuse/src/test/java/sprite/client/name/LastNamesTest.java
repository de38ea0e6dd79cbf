package sprite.client.name;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** Paths that are put together from names seen one by one. */
final class LastNamesTest {
    private static final FileId ROOT = new FileId(1, 1);
    private static final FileId THINGS = new FileId(2, 1);
    private static final FileId DIRECTORY = new FileId(2, 7);
    private static final FileId FILE = new FileId(2, 8);

    private final LastNames names = new LastNames();

    private static @Nullable String prefix(FileId root) {
        if (root.equals(ROOT)) {
            return "/";
        }
        return root.equals(THINGS) ? "/things" : null;
    }

    private String path(FileId file) {
        return names.path(file, LastNamesTest::prefix);
    }

    private void saw(FileId directory, String name, FileId file) {
        names.saw(directory, FileName.ofText(name), file);
    }

    @Test
    void goUpToTheDomainsPrefix() {
        saw(THINGS, "a", DIRECTORY);
        saw(DIRECTORY, "b", FILE);
        assertEquals("/things/a/b", path(FILE));
        saw(ROOT, "c", FILE);
        assertEquals("/c", path(FILE), "the last name counts");
        assertEquals("", path(ROOT));
    }

    @Test
    void mayBeKnownInPartOrNotAtAll() {
        assertEquals("", path(FILE));
        saw(DIRECTORY, "b", FILE);
        assertEquals(".../b", path(FILE));
    }

    @Test
    void endThoughTheyFormARing() {
        saw(DIRECTORY, "b", FILE);
        saw(FILE, "a", DIRECTORY);
        assertTrue(path(FILE).startsWith(".../"), path(FILE));
    }
}
