package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import sprite.consistency.OpenMode;

/** A process: one call after the other, with time to think between them. Confined to one thread. */
final class Program {
    private final World world;
    private final Habits habits;
    private final SimClient client;
    private final List<FileCalls> files;
    private final List<Held> held = new ArrayList<>();
    private int left;

    /** An open file. */
    private record Held(FileCalls calls, Handle handle) {}

    Program(World world, SimClient client, List<FileCalls> files, int calls) {
        this.world = world;
        habits = world.habits();
        this.client = client;
        this.files = files;
        left = calls;
    }

    boolean isFinished() {
        return left < 0 || client.isDead();
    }

    void start() {
        think();
    }

    private void think() {
        int pause = client.agenda().chance(50) ? 5 : habits.pauseMost();
        client.later(1 + client.agenda().random(pause), this::next);
    }

    private void next() {
        left--;
        if (left < 0) {
            held.forEach(h -> h.calls().close(h.handle()));
            held.clear();
            return;
        }
        int dice = client.agenda().random(100);
        if (dice < 16) {
            names();
        } else if (dice < 23) {
            any().stat(this::think);
        } else if (dice < 27) {
            any().truncate(client.agenda().random(ServerFile.BLOCKS + 1), world.nextValue(), this::think);
        } else if (held.isEmpty() || (dice < 37 && held.size() < habits.handlesMost())) {
            open();
        } else if (client.agenda().chance(habits.closePercent())) {
            close();
        } else {
            data(client.agenda().random(100));
        }
    }

    private FileCalls any() {
        return files.get(client.agenda().random(files.size()));
    }

    private void names() {
        int name = client.agenda().random(World.NAMES);
        long start = client.agenda().now();
        Register register = world.name(name);
        if (client.agenda().chance(70)) {
            client.names().lookup(name, value -> {
                register.read(value, start, client.agenda().now());
                think();
            });
        } else {
            long value = world.nextValue();
            register.writing(value, start);
            client.names().change(name, value, () -> {
                register.wrote(value, client.agenda().now());
                think();
            });
        }
    }

    private void open() {
        int dice = client.agenda().random(100);
        OpenMode mode = client.agenda().chance(habits.readPercent())
                ? (dice < 97 ? OpenMode.READ : OpenMode.EXECUTE)
                : (dice < 30 ? OpenMode.WRITE : OpenMode.READ_WRITE);
        FileCalls calls = any();
        calls.open(mode, handle -> {
            if (handle != null) {
                held.add(new Held(calls, handle));
            }
            think();
        });
    }

    private void close() {
        Held closed = held.remove(client.agenda().random(held.size()));
        closed.calls().close(closed.handle());
        think();
    }

    private void data(int dice) {
        Held used = held.get(client.agenda().random(held.size()));
        Handle handle = used.handle();
        int block = client.agenda().random(habits.blocks());
        boolean reads = handle.mode().read() && (dice < 50 || !handle.mode().write());
        if (reads) {
            used.calls().read(handle, block, this::think);
        } else if (dice < 55) {
            used.calls().append(handle, world.nextValue(), this::think);
        } else if (dice < 60) {
            used.calls().fsync(this::think);
        } else if (dice < 66) {
            handle.flushed = true; // a duplicate of the descriptor was closed
            think();
        } else {
            used.calls().write(handle, block, world.nextValue(), this::think);
        }
    }
}
