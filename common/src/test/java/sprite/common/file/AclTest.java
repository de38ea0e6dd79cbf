package sprite.common.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AclTest {
    /** What Linux shows after {@code setfacl -m u:1000:rw,g:5:r} on a file of mode 640. */
    private static final String BYTES = "02000000" // version
            + "01000600ffffffff" // user::rw-
            + "02000600e8030000" // user:1000:rw-
            + "04000400ffffffff" // group::r--
            + "0800040005000000" // group:5:r--
            + "10000600ffffffff" // mask::rw-
            + "20000000ffffffff"; // other::---

    private static final Acl LIST = new Acl(6, List.of(new Acl.Named(1000, 6)), 4, List.of(new Acl.Named(5, 4)), 6, 0);

    @Test
    void isReadAndWrittenAsLinuxDoes() {
        byte[] bytes = HexFormat.of().parseHex(BYTES);
        assertEquals(LIST, Acl.parse(bytes));
        assertArrayEquals(bytes, LIST.toBytes());
        assertNull(Acl.parse(new byte[0]));
        assertNull(Acl.parse(HexFormat.of().parseHex("02000000")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "02", // cut off
                "0300000001000600ffffffff04000400ffffffff20000000ffffffff", // another version
                "0200000001000600ffffffff04000400ffffffff20000000ffffffff00", // a byte too many
                "0200000001000600ffffffff04000400ffffffff", // nothing of others
                "0200000004000400ffffffff01000600ffffffff20000000ffffffff", // out of order
                "0200000001000600ffffffff01000600ffffffff04000400ffffffff20000000ffffffff", // two owners
                "0200000001000600ffffffff02000600e803000004000400ffffffff20000000ffffffff", // a name and no mask
                "0200000001000600ffffffff02000600ffffffff04000400ffffffff10000600ffffffff20000000ffffffff", // nobody
                "0200000001000e00ffffffff04000400ffffffff20000000ffffffff", // rights that there are not
                "0200000001000600ffffffff04000400ffffffff20000000ffffffff0000000000000000" // no kind
            })
    void isRefusedIfItMakesNoSense(String bytes) {
        assertThrows(
                IllegalArgumentException.class, () -> Acl.parse(HexFormat.of().parseHex(bytes)));
    }

    @Test
    void followsTheMode() {
        assertEquals(0660, LIST.mode());
        assertEquals(new Acl(7, LIST.users(), 4, LIST.groups(), 1, 2), LIST.withMode(0712));
        Acl small = new Acl(7, List.of(), 5, List.of(), null, 4);
        assertTrue(small.isMode());
        assertEquals(0754, small.mode());
        assertEquals(new Acl(6, List.of(), 4, List.of(), null, 0), small.inherited(0640));
        assertFalse(LIST.isMode());
    }

    @Test
    void inheritsNoMoreThanIsAskedFor() {
        Acl inherited = LIST.inherited(0444);
        assertEquals(0440, inherited.mode());
        assertEquals(LIST.users(), inherited.users());
        assertEquals(4, assertNotNullMask(inherited));
    }

    private static int assertNotNullMask(Acl acl) {
        Integer mask = acl.mask();
        assertNotNull(mask);
        return mask;
    }

    @Test
    void grantsByTheFirstThatFits() {
        int mode = 0664;
        assertTrue(LIST.allows(who(1000, 9), 4, mode, Access.READ | Access.WRITE)); // named
        assertFalse(LIST.allows(who(1000, 9), 4, 0644, Access.WRITE)); // masked
        assertFalse(LIST.allows(who(7, 4), 4, mode, Access.WRITE)); // of the owning group
        assertTrue(LIST.allows(who(7, 5), 4, mode, Access.READ)); // of a named one
        assertFalse(LIST.allows(who(7, 5, 4), 4, mode, Access.WRITE)); // members are not others
        assertTrue(LIST.allows(who(7, 8), 4, mode, Access.READ)); // others
    }

    private static Credentials who(int uid, int gid, Integer... more) {
        return new Credentials(uid, gid, List.of(more));
    }
}
