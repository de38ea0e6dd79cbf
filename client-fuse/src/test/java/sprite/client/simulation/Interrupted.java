package sprite.client.simulation;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.LockRequest;
import sprite.common.error.FsException;

/**
 * Ends a program whose client was declared dead: it has lost its locks and may have lost its data, and whatever its
 * calls return from then on nobody has promised. Thrown in place of what they return, when what the program had open is
 * closed, as a kernel does it for a program that ends.
 */
final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Interrupted() {
        super(null, null, false, false);
    }

    /** The client, until it is declared dead, or once more; for one program. */
    static FileSystem whenDead(Node node, FileSystem client) {
        int before = node.deaths();
        Descriptors descriptors = new Descriptors(client);
        return (FileSystem) Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (_, method, arguments) -> {
                    try {
                        descriptors.before(method, arguments);
                        Object returned = method.invoke(client, arguments);
                        descriptors.after(returned);
                        if (node.deaths() != before) {
                            descriptors.close();
                            throw new Interrupted();
                        }
                        return returned;
                    } catch (InvocationTargetException e) {
                        if (node.deaths() != before) {
                            descriptors.close();
                            throw new Interrupted();
                        }
                        throw e.getCause();
                    }
                });
    }

    /** What a program has open, and under which owner it locked. Confined to the program's thread. */
    private static final class Descriptors {
        private final FileSystem client;
        private final Map<Handle, Long> open = new LinkedHashMap<>();

        Descriptors(FileSystem client) {
            this.client = client;
        }

        void before(Method method, Object[] arguments) {
            switch (method.getName()) {
                case "release" -> open.remove((Handle) arguments[0]);
                case "lock" -> open.put((Handle) arguments[0], ((LockRequest) arguments[1]).owner());
                default -> {}
            }
        }

        void after(Object returned) {
            if (returned instanceof Handle handle) {
                open.put(handle, 0L);
            }
        }

        void close() {
            for (Map.Entry<Handle, Long> entry : open.entrySet()) {
                try {
                    client.flush(entry.getKey(), entry.getValue(), Program.ROOT);
                } catch (FsException _) {
                    // As it was promised: nothing.
                }
                client.release(entry.getKey());
            }
            open.clear();
        }
    }
}
