package sprite.server.domain.dump;

/** What the records of a dump look like. */
final class Records {
    static final String TITLE = "spritefs dump 1\n";

    static final byte FORMAT = 'F';
    static final byte PAIR = 'T';
    static final byte DATA = 'D';
    static final byte END = 'E';

    /** Of kind and length. */
    static final int HEAD_BYTES = 5;

    /** Most bytes of a payload: inline data, attributes and blocks are all smaller. */
    static final int PAYLOAD_MAX = 16 << 20;

    /** Bytes of inode and offset before data. */
    static final int PLACE_BYTES = 16;

    private Records() {}
}
