using Snakepit.Frames;
using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>
/// Reads the Python stacks of a living worker. On a signal the worker writes them to the page that it shares with the host. The worker
/// does not tell when it has written the last line, so the stacks are complete when two looks in a row find the same.
/// </summary>
internal sealed class LiveStacks(TimeProvider time)
{
    private const int MostLooks = 100;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Reads the stacks, once those that were asked for before are read.</summary>
    /// <returns>The stacks; null when the worker writes none.</returns>
    public Task<string?> ReadAsync(ChildProcess child, Scoreboard board, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Task<string?> read = ReadAfterAsync(_last, child, board, cancellationToken);
            _last = read;
            return read;
        }
    }

    private async Task<string?> ReadAfterAsync(Task last, ChildProcess child, Scoreboard board, CancellationToken cancellationToken)
    {
        await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (!WritesOn(child.Pid))
        {
            return null;
        }
        board.ClearStacks();
        child.Signal(Protocol.SignalShow);
        try
        {
            string? found = null;
            for (int look = 0; look < MostLooks; look++)
            {
                await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
                string? before = found;
                found = board.ReadStacks();
                if (found is not null && found == before)
                {
                    break;
                }
            }
            return found;
        }
        finally
        {
            board.ClearStacks(); // what the worker writes at its death must stand there alone
        }
    }

    /// <summary>Returns whether the process runs and has a handler for the signal, which would otherwise end it.</summary>
    private static bool WritesOn(int pid) =>
        SystemFile.TryRead($"/proc/{pid}/status") is { } status
        && ProcessStatus.Parse(status) is { IsStopped: false } facts && facts.Catches(Protocol.SignalShow);
}
