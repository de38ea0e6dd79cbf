package sprite.server.domain.fsck;

import java.util.ArrayList;
import java.util.List;

/** What the checks of one pass found. Confined to its thread. */
final class Findings {
    final List<Damage> damages = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    final List<Repair> repairs = new ArrayList<>();

    void damage(String kind, String path, long inode, String sentence, Repair repair) {
        damages.add(new Damage(kind, path, inode, sentence));
        repairs.add(repair);
    }

    void note(String sentence) {
        notes.add(sentence);
    }
}
