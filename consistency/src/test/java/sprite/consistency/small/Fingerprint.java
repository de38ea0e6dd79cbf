package sprite.consistency.small;

import java.util.Arrays;
import java.util.Map;
import sprite.consistency.Changing;
import sprite.consistency.ClientId;
import sprite.consistency.Committing;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenSeq;
import sprite.consistency.Recalling;
import sprite.consistency.Settled;
import sprite.consistency.Use;

/**
 * A state in 64 bits. Of the numbers of opens and callbacks only the order counts, so that states that differ in
 * nothing else are one. Two states of ten million have the same fingerprint with a chance of less than one in 300,000.
 * Confined to one thread.
 */
final class Fingerprint {
    private long[] words = new long[256];
    private int count;
    private int[] places = new int[32];
    private int sequenced;

    Fingerprint put(long word) {
        if (count == words.length) {
            words = Arrays.copyOf(words, 2 * count);
        }
        words[count++] = word;
        return this;
    }

    Fingerprint put(boolean bit) {
        return put(bit ? 1 : 0);
    }

    Fingerprint put(OpenSeq seq) {
        if (sequenced == places.length) {
            places = Arrays.copyOf(places, 2 * sequenced);
        }
        places[sequenced++] = count;
        return put(seq.counter());
    }

    Fingerprint put(FileConsistency state) {
        settled(state.now());
        switch (state) {
            case Settled _ -> put(1);
            case Recalling recalling -> {
                put(2).put(recalling.noSpace());
                Event.Request waiting = recalling.request();
                if (waiting == null) {
                    put(-1);
                } else {
                    request(waiting);
                }
                recalling.owing().forEach(client -> put(client.value()));
                put(-2);
                recalling.queued().forEach(this::request);
            }
            case Committing _ -> throw new IllegalStateException("the disk is not waited for here");
            case Changing changing -> {
                put(3);
                request(changing.change());
                changing.queued().forEach(this::request);
            }
        }
        return put(-3);
    }

    private void settled(Settled now) {
        ClientId writer = now.lastWriter();
        put(now.version().value()).put(writer == null ? 0 : writer.value());
        if (writer != null) {
            put(now.lastWriterSeq()); // of no meaning otherwise
        }
        for (Map.Entry<ClientId, Use> use : now.uses().entrySet()) {
            put(use.getKey().value())
                    .put(use.getValue().opens())
                    .put(use.getValue().writers());
            put(use.getValue().cached()); // its seq is remembered for people only
        }
        put(-4);
    }

    private void request(Event.Request request) {
        put(request.client().value()).put(request.seq());
        switch (request) {
            case Event.Open open -> put(open.mode().write() ? 2 : 1);
            case Event.Change _ -> put(3);
            case Event.Reopen _ -> throw new IllegalStateException("nobody reopens here");
        }
    }

    /** The 64 bits. */
    long finish() {
        long[] seqs = new long[sequenced];
        for (int i = 0; i < sequenced; i++) {
            seqs[i] = words[places[i]];
        }
        Arrays.sort(seqs);
        int distinct = 0;
        for (int i = 0; i < sequenced; i++) {
            if (i == 0 || seqs[i] != seqs[i - 1]) {
                seqs[distinct++] = seqs[i];
            }
        }
        for (int i = 0; i < sequenced; i++) {
            words[places[i]] = Arrays.binarySearch(seqs, 0, distinct, words[places[i]]);
        }
        long hash = count;
        for (int i = 0; i < count; i++) {
            hash = mixed(hash ^ mixed(words[i] + i * 0x9e3779b97f4a7c15L));
        }
        return hash == 0 ? 1 : hash;
    }

    /** The finisher of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014). */
    private static long mixed(long word) {
        long z = (word ^ (word >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
