using System.Globalization;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Reads and writes the data of sessions, for the host and for calls. Each use of it ends before the values are removed.</summary>
internal sealed class SessionDataDesk(
    PoolContext pool, PoolCore core, SessionBook sessions, SessionValues values, CallErrors errors, FactsReader facts)
{
    private const int MaxNames = 256;
    private const string ShownAs = "session.Data";
    private readonly ISessionStore _store = values.Store;

    /// <summary>Begins the use of a session's data from the host, which is a use of the session.</summary>
    /// <exception cref="SnakepitException">The session cannot begin, is ending, or was lost.</exception>
    public SessionRecord Begin(SessionRecord session)
    {
        Admission admission = core.Step((desk: this, session), static (in use, batch) => use.desk.Begin_NeedsLock(use.session, batch));
        return admission.Accepted
            ? session
            : throw errors.Rejected(ShownAs, Timeout.InfiniteTimeSpan, admission, facts.Read(admission.Rejection, 0), session);
    }

    /// <summary>Begins the use of a session's data from a call of the session.</summary>
    /// <exception cref="InvalidOperationException">The session has ended.</exception>
    public SessionRecord BeginInCall(SessionRecord session) =>
        core.Locked(session, static session => session.Data.TryBegin())
            ? session
            : throw new InvalidOperationException($"Session '{session.Id}' has ended, and its data with it.");

    public async ValueTask<StoredSessionValue?> ReadAsync(SessionRecord session, string name, CancellationToken cancellationToken)
    {
        try
        {
            CheckName(name);
            return await _store.ReadAsync(values.KeyOf(session), name, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            End(session);
        }
    }

    public async ValueTask<long> WriteAsync(
        SessionRecord session, string name, ReadOnlyMemory<byte> json, long? version, CancellationToken cancellationToken)
    {
        try
        {
            CheckName(name);
            CheckValue(name, json.Length);
            if (!core.Locked((session, name), static x => x.session.Data.TryName(x.name, MaxNames)))
            {
                throw new ArgumentException(
                    Text($"The data of session '{session.Id}' has {MaxNames} names, the most there may be. Remove some, or join values."));
            }
            SessionKey key = values.KeyOf(session);
            long? written = await _store.WriteAsync(key, name, json, version, cancellationToken).ConfigureAwait(false);
            return written ?? throw await ConflictAsync(session, name, version, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            End(session);
        }
    }

    public async ValueTask<bool> RemoveAsync(
        SessionRecord session, string name, long? version, CancellationToken cancellationToken)
    {
        try
        {
            CheckName(name);
            SessionKey key = values.KeyOf(session);
            bool isRemoved = await _store.RemoveAsync(key, name, version, cancellationToken).ConfigureAwait(false);
            if (isRemoved)
            {
                core.Locked((session, name), static x => x.session.Data.Forget(x.name));
            }
            else if (version is not null and not 0)
            {
                throw await ConflictAsync(session, name, version, cancellationToken).ConfigureAwait(false);
            }
            return isRemoved;
        }
        finally
        {
            End(session);
        }
    }

    private Admission Begin_NeedsLock(SessionRecord session, StepBatch batch)
    {
        Outcome why = sessions.Judge_NeedsLock(session);
        if (why != Outcome.None)
        {
            return new Admission(default, why, 0, 0);
        }
        var use = new CallSpec(0, Idempotent: false, Session: session.Number);
        Admission admission = core.Apply_NeedsLock(new KernelStep(StepKind.UseSession, pool.Clock.Now) { Spec = use }, batch).Admission;
        sessions.NoteCall_NeedsLock(session, admission.Accepted, isStrict: false);
        return !admission.Accepted || session.Data.TryBegin() ? admission : new Admission(default, Outcome.SessionEnding, 0, 0);
    }

    private void End(SessionRecord session)
    {
        if (core.Locked(session, static session => session.Data.Leave()))
        {
            values.Remove(session);
        }
    }

    private static void CheckName(string name)
    {
        if (name is not { Length: > 0 and <= Protocol.MaxSessionName })
        {
            throw new ArgumentException(Text(
                $"The name of a value of session data has 1 to {Protocol.MaxSessionName} characters; ")
                + Text($"this one has {name?.Length ?? 0:N0}."));
        }
    }

    private static void CheckValue(string name, int length)
    {
        if (length > Protocol.MaxSessionValue)
        {
            throw new ArgumentException(Text(
                $"A value of session data has at most {Protocol.MaxSessionValue:N0} bytes as JSON; '{name}' has {length:N0}. ")
                + "Keep what is larger in ctx.session.state, or in a store of your own.");
        }
    }

    private async ValueTask<SessionDataConflictException> ConflictAsync(
        SessionRecord session, string name, long? version, CancellationToken cancellationToken)
    {
        SessionKey key = values.KeyOf(session);
        long present = (await _store.ReadAsync(key, name, cancellationToken).ConfigureAwait(false))?.Version ?? 0;
        if (present == 0)
        {
            core.Locked((session, name), static x => x.session.Data.Forget(x.name));
        }
        return new SessionDataConflictException(Text(
            $"'{name}' of session '{key.Id}' in pool '{key.Pool}' has version {present}, and {version} was expected: ")
            + "somebody else has written it. Read it and try again.")
        {
            Pool = key.Pool, SessionId = key.Id, Name = name, Version = present,
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
