package sprite.server.control;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import sprite.server.domain.data.Disk;
import sprite.server.domain.data.NativeDisk;

/** The socket of a domain. Pure functions, but for the disk. */
final class SocketAddresses {
    private static final String NAME = "control";
    private static final Disk DISK = new NativeDisk();

    private SocketAddresses() {}

    /** Where it lies. */
    static Path in(Path directory) {
        return directory.resolve(NAME);
    }

    /** What is done with an address. */
    interface Use<T> {
        T with(UnixDomainSocketAddress address) throws IOException;
    }

    /**
     * Does something with the address of the socket in a directory. An address has room for 107 bytes, which a path may
     * exceed, so it goes through the directory's descriptor; see unix(7) and proc(5).
     */
    static <T> T use(Path directory, Use<T> use) throws IOException {
        int descriptor = DISK.open(directory, Disk.O_RDONLY);
        try {
            return use.with(UnixDomainSocketAddress.of("/proc/self/fd/" + descriptor + "/" + NAME));
        } finally {
            DISK.close(descriptor);
        }
    }
}
