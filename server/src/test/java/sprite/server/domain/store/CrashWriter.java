package sprite.server.domain.store;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * A process that writes to a domain until it is killed, and says after each step that it was done. What the domain
 * contains after a step is a function of the step's number alone.
 */
final class CrashWriter {
    private CrashWriter() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        int from = Integer.parseInt(args[1]);
        Fixture f = new Fixture(directory);
        for (int step = from; ; step++) {
            run(f, step);
            System.out.println(step);
        }
    }

    static byte[] first(int step) {
        byte[] bytes = new byte[1 + new Random(step).nextInt(step % 3 == 0 ? 200_000 : 12_000)];
        new Random(step * 31L).nextBytes(bytes);
        return bytes;
    }

    /** Makes a file, writes it twice, and cuts, overwrites or removes older ones. */
    private static void run(Fixture f, int step) throws Exception {
        var file = f.file(f.root(), "f" + step);
        byte[] first = first(step);
        f.write(file, 0, first);
        f.write(file, first.length / 2, first);
        if (step % 5 == 0 && step >= 3) {
            f.truncate(f.find(f.root(), "f" + (step - 3)), first(step - 3).length / 3);
        }
        if (step % 7 == 0 && step >= 20) {
            f.remove(f.root(), "f" + (step - 20));
        }
        if (step % 50 == 0) {
            f.domain().commit(file);
        }
    }

    /** The files touched by a step. */
    static boolean touches(int step, String name) {
        return name.equals("f" + step) || name.equals("f" + (step - 3)) || name.equals("f" + (step - 20));
    }

    /** Files and their data after the steps 0 to {@code last}. */
    static Map<String, byte[]> after(int last) {
        Map<String, byte[]> files = new HashMap<>();
        for (int step = 0; step <= last; step++) {
            byte[] first = first(step);
            byte[] data = java.util.Arrays.copyOf(first, first.length / 2 + first.length);
            System.arraycopy(first, 0, data, first.length / 2, first.length);
            files.put("f" + step, data);
            if (step % 5 == 0 && step >= 3) {
                files.computeIfPresent(
                        "f" + (step - 3),
                        (name, old) -> java.util.Arrays.copyOf(old, first(nameStep(name)).length / 3));
            }
            if (step % 7 == 0 && step >= 20) {
                files.remove("f" + (step - 20));
            }
        }
        return files;
    }

    private static int nameStep(String name) {
        return Integer.parseInt(name.substring(1));
    }
}
