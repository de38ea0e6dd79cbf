package sprite.server.domain.data;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** Two locks that are taken one after the other and given back the other way round. Thread-safe, as they are. */
final class ChangeLock implements Lock {
    private final Lock first;
    private final Lock second;

    ChangeLock(Lock first, Lock second) {
        this.first = first;
        this.second = second;
    }

    @Override
    public void lock() {
        first.lock();
        second.lock();
    }

    @Override
    public boolean tryLock() {
        if (!first.tryLock()) {
            return false;
        }
        if (second.tryLock()) {
            return true;
        }
        first.unlock();
        return false;
    }

    @Override
    public void unlock() {
        second.unlock();
        first.unlock();
    }

    @Override
    public void lockInterruptibly() {
        throw new UnsupportedOperationException("a change of data is not interrupted");
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) {
        throw new UnsupportedOperationException("nobody waits for a change of data for a while");
    }

    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("two locks have no condition");
    }
}
