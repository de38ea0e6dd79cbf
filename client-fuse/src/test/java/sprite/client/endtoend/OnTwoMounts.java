package sprite.client.endtoend;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test a {@link Place} of its own, or the {@link TwoMounts} below all of them, which are started once for all
 * classes that ask for them and end with the last. Thread-safe: the counter is atomic.
 */
final class OnTwoMounts implements ParameterResolver {
    private static final AtomicInteger PLACES = new AtomicInteger();

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Place.class || type == TwoMounts.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var store = context.getRoot().getStore(ExtensionContext.Namespace.create(OnTwoMounts.class));
        try {
            var mounts = store.get(TwoMounts.class, TwoMounts.class);
            if (mounts == null) {
                mounts = TwoMounts.start();
                store.put(TwoMounts.class, mounts); // closed when the store is
            }
            if (parameter.getParameter().getType() == TwoMounts.class) {
                return mounts;
            }
            String method = context.getRequiredTestMethod().getName();
            return Place.make(mounts, method + "-" + PLACES.incrementAndGet());
        } catch (Exception e) {
            throw new ParameterResolutionException("no two mounts", e);
        }
    }
}
