package sprite.client.fuse.kernel;

/** Something that some kernels can do and others cannot, and that a program or a user would notice. */
enum Feature {
    ATTRIBUTES_LENT("attributesLent", "", "it asks for attributes each time"),
    NAMES_LENT("namesLent", "7.44 (Linux 6.16)", "it asks for every name each time that it is used"),
    LISTINGS_LEND("listingsLend", "7.44 (Linux 6.16)", "ls -l asks for each file"),
    PAGES_LENT("pagesLent", "", "each read comes to the daemon"),
    SHARED_MAPPINGS("sharedMappings", "7.39 (Linux 6.6)", "mmap with MAP_SHARED fails (ENODEV)"),
    ACCESS_CONTROL_LISTS("accessControlLists", "7.26", "it refuses whom only an access control list lets in"),
    CHANGE_OF_HANDS(
            "changeOfHands",
            "7.40 (Linux 6.9)",
            "no upgrade, and takeover is of no effect: this mount will end" + " with its daemon"),
    NAMELESS_FILES("namelessFiles", "7.37 (Linux 6.1)", "open with O_TMPFILE fails (EOPNOTSUPP)"),
    BIRTH_TIMES("birthTimes", "7.39 (Linux 6.6)", "stat tells no time of birth"),
    LARGE_REQUESTS("largeRequests", "7.28", "it moves 128 KiB at a time, and not 1 MiB"),
    PARALLEL_DIRECTORIES("parallelDirectories", "7.25", "names of a directory are looked up one at a time");

    /** In {@code status}. */
    private final String label;

    /** Since which version of the protocol a kernel may have it; empty: all that are mounted on have. */
    private final String since;

    /** Where a kernel has it not. */
    private final String consequence;

    Feature(String label, String since, String consequence) {
        this.label = label;
        this.since = since;
        this.consequence = consequence;
    }

    String label() {
        return label;
    }

    String since() {
        return since;
    }

    String consequence() {
        return consequence;
    }
}
