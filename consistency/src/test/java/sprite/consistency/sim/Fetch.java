package sprite.consistency.sim;

/** A read of a block from the server for the cache. Confined to one thread. */
final class Fetch {
    private final int block;
    boolean overtakenByWrite;
    boolean overtakenByDrop;

    Fetch(int block) {
        this.block = block;
    }

    int block() {
        return block;
    }
}
