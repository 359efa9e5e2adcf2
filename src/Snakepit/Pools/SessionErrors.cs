using System.Globalization;
using System.Text;

namespace Snakepit.Pools;

/// <summary>The exceptions of calls of sessions.</summary>
internal sealed class SessionErrors(PoolContext pool)
{
    private const int ShownId = 64;

    /// <summary>The session's worker is busy, and the call was not to wait.</summary>
    public WorkerBusyException Busy(string tool, SessionRecord? session) =>
        new($"Pool '{pool.Name}' rejected '{tool}': the worker of {Name(session)} is busy, tainted or about to end, and the call's "
            + "affinity is StrictFailFast. Call later, or use StrictQueue, which waits for the worker.")
        {
            Pool = pool.Name, Tool = tool, SessionId = session?.Id ?? "",
        };

    /// <summary>A call would have begun one session too many.</summary>
    public PoolSaturatedException TooMany(string tool) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"Pool '{pool.Name}' rejected '{tool}': it has {pool.Options.Session.Max:N0} sessions, which is Session.Max. "
        + $"End sessions that are not needed, lower Session.Ttl, or raise Session.Max."))
    {
        Pool = pool.Name,
        Reason = SaturationReason.SessionLimit,
        Limit = pool.Options.Session.Max,
    };

    /// <summary>The session ended while the call was on its way.</summary>
    public SessionLostException Ended(string tool, SessionRecord? session) =>
        new($"'{tool}' in pool '{pool.Name}' did not run: {Name(session)} is being ended, by EndAsync or because no call came for "
            + "Session.Ttl. When it has ended, a call with the same id begins another session.")
        {
            Pool = pool.Name,
            SessionId = session?.Id ?? "",
            Reason = SessionLossReason.Ended,
            Execution = CallExecution.NotStarted,
        };

    /// <summary>The session has lost its worker, before the call or during it.</summary>
    public SessionLostException Lost(string tool, SessionRecord session, CallExecution execution, DeathReport? report)
    {
        string kept = session.WhyNotMoved is { } why ? $" It could not move to another worker: {Shown.Text(why)}." : "";
        SessionLoss loss = session.Loss ?? new SessionLoss(SessionLossReason.WorkerDied, default);
        DeathReport? death = report ?? loss.Death;
        string fate = execution == CallExecution.MayHaveRun ? "may have run" : "did not run";
        var text = new StringBuilder(
            $"S{Name(session).AsSpan(1)} of pool '{pool.Name}' was lost: {Why(loss, death)}{kept} '{tool}' {fate}. "
            + "The next call with this id begins another session, with nothing in its state.");
        ErrorText.AppendEvidence(text, death);
        return new SessionLostException(text.ToString())
        {
            Pool = pool.Name,
            SessionId = session.Id,
            Reason = loss.Reason,
            Worker = loss.Worker,
            Execution = execution,
            Report = death,
        };
    }

    private static string Name(SessionRecord? session) => $"session '{Shown.Text(session?.Id ?? "", ShownId)}'";

    private string Why(SessionLoss loss, DeathReport? death) => loss.Reason switch
    {
        SessionLossReason.DrainTimeout =>
            $"its worker {loss.Worker} was replaced, and the session did not end within Recycle.DrainTimeout "
            + $"({Shown.Duration(pool.Options.Recycle.DrainTimeout)}).",
        SessionLossReason.WorkerRecycled =>
            $"its worker {loss.Worker} has run Recycle.MaxRequests calls and was replaced; Recycle.StrictMaxRequests allows no more.",
        SessionLossReason.PoolDefect => "a defect of Snakepit ended the pool's workers. The log has the trace; please report it.",
        _ when death is not null => $"its worker {loss.Worker} (pid {death.Pid}) has ended: {death.Description}.",
        _ => $"its worker {loss.Worker} was killed or has died.",
    };
}
