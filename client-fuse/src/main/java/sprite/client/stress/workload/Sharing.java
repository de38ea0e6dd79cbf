package sprite.client.stress.workload;

import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;

/**
 * All hold the same files open and read and write blocks of them; now and then one closes them and opens them again,
 * some only to read. Thread-safe: what a worker holds is its own.
 */
final class Sharing implements Workload {
    private static final int FILES = 3;
    private static final int BLOCKS = 3;
    private static final int BLOCK_BYTES = 4096;

    /** Far enough apart to lie in different blocks of most caches. */
    private static final long DISTANCE = 96 << 10;

    private final String prefix;
    private final PerWorker<Held> held = new PerWorker<>(Held::new);

    Sharing(String prefix) {
        this.prefix = prefix;
    }

    private String file(int which) {
        return prefix + "/f" + which;
    }

    @Override
    public boolean prepare(Worker worker) {
        boolean made = Files.directory(worker, prefix);
        for (int i = 0; i < FILES; i++) {
            made &= Files.create(worker, file(i));
        }
        return made;
    }

    @Override
    public void step(Worker worker) {
        Held mine = held.of(worker);
        String file = file(worker.chance(FILES));
        int block = worker.chance(BLOCKS);
        String object = file + "#" + block;
        boolean write = worker.chance(3) == 0;
        String as = write ? "w:" : "r:";
        int descriptor = mine.open(worker, as, file, write ? SystemCalls.O_RDWR : SystemCalls.O_RDONLY);
        if (descriptor < 0) {
            return;
        }
        if (write) {
            Files.writeBlock(worker, descriptor, object, block * DISTANCE, BLOCK_BYTES);
        } else {
            Files.readBlock(worker, descriptor, object, block * DISTANCE, BLOCK_BYTES);
        }
        if (worker.chance(100) == 0) {
            mine.close(worker, as, file);
        }
    }

    @Override
    public void conclude(Worker worker) {
        Held mine = new Held();
        for (int file = 0; file < FILES; file++) {
            int descriptor = mine.open(worker, "", file(file), SystemCalls.O_RDONLY);
            for (int block = 0; descriptor >= 0 && block < BLOCKS; block++) {
                Files.readBlock(worker, descriptor, file(file) + "#" + block, block * DISTANCE, BLOCK_BYTES);
            }
        }
        mine.closeAll(worker);
        held.of(worker).closeAll(worker);
    }
}
