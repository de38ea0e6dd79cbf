package sprite.common.file;

/**
 * Who may do what, by owner, group, mode bits (POSIX.1-2017, XBD 4.5 "File Access Permissions") and, where a file has
 * one, by its access control list (acl(5)). The server decides with it; a client uses it only on attributes that it
 * holds under a grant, where the answer is the same. Pure functions.
 */
public final class Access {
    /** Permission to execute a file or to search a directory. */
    public static final int EXECUTE = 1;

    /** Permission to write. */
    public static final int WRITE = 2;

    /** Permission to read. */
    public static final int READ = 4;

    /** Set user id on execution. */
    public static final int SET_UID = 04000;

    /** Set group id on execution; on a directory: new entries inherit its group. */
    public static final int SET_GID = 02000;

    /** On a directory: only owners may remove entries. */
    public static final int STICKY = 01000;

    private Access() {}

    /**
     * Whether {@code who} has every permission in {@code wanted} (a sum of {@link #READ}, {@link #WRITE},
     * {@link #EXECUTE}). Root may do all but execute a regular file that nobody may execute.
     */
    public static boolean allows(Attributes file, Credentials who, int wanted) {
        if (who.isRoot()) {
            return (wanted & EXECUTE) == 0 || !file.isRegular() || (file.mode() & 0111) != 0;
        }
        int granted;
        Acl acl = file.acl();
        if (who.uid() == file.uid()) {
            granted = file.mode() >> 6;
        } else if (acl != null && (file.mode() & 070) != 0) { // Linux does not look at a list that is masked out
            return acl.allows(who, file.gid(), file.mode(), wanted);
        } else if (who.inGroup(file.gid())) {
            granted = file.mode() >> 3;
        } else {
            granted = file.mode();
        }
        return (granted & wanted) == wanted;
    }

    /** Whether {@code who} may change what only the owner may change. */
    public static boolean owns(Attributes file, Credentials who) {
        return who.isRoot() || who.uid() == file.uid();
    }

    /**
     * Whether the sticky bit of {@code directory} keeps {@code who} from removing or renaming {@code entry} in it.
     * Asked after write permission on the directory.
     */
    public static boolean stickyForbids(Attributes directory, Attributes entry, Credentials who) {
        return (directory.mode() & STICKY) != 0 && !owns(directory, who) && !owns(entry, who);
    }

    /**
     * The mode that remains when somebody without privilege writes to the file or changes its owner: set-user-id goes,
     * set-group-id goes where group execution makes it more than the mark of mandatory locking.
     */
    public static int withoutSetId(int mode) {
        int cleared = mode & ~SET_UID;
        return (mode & 010) != 0 ? cleared & ~SET_GID : cleared;
    }
}
