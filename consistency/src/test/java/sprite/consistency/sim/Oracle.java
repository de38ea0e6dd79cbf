package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;

/** What the processes of all clients did to one file, and whether it may be so. Confined to one thread. */
final class Oracle {
    private final List<Register> blocks = new ArrayList<>();
    private final Sizes sizes;

    Oracle(String file) {
        for (int i = 0; i < ServerFile.BLOCKS; i++) {
            blocks.add(new Register(file + " block " + i));
        }
        sizes = new Sizes(file);
    }

    Register block(int index) {
        return blocks.get(index);
    }

    Sizes sizes() {
        return sizes;
    }
}
