using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>
/// The host's side of one worker. The Post methods only queue what is to be sent, in order, and are called under the pool's lock.
/// <see cref="ICallChannel.Flush"/> sends it, and is called after the lock is released. No method blocks.
/// </summary>
internal interface IWorkerChannel : ICallChannel
{
    int ProcessId { get; }

    /// <summary>Whether calls that the worker has not begun can be recalled. Known when the worker is ready.</summary>
    bool CanRecall { get; }

    /// <summary>The format that the worker prefers for its calls; known when it is ready. Every worker accepts JSON.</summary>
    BodyFormat Format => BodyFormat.Json;

    /// <summary>
    /// The number of calls that the worker had finished when it ended and whose replies were lost: more than 0 is a defect. Known at the
    /// exit.
    /// </summary>
    int FinishedButLost => 0;

    /// <summary>
    /// Returns how long a call has been running, as the worker reports it; null when it does not run or the worker does not report it.
    /// </summary>
    TimeSpan? RunTimeOf(CallKey call) => null;

    /// <summary>Sends a call.</summary>
    void PostCall(in OutgoingCall call);

    /// <summary>Cancels a call, for which no caller waits any more.</summary>
    /// <param name="call">The call.</param>
    /// <param name="interrupts">Whether the tool is interrupted, where the channel can do it, or only told.</param>
    void PostCancel(CallKey call, bool interrupts);

    /// <summary>Recalls all posted calls that the worker has not begun. Each recalled call is reported once.</summary>
    void PostRecall();

    /// <summary>Asks for a pong.</summary>
    void PostPing();

    /// <summary>Asks the worker to collect its garbage and return free memory to the system. It reports when it is done.</summary>
    void PostCollect();

    /// <summary>Tells the worker that it gets no more calls of a session, after those that were posted.</summary>
    /// <param name="session">The session.</param>
    /// <param name="isMoved">Whether another worker has the session with its state.</param>
    void PostSessionEnd(ulong session, bool isMoved);

    /// <summary>Asks the worker to end after everything it was sent.</summary>
    void PostShutdown();

    /// <summary>
    /// Flushes like <see cref="ICallChannel.Flush"/>, for a caller that can just as well wait some 10 µs for its reply here.
    /// </summary>
    void FlushAndAwait() => Flush();

    /// <summary>Sends SIGTERM to the worker's group.</summary>
    void Terminate();

    /// <summary>Sends SIGKILL; its group follows.</summary>
    void Kill();

    /// <summary>
    /// Kills like <see cref="Kill"/>, but makes the worker write its Python stacks first, which needs no interpreter lock. It takes at most
    /// 100 ms longer.
    /// </summary>
    void KillWithStacks() => Kill();

    /// <summary>Returns the Python stacks of the living worker; null when it cannot write them.</summary>
    Task<string?> ReadStacksAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>The Python stacks that the worker wrote; known at the exit.</summary>
    string? Stacks => null;
}
