package sprite.client.simulation;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import sprite.client.fs.FileSystem;

/**
 * Ends a program whose client was declared dead: it has lost its locks and may have lost its data, and whatever its
 * calls return from then on nobody has promised. Thrown in place of what they return.
 */
final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Interrupted() {
        super(null, null, false, false);
    }

    /** The client, until it is declared dead. */
    static FileSystem whenDead(Node node, FileSystem client) {
        return (FileSystem) Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (_, method, arguments) -> {
                    try {
                        Object returned = method.invoke(client, arguments);
                        if (node.isDeclaredDead()) {
                            throw new Interrupted();
                        }
                        return returned;
                    } catch (InvocationTargetException e) {
                        throw node.isDeclaredDead() ? new Interrupted() : e.getCause();
                    }
                });
    }
}
