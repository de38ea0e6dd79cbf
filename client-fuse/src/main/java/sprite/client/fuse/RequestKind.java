package sprite.client.fuse;

/** What the kernel asks for, for people. Pure. Source: {@code enum fuse_opcode} of {@code linux/fuse.h}. */
public final class RequestKind {
    private RequestKind() {}

    /** The system call, more or less, that an opcode stands for. */
    public static String of(int opcode) {
        return switch (opcode) {
            case 1 -> "lookup";
            case 2, 42 -> "forget";
            case 3 -> "stat";
            case 4 -> "set attributes";
            case 5 -> "readlink";
            case 6 -> "symlink";
            case 8 -> "mknod";
            case 9 -> "mkdir";
            case 10 -> "unlink";
            case 11 -> "rmdir";
            case 12 -> "rename";
            case 13 -> "link";
            case 14 -> "open";
            case 15 -> "read";
            case 16 -> "write";
            case 17 -> "statfs";
            case 18 -> "release";
            case 20 -> "fsync";
            case 21 -> "setxattr";
            case 22 -> "getxattr";
            case 23 -> "listxattr";
            case 24 -> "removexattr";
            case 25 -> "close";
            case 26 -> "greeting";
            case 27 -> "opendir";
            case 28 -> "readdir";
            case 29 -> "closedir";
            case 30 -> "fsync directory";
            case 31 -> "test lock";
            case 32 -> "lock";
            case 33 -> "lock and wait";
            case 34 -> "access";
            case 35 -> "create";
            case 36 -> "interrupt";
            case 43 -> "fallocate";
            case 45 -> "rename";
            case 44 -> "readdir";
            case 46 -> "lseek";
            case 47 -> "copy_file_range";
            case 51 -> "open without a name";
            case 52 -> "stat";
            default -> "request " + opcode;
        };
    }
}
