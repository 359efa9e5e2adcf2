using System.Collections.Concurrent;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>The sessions of a pool by their ids, and the callers that wait for their ends.</summary>
internal sealed class SessionBook(PoolContext pool, PoolCore core, SessionValues values) : IKernelBound
{
    private const int MaxUnused = 1_024;
    private readonly ConcurrentDictionary<string, SessionRecord> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, SessionRecord> _byNumber = []; // those that the kernel knows
    private long _lastNumber;
    private bool _isNearLimit;

    /// <summary>The number of ids with a session, those included that have had no call yet.</summary>
    public int Count => _byId.Count;

    /// <summary>Returns the present session of the id; a new one if there is none.</summary>
    public SessionRecord Find(string id) => _byId.GetOrAdd(
        id, static (id, book) => new SessionRecord(id, (ulong)Interlocked.Increment(ref book._lastNumber)), this);

    /// <summary>Returns the session with that number, if the kernel knows it.</summary>
    public SessionRecord? Find(ulong number) =>
        core.Locked((_byNumber, number), static asked => asked._byNumber.GetValueOrDefault(asked.number));

    /// <summary>Returns why a call of the session must not reach the kernel.</summary>
    public Outcome Judge_NeedsLock(SessionRecord session)
    {
        switch (session.Stage)
        {
            case SessionStage.Orphaned:
                End_NeedsLock(session);
                return Outcome.SessionLost;
            case SessionStage.Over: // it has ended since the call was encoded
                return Outcome.SessionEnding;
            default:
                // Another call, which was rejected, may have removed it, and yet another may have begun the next session meanwhile.
                return _byId.GetOrAdd(session.Id, session) == session ? Outcome.None : Outcome.SessionEnding;
        }
    }

    /// <summary>A call of the session was submitted to the kernel.</summary>
    public void NoteCall_NeedsLock(SessionRecord session, bool isAccepted, bool isStrict)
    {
        session.IsStrict |= isAccepted && isStrict;
        if (session.Stage != SessionStage.New)
        {
            return;
        }
        if (!isAccepted)
        {
            Remove(session);
            return;
        }
        session.Stage = SessionStage.Open;
        _byNumber.Add(session.Number, session);
        pool.Reporter.SessionStarted();
        WarnNearLimit_NeedsLock();
        if (_byId.Count > _byNumber.Count + MaxUnused)
        {
            RemoveUnused_NeedsLock();
        }
    }

    /// <summary>No call of the session was submitted, because it could not be encoded.</summary>
    public void Withdraw(SessionRecord session) => core.Locked((book: this, session), static x =>
    {
        if (x.session.Stage == SessionStage.New)
        {
            x.book.Remove(x.session);
        }
    });

    /// <summary>Takes note of what the kernel reports about a session.</summary>
    /// <param name="effect">A SessionLost or SessionOver.</param>
    /// <param name="death">The report on the end of its worker, if that has ended in this step.</param>
    public void Note_NeedsLock(in Effect effect, DeathReport? death)
    {
        if (!_byNumber.TryGetValue(effect.Session, out SessionRecord? session))
        {
            return;
        }
        if (effect.Kind == EffectKind.SessionLost)
        {
            session.Loss = new SessionLoss(KernelWords.ToLoss(effect.Reason), pool.IdOf(effect.Worker), death);
        }
        else
        {
            End_NeedsLock(session);
        }
    }

    /// <summary>Ends the session of an id. Completes when it has ended.</summary>
    public Task EndAsync(string id, CancellationToken cancellationToken)
    {
        Task? ended = core.Step((book: this, id), static (in order, batch) => order.book.End_NeedsLock(order.id, batch));
        return ended is null ? Task.CompletedTask : ended.WaitAsync(cancellationToken);
    }

    /// <summary>The pool has stopped.</summary>
    public void EndAll_NeedsLock()
    {
        foreach (SessionRecord session in _byNumber.Values.ToArray())
        {
            End_NeedsLock(session);
        }
        _byId.Clear();
    }

    void IKernelBound.OnKernelReplaced_NeedsLock()
    {
        foreach (SessionRecord session in _byNumber.Values.ToArray())
        {
            bool isTold = session.IsStrict && session.Loss is null && session.Ended is null;
            if (!isTold)
            {
                End_NeedsLock(session);
                continue;
            }
            _byNumber.Remove(session.Number);
            session.Loss = new SessionLoss(SessionLossReason.PoolDefect, default);
            session.Stage = SessionStage.Orphaned;
        }
    }

    private Task? End_NeedsLock(string id, StepBatch batch)
    {
        if (!_byId.TryGetValue(id, out SessionRecord? session))
        {
            return null;
        }
        if (session.Stage != SessionStage.Open)
        {
            End_NeedsLock(session);
            return null;
        }
        session.Ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        core.Command_NeedsLock(new PoolCommand(CommandKind.EndSession, Session: session.Number), batch);
        return session.Ended.Task;
    }

    /// <summary>The next call with the same id begins another session.</summary>
    private void End_NeedsLock(SessionRecord session)
    {
        Remove(session);
        _byNumber.Remove(session.Number);
        session.Stage = SessionStage.Over;
        values.End_NeedsLock(session);
        session.Ended?.TrySetResult();
    }

    private void Remove(SessionRecord session) => _byId.TryRemove(KeyValuePair.Create(session.Id, session));

    /// <summary>Removes the sessions that no call has begun, such as those of callers that gave up before the queue had room.</summary>
    private void RemoveUnused_NeedsLock()
    {
        foreach (SessionRecord session in _byId.Values)
        {
            if (session.Stage == SessionStage.New)
            {
                Remove(session);
            }
        }
    }

    private void WarnNearLimit_NeedsLock()
    {
        int limit = pool.Options.Session.Max;
        bool isNear = _byNumber.Count * 5L >= limit * 4L;
        if (isNear && !_isNearLimit)
        {
            pool.Reporter.SessionsNearLimit(_byNumber.Count, limit);
        }
        _isNearLimit = isNear || (_isNearLimit && _byNumber.Count * 10L >= limit * 7L);
    }
}
