package sprite.server.cache;

/** Which block: domain and inode of the file, and the block's index in it. Immutable. */
record BlockKey(int domain, long inode, long block) {
    @Override
    public int hashCode() {
        return Long.hashCode((inode * 0x9E3779B97F4A7C15L + block) * 0xBF58476D1CE4E5B9L + domain);
    }
}
