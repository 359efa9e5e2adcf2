using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>
/// Moves sessions between workers: has the state exported and then imported. The kernel decides what moves, where to and when, and whether
/// it has moved. The host never reads the state.
/// </summary>
internal sealed class SessionMover(
    PoolContext pool, PoolCore core, OwnCalls calls, SessionBook sessions, CallErrors errors, FactsReader facts)
{
    /// <summary>Moves a session. When it cannot move, it stays with its worker, which is told. Never throws.</summary>
    public async Task MoveAsync(PoolWorker from, ulong number)
    {
        SessionRecord? session = sessions.Find(number);
        try
        {
            bool isOver = session is null
                || await ExportAsync(number).ConfigureAwait(false) is not { } state
                || !await ImportAsync(session, state).ConfigureAwait(false);
            if (!isOver)
            {
                return;
            }
        }
        catch (Exception error)
        {
            NoteFailure(from, session!, error);
        }
        core.Command(new PoolCommand(CommandKind.CancelMove, Session: number));
    }

    private async Task<byte[]?> ExportAsync(ulong number)
    {
        UnaryCall? call = Submit(number, WorkerAbilities.ExportTool, ToolArguments.Positional((long)number), "export_session()");
        return call is null ? null : await RunAsync(call, call => pool.Codecs.Of(call.ReplyFormat).Read<byte[]>(call.Reply))
            .ConfigureAwait(false);
    }

    /// <returns>False when the move is over for another reason, which is reported elsewhere.</returns>
    private async Task<bool> ImportAsync(SessionRecord session, byte[] state)
    {
        var arguments = ToolArguments.Positional((long)session.Number, session.Id, state);
        UnaryCall? call = Submit(session.Number, WorkerAbilities.ImportTool, arguments, "import_session()");
        return call is not null && await RunAsync(call, static _ => true).ConfigureAwait(false);
    }

    private UnaryCall? Submit(ulong number, string tool, in ToolArguments arguments, string shownAs)
    {
        try
        {
            var step = new KernelStep(StepKind.SubmitMove, 0) { Spec = new CallSpec(0, Idempotent: false, Session: number) };
            return calls.Submit(tool, arguments, shownAs, pool.Options.Session.MoveTimeout, step);
        }
        catch (ArgumentException error)
        {
            throw new InvalidOperationException(error.Message.Replace(tool, shownAs, StringComparison.Ordinal), error);
        }
    }

    private async Task<T?> RunAsync<T>(UnaryCall call, Func<UnaryCall, T> read)
    {
        await call.Completion.ConfigureAwait(false);
        try
        {
            return call.End switch
            {
                { Outcome: Outcome.Replied, Kind: ReplyKind.Result } => read(call),
                { Outcome: Outcome.PoolStopping or Outcome.Cancelled } => default, // the end of the pool is reported elsewhere
                { Outcome: Outcome.DeadlineRunning } => throw new TimeoutException(
                    $"{call.Tool} took longer than Session.MoveTimeout ({Shown.Duration(pool.Options.Session.MoveTimeout)})"),
                _ => throw errors.Ended(call, facts.Read(call.End.Outcome, call.Input)),
            };
        }
        finally
        {
            call.TryReset();
        }
    }

    private void NoteFailure(PoolWorker from, SessionRecord session, Exception error)
    {
        string why = Shown.Headline(error);
        bool isFirst = core.Locked((from, session, why), static failed =>
        {
            failed.session.WhyNotMoved = failed.why;
            return failed.from.SessionsKept++ == 0;
        });
        pool.Reporter.SessionKept(from, session.Id, why, isFirst);
    }
}
