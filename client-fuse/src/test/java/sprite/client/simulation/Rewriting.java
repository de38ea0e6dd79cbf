package sprite.client.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicCallSiteDesc;
import java.lang.constant.MethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Loads the product's classes once more, with the calls that {@link Hooks} names replaced by those hooks: so the
 * product needs no doors for what only a simulation wants to change, and every lock it takes is a place where another
 * thread may run. Thread-safe: immutable.
 */
final class Rewriting extends ClassLoader {
    private static final ClassDesc HOOKS = ClassDesc.of("sprite.client.simulation.Hooks");
    private static final Set<String> SHARED = Set.of("java/util/Map", "java/util/concurrent/ConcurrentHashMap");

    /** By class and method replaced. */
    private final Map<String, Hook> hooks = new HashMap<>();

    private record Hook(String name, MethodTypeDesc type) {}

    Rewriting(ClassLoader parent) {
        super(parent);
        for (Method method : Hooks.class.getDeclaredMethods()) {
            Hooks.InsteadOf replaced = method.getAnnotation(Hooks.InsteadOf.class);
            if (replaced != null) {
                MethodTypeDesc type = MethodTypeDesc.of(
                        method.getReturnType().describeConstable().orElseThrow(),
                        Arrays.stream(method.getParameterTypes())
                                .map(parameter -> parameter.describeConstable().orElseThrow())
                                .toArray(ClassDesc[]::new));
                Hook hook = new Hook(method.getName(), type);
                for (String owner : replaced.owners()) {
                    if (!replaced.type().isEmpty()) {
                        hooks.put(owner + "." + replaced.method() + replaced.type(), hook);
                        continue;
                    }
                    hooks.put(key(owner, replaced.method(), type), hook);
                    if (type.parameterCount() > 0) { // the first may be the object of the call
                        hooks.put(key(owner, replaced.method(), type.dropParameterTypes(0, 1)), hook);
                    }
                }
            }
        }
    }

    private static String key(String owner, String method, MethodTypeDesc type) {
        return owner + "." + method + type.descriptorString();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith("sprite.")
                || name.startsWith("sprite.common.wire.proto.")
                || name.equals(Report.class.getName())
                || name.equals(Seeds.class.getName())) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            return known != null ? known : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        byte[] bytes;
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            bytes = in.readAllBytes();
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
        byte[] rewritten = name.startsWith("sprite.client.simulation.") ? bytes : rewrite(bytes);
        return defineClass(name, rewritten, 0, rewritten.length);
    }

    private byte[] rewrite(byte[] bytes) {
        ClassFile file = ClassFile.of();
        ClassModel model = file.parse(bytes);
        boolean shares = false;
        for (var entry : model.constantPool()) {
            shares |= entry instanceof ClassEntry type && type.asInternalName().endsWith("/ConcurrentHashMap");
        }
        boolean pointsAtMaps = shares;
        return file.transformClass(
                model, ClassTransform.transformingMethodBodies((code, element) -> put(code, element, pointsAtMaps)));
    }

    private void put(CodeBuilder code, CodeElement element, boolean pointsAtMaps) {
        switch (element) {
            case InvokeInstruction call -> {
                Hook hook =
                        hooks.get(key(call.owner().asInternalName(), call.name().stringValue(), call.typeSymbol()));
                if (hook != null) {
                    code.invokestatic(HOOKS, hook.name, hook.type);
                    return;
                }
                if (pointsAtMaps
                        && call.opcode() != Opcode.INVOKESTATIC
                        && SHARED.contains(call.owner().asInternalName())) {
                    code.invokestatic(HOOKS, "point", ConstantDescs.MTD_void);
                }
                code.with(element);
            }
            case InvokeDynamicInstruction call ->
                code.invokedynamic(DynamicCallSiteDesc.of(
                        call.bootstrapMethod(),
                        call.name().stringValue(),
                        call.typeSymbol(),
                        call.bootstrapArgs().stream().map(this::replaced).toArray(ConstantDesc[]::new)));
            default -> code.with(element);
        }
    }

    private ConstantDesc replaced(ConstantDesc argument) {
        if (argument instanceof DirectMethodHandleDesc method) {
            String owner = method.owner().descriptorString();
            Hook hook = hooks.get(
                    owner.substring(1, owner.length() - 1) + "." + method.methodName() + method.lookupDescriptor());
            if (hook != null) {
                return MethodHandleDesc.ofMethod(DirectMethodHandleDesc.Kind.STATIC, HOOKS, hook.name, hook.type);
            }
        }
        return argument;
    }
}
