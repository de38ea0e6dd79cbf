package sprite.consistency;

/** A client daemon: one mount on one host. Random, chosen by the daemon, the same at all servers. Immutable. */
public record ClientId(long value) implements Comparable<ClientId> {
    @Override
    public int compareTo(ClientId other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toHexString(value);
    }
}
