package sprite.common.file;

import java.util.List;

/**
 * Who asks. Immutable.
 *
 * @param uid effective user id, an unsigned 32-bit number
 * @param gid effective group id, an unsigned 32-bit number
 * @param groups supplementary groups
 */
public record Credentials(int uid, int gid, List<Integer> groups) {
    /** User and group 0. */
    public static final Credentials ROOT = new Credentials(0, 0, List.of());

    public Credentials {
        groups = List.copyOf(groups);
    }

    public boolean isRoot() {
        return uid == 0;
    }

    /** Whether the group is the caller's own or one of the supplementary ones. */
    public boolean inGroup(int group) {
        return gid == group || groups.contains(group);
    }
}
