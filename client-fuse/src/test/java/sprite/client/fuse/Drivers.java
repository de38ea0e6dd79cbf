package sprite.client.fuse;

import java.util.List;
import sprite.client.fuse.jnr.JnrDriver;
import sprite.client.fuse.kernel.Caching;
import sprite.client.fuse.kernel.KernelDriver;

/** The drivers that tests run on. No state. */
public final class Drivers {
    /** Both. */
    public static final List<String> NAMES = List.of(JnrDriver.NAME, KernelDriver.NAME);

    private Drivers() {}

    /** The one for tests that run on one: what {@code -Ddriver} names, else the standard one. */
    public static String chosen() {
        return System.getProperty("driver", KernelDriver.NAME);
    }

    /** A fresh one. */
    public static Driver make(String name) {
        return switch (name) {
            case JnrDriver.NAME -> new JnrDriver();
            case KernelDriver.NAME -> new KernelDriver(Caching.NOTHING);
            default -> throw new IllegalArgumentException("no driver " + name);
        };
    }
}
