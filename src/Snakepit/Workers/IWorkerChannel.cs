using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>
/// The host's side of one worker. Post… only notes what is to be sent, in order, and is called under the pool's lock; <see cref="Flush"/> sends it
/// and is called after. Nothing here blocks.
/// </summary>
internal interface IWorkerChannel
{
    int ProcessId { get; }

    /// <summary>Calls that the worker has not begun can be taken back from it. Known when it is ready.</summary>
    bool CanRecall { get; }

    /// <summary>What the worker likes its calls to be written in; known once it is ready. It takes json in any case.</summary>
    BodyFormat Format => BodyFormat.Json;

    /// <summary>Calls that the worker had finished when it ended but whose replies did not come: more than 0 is a defect. Known at the exit.</summary>
    int FinishedButLost => 0;

    /// <summary>How long it has been running its present call, by its own word; null when it can't be known or it runs none.</summary>
    TimeSpan? RunningFor => null;

    /// <summary>Sends a call.</summary>
    void PostCall(in OutgoingCall call);

    /// <summary>Nobody waits for this call any more.</summary>
    void PostCancel(CallKey call);

    /// <summary>Takes back every call that was posted so far and that the worker has not begun. Each is told as recalled, once.</summary>
    void PostRecall();

    /// <summary>Asks for a sign of life, which is told as pong.</summary>
    void PostPing();

    /// <summary>The worker is to collect its garbage and give free memory back to the system. Told as collected.</summary>
    void PostCollect();

    /// <summary>The worker is to end after what it was sent.</summary>
    void PostShutdown();

    void Flush();

    /// <summary>As <see cref="Flush"/>, by a caller of whom it does not matter whether it waits some 10 µs here for its reply or elsewhere.</summary>
    void FlushAndAwait() => Flush();

    /// <summary>SIGTERM to the worker's group.</summary>
    void Terminate();

    /// <summary>SIGKILL; its group follows.</summary>
    void Kill();

    /// <summary>As <see cref="Kill"/>, but the worker first writes down its Python stacks, for which it needs no interpreter lock. Bounded: it takes
    /// 100 ms more at most.</summary>
    void KillWithStacks() => Kill();

    /// <summary>What it wrote down; known at the exit.</summary>
    string? Stacks => null;
}
