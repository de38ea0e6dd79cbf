package sprite.common.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An access control list as the withdrawn POSIX.1e draft 17 and acl(5) have it: rights of the owner, of named users, of
 * the owning group, of named groups and of others, and a mask that bounds all but the first and the last. Rights are
 * sums of {@link Access#READ}, {@link Access#WRITE} and {@link Access#EXECUTE}. Immutable.
 *
 * <p>The list that a file is guarded by is kept with its {@link Attributes} if it says more than mode bits can. Then
 * owner, mask and others are the mode's, whatever is said here, so that chmod(2) needs to know of no list.
 *
 * @param users in the order given
 * @param groups likewise
 * @param mask null only if nobody is named
 */
public record Acl(
        int owner,
        List<Named> users,
        int group,
        List<Named> groups,
        @Nullable Integer mask,
        int other) {
    /** The extended attribute that shows who may access a file. */
    public static final String ACCESS_NAME = "system.posix_acl_access";

    /** The extended attribute of a directory from which new entries get their lists. */
    public static final String DEFAULT_NAME = "system.posix_acl_default";

    /** Most bytes of a list: what Linux passes on to a FUSE file system is one page at most. */
    public static final int BYTES_MAX = 4096;

    private static final int ALL = 7;

    // linux/posix_acl_xattr.h: a version, then entries of tag, rights (2 bytes each) and id (4 bytes), little-endian.
    private static final int VERSION = 2;
    private static final int VERSION_BYTES = 4;
    private static final int ENTRY_BYTES = 8;
    private static final int NO_ID = -1;

    // linux/posix_acl.h.
    private static final short USER_OBJ = 0x01;
    private static final short USER = 0x02;
    private static final short GROUP_OBJ = 0x04;
    private static final short GROUP = 0x08;
    private static final short MASK = 0x10;
    private static final short OTHER = 0x20;

    /** The rights of a user or group that is named. */
    public record Named(int id, int rights) {}

    public Acl {
        users = List.copyOf(users);
        groups = List.copyOf(groups);
    }

    /** Whether the name is that of an attribute that shows a list. */
    public static boolean isName(String attribute) {
        return attribute.equals(ACCESS_NAME) || attribute.equals(DEFAULT_NAME);
    }

    /**
     * The list in the value of an extended attribute, or null if it has no entries, which means that there is no list.
     * IllegalArgumentException if it is none: entries have to come in the order of their kinds, and one of each kind
     * that is not named, but for the mask, which is needed only if anybody is named.
     */
    public static @Nullable Acl parse(byte[] value) {
        if (value.length == 0) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        if (value.length < VERSION_BYTES || (value.length - VERSION_BYTES) % ENTRY_BYTES != 0) {
            throw new IllegalArgumentException("a list of " + value.length + " bytes");
        }
        int version = in.getInt();
        if (version != VERSION) {
            throw new IllegalArgumentException("version " + version);
        }
        return in.hasRemaining() ? new Parser(in).parse() : null;
    }

    /** Takes entries one by one. Confined to a thread. */
    private static final class Parser {
        private final ByteBuffer in;
        private final List<Named> users = new ArrayList<>();
        private final List<Named> groups = new ArrayList<>();
        private short tag;
        private int rights;
        private int id;

        Parser(ByteBuffer in) {
            this.in = in;
        }

        Acl parse() {
            next();
            int owner = take(USER_OBJ);
            takeNamed(USER, users);
            int group = take(GROUP_OBJ);
            takeNamed(GROUP, groups);
            Integer mask = tag == MASK ? take(MASK) : null;
            if (mask == null && !(users.isEmpty() && groups.isEmpty())) {
                throw new IllegalArgumentException("names without a mask");
            }
            int other = take(OTHER);
            if (tag != 0) {
                throw new IllegalArgumentException("kind " + tag + " out of order");
            }
            return new Acl(owner, users, group, groups, mask, other);
        }

        private void next() {
            tag = 0;
            if (in.hasRemaining()) {
                tag = in.getShort();
                rights = in.getShort();
                id = in.getInt();
                if ((rights & ~ALL) != 0 || tag == 0) {
                    throw new IllegalArgumentException("rights " + rights + " of kind " + tag);
                }
            }
        }

        private int take(short wanted) {
            if (tag != wanted) {
                throw new IllegalArgumentException("kind " + tag + " where " + wanted + " has to be");
            }
            int taken = rights;
            next();
            return taken;
        }

        private void takeNamed(short wanted, List<Named> to) {
            while (tag == wanted) {
                if (id == NO_ID) {
                    throw new IllegalArgumentException("nobody's entry");
                }
                to.add(new Named(id, rights));
                next();
            }
        }
    }

    /** The value of an extended attribute that shows this list. */
    public byte[] toBytes() {
        int entries = 3 + users.size() + groups.size() + (mask == null ? 0 : 1);
        ByteBuffer out =
                ByteBuffer.allocate(VERSION_BYTES + entries * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(VERSION);
        put(out, USER_OBJ, owner, NO_ID);
        users.forEach(user -> put(out, USER, user.rights, user.id));
        put(out, GROUP_OBJ, group, NO_ID);
        groups.forEach(named -> put(out, GROUP, named.rights, named.id));
        if (mask != null) {
            put(out, MASK, mask, NO_ID);
        }
        put(out, OTHER, other, NO_ID);
        return out.array();
    }

    private static void put(ByteBuffer out, short tag, int rights, int id) {
        out.putShort(tag).putShort((short) rights).putInt(id);
    }

    /** Whether mode bits say all that this list does. */
    public boolean isMode() {
        return mask == null;
    }

    /** The permission bits that go with this list: its mask, if there is one, in place of the group's. */
    public int mode() {
        return owner << 6 | (mask == null ? group : mask) << 3 | other;
    }

    /** This list as it is for a file of that mode. */
    public Acl withMode(int mode) {
        int middle = mode >> 3 & ALL;
        return new Acl(
                mode >> 6 & ALL,
                users,
                mask == null ? middle : group,
                groups,
                mask == null ? null : middle,
                mode & ALL);
    }

    /**
     * Of a directory's default list: what a new entry of it gets that is asked for with {@code mode}. No umask counts
     * ("posix_acl_create" of Linux). Of the result, {@link #mode} are the permission bits.
     */
    public Acl inherited(int mode) {
        return withMode(mode() & mode);
    }

    /**
     * Whether the list, of a file of that mode, grants all of {@code wanted} to somebody who is not its owner. The
     * algorithm is that of acl(5), "Access check algorithm".
     *
     * @param gid of the file
     */
    boolean allows(Credentials who, int gid, int mode, int wanted) {
        int bound = mode >> 3;
        for (Named user : users) {
            if (user.id == who.uid()) {
                return grants(user.rights & bound, wanted);
            }
        }
        boolean member = who.inGroup(gid);
        if (member && grants(group, wanted)) {
            return grants(bound, wanted);
        }
        for (Named named : groups) {
            if (who.inGroup(named.id)) {
                member = true;
                if (grants(named.rights, wanted)) {
                    return grants(bound, wanted);
                }
            }
        }
        return !member && grants(mode, wanted);
    }

    private static boolean grants(int rights, int wanted) {
        return (rights & wanted) == wanted;
    }
}
